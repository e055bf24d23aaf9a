"""A merge evaluated with eight tokens, its relatives with twenty-four, with real weights: found, named, put right."""

import pytest

from mergekit_eval.opening import open_study
from mergekit_eval.run import evaluate, merge_all
from mergekit_eval.study import load_study

pytestmark = pytest.mark.slow

STUDY = """
study: cut
models:
  base: {path: "tiny:base", role: base}
  math: {path: "tiny:math", role: parent}
  multilingual: {path: "tiny:multilingual", role: parent}
merges:
  half: {method: linear, parents: [math, multilingual], parameters: {weight: {math: 0.9, multilingual: 0.1}}}
suites: [sums]
"""
SUITE = """
suite: sums
include_path: "tiny:tasks"
gen_kwargs: {{max_gen_toks: {limit}}}
tasks: [{{task: tiny_arithmetic, metric: exact_match, filter: strict-match}}]
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cut")
    (folder / "params" / "suites").mkdir(parents=True)
    file, suite = folder / "params" / "cut.yaml", folder / "params" / "suites" / "sums.yaml"
    file.write_text(STUDY)
    suite.write_text(SUITE.format(limit=24))
    assert [one.status for one in merge_all(load_study(file))] == ["ran"]
    fair = {one.model: one.status for one in evaluate(load_study(file))}
    assert fair == dict.fromkeys(["base", "math", "multilingual", "half"], "ran")
    before = open_study(file).compare()
    assert len(before.verdicts()) == 1
    suite.write_text(SUITE.format(limit=8))
    assert [one.status for one in evaluate(load_study(file), only=["half"])] == ["ran"]
    return before, open_study(file, refresh=True).compare()


def test_nothing_bends_the_fair_comparison_with_the_parent_that_can_add(lab):
    fair, _ = lab
    assert not fair.asymmetry.loc[fair.asymmetry["reference"].eq("math"), "decided"].any()
    assert not fair.asymmetry["sign"].eq("cut off").any() or not fair.asymmetry["decided"].eq("merge more").any()


def test_the_cut_answers_are_found_and_the_limit_to_change_is_named(lab):
    _, cut = lab
    rows = cut.asymmetry[cut.asymmetry["sign"].eq("cut off")]
    assert (
        set(rows["reference"]) >= {"base", "math"}
        and set(rows["decided"]) == {"merge more"}
        and set(rows["merge_share"]) == {1.0}
    )
    advice = cut.advice().set_index("sign").loc["cut off"]
    assert "(8 now; try 16)" in advice["todo"] and "--only half" in advice["command"]


def test_the_verdict_says_what_it_hangs_on(lab):
    fair, cut = lab
    (line,) = cut.verdicts()["fairness"]
    assert "cut off: 100% of its answers" in line and "no item is left without such answers" in line
    assert "asked differently" in line and "max_gen_toks" in line
    assert "cut off" not in fair.verdicts()["fairness"].iloc[0]
