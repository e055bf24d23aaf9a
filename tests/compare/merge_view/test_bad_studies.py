"""Studies that lack something, through the public calls: the sentence is true, nothing is missing without a word."""

import re

import numpy as np
import pytest

import mergekit_eval as me
from mergekit_eval import tables
from mergekit_eval.compare.comparison import Comparison
from mergekit_eval.errors import DataError, KitError
from mergekit_eval.opening import open_study
from mergekit_eval.show.view import shown
from tests.compare.conftest import bare
from tests.lab import Lab, Shapes

ROLES = {"base": "base", "a": "parent", "b": "parent", "m": "merge", "k": "merge"}
PLAIN = ("m", ("a", "b"), "base")
ITEMS = 60
# Study -> its merges, and its verdicts: merge -> word, and what the reason and the note hold.
STUDIES = {
    "no base": ([("m", ("a", "b"), ""), ("k", ("a",), "")], {
        "m": ("better than every parent", "against its best parent ", ""),
        "k": ("not decided", "against its parent a", ""),
    }),
    "one parent": ([("m", ("a",), "base")], {
        "m": ("better than the base and every parent", "against its parent a; above its base: ", ""),
    }),
    "a parent not evaluated": ([("m", ("a", "ghost"), "base")], {
        "m": ("better than the base and every parent", "its parent a; above its base: ", "not evaluated: ghost"),
    }),
    "base not evaluated": ([("m", ("a", "b"), "ghost")], {
        "m": ("better than every parent", "against its best parent ", "not evaluated: ghost"),
    }),
    "nothing shared": ([PLAIN], {
        "m": ("not decided", "no bounded score with a known error is shared with a parent: evaluate both on", ""),
    }),
    "one item": ([PLAIN], {
        "m": ("not decided", "no bounded score with a known error is shared with a parent: evaluate both on", ""),
    }),
    "all items equal": ([PLAIN], {
        "m": ("same answers as a parent", "same answers as a, b; +0.0 points [", ""),
    }),
    "aggregates only": ([PLAIN], {
        "m": ("better than the base and every parent", "2 benchmarks (2 tasks), 120 items, aggregates only", ""),
    }),
    "merges that share no task": ([PLAIN, ("k", ("a", "b"), "base")], {
        "m": ("better than the base and every parent", "1 benchmark (1 task), 60 items", ""),
        "k": ("not decided", "1 benchmark (1 task), 60 items", ""),
    }),
    "no merge": ([], {}),
}  # fmt: skip


def answers(study):
    """Return right and wrong of every model that the study evaluates; m has 90 % right, the others half."""
    rng = np.random.default_rng(1)
    held = {(model, task): (rng.random(ITEMS) < (0.9 if model == "m" else 0.5)).astype(float)
            for model in ROLES for task in ("t1", "t2")}  # fmt: skip
    keep = {
        "nothing shared": lambda model, task: (task == "t2") == (model in "mk"),
        "merges that share no task": lambda model, task: model not in "mk" or (task == "t1") == (model == "m"),
    }.get(study, lambda model, task: True)
    short = {"one item": 1}.get(study, ITEMS)
    same = study == "all items equal"
    return {key: (np.ones(ITEMS) if same else values[:short]) for key, values in held.items() if keep(*key)}


@pytest.fixture(scope="module", params=STUDIES)
def compared(request, build, merging):
    found = build(ROLES, {}, answers(request.param))
    found = bare(found) if request.param == "aggregates only" else found
    return request.param, Comparison(found, merging(*STUDIES[request.param][0]))


def test_the_verdict_says_what_is_true_of_the_study(compared):
    study, cmp = compared
    table = cmp.verdicts().set_index("merge")
    assert set(table.index) == set(STUDIES[study][1])
    for merge, (word, reason, note) in STUDIES[study][1].items():
        assert table.loc[merge, "verdict"] == word
        assert reason in table.loc[merge, "reason"]
        assert table.loc[merge, "note"] == note


def test_every_table_is_shown_or_gives_its_reason(compared):
    _, cmp = compared
    made = [cmp.table, cmp.places, cmp.verdicts(), cmp.sensitivity(), cmp.choice(), cmp.retention(), cmp.vote_table()]
    for table in made:
        rows, note = shown(table)
        assert len(rows) or note or tables.reason(table)
        assert not rows.astype(str).apply(lambda column: column.str.fullmatch("nan|None|<NA>")).any(axis=None)


def test_the_recommendation_is_a_sentence_about_the_study(compared):
    study, cmp = compared
    said = me.choice_paragraph(cmp.choice())
    expected = {
        "one item": "No recommendation: fewer than two of the merges, parents and bases share a task of bounded scores "
        "with a known error",
        "all items equal": "no item here tells them apart",
        "no merge": "No recommendation: no merge is known here",
        "nothing shared": "No merge has a smaller expected regret than ",
        "merges that share no task": "No merge has a smaller expected regret than ",
    }.get(study, "Take m (merge): ")
    assert expected in said


def test_what_has_no_retention_says_why(compared):
    study, cmp = compared
    notes = "; ".join(cmp.retention()["note"]) or tables.reason(cmp.retention())
    expected = {
        "one item": "no error known",
        "nothing shared": "no task in common with a parent",
        "a parent not evaluated": "not evaluated on this task",
        "no merge": "no merge is known here",
        "aggregates only": "only aggregates of m, a, b, base: not paired",
    }
    assert expected.get(study, "") in notes


# Weights of a study file -> what the error names beside file and key: the value, and what is allowed.
WEIGHTS = {
    "{nope: 1}": r"analysis\.weights.*'nope'.*allowed: t1, t2",
    "{t1: 0, t2: 0}": r"analysis\.weights = .*allowed: benchmark, capability, task, item, or a mapping: benchmark -> ",
    "{t1: -1}": r"analysis\.weights.*-1.*0",
    "bogus": r"analysis\.weights.*bogus.*benchmark",
}


@pytest.mark.parametrize("weights", WEIGHTS)
def test_weights_of_a_study_that_cannot_be_name_file_key_value_and_what_is_allowed(tmp_path, weights):
    make = Lab(tmp_path)
    for model, right in (("base", 2), ("a", 3), ("m", 4)):
        scores = {task: {"acc,none": right / 10, "acc_stderr,none": 0.1} for task in ("t1", "t2")}
        make.put(f"results/{model}/results_2024-01-01T00-00-00.json", Shapes().today(model, scores, n=10))
    study = make.put("s.yaml", (
        "study: s\nmodels:\n  base: {path: base, role: base}\n  a: {path: a, role: parent}\n"
        "  m: {path: m, role: merge, method: slerp, parents: [a], base: base}\n"
        f"results: [results]\nanalysis: {{weights: {weights}}}\n"
    ))  # fmt: skip
    with pytest.raises(KitError) as raised:
        open_study(study, output=tmp_path / "out").compare().verdicts()
    assert str(study) in str(raised.value)
    assert re.search(WEIGHTS[weights], str(raised.value), re.DOTALL)


def test_weights_given_to_compare_are_checked(build, merging):
    found = build(ROLES, {}, answers(""))
    with pytest.raises(DataError, match="'nope' is not known; allowed: t1, t2"):
        Comparison(found, merging(PLAIN), weights={"nope": 1}).verdicts()
