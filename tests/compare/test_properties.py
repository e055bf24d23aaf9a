"""What must hold of every comparison: symmetry, and what changes nothing.

Worlds are drawn at random; what is expected comes from plain numpy or from the same world told in another way.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as sps

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import MergeContext, differences, leaderboard_table, relation_table
from mergekit_eval.compare.engine import averages
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.errors import StudyError
from mergekit_eval.study import load_study
from tests.compare.conftest import make, merge_rows, votes_for
from tests.one_number import NUMBERS

ROLES = {"base": "base", "a": "parent", "b": "parent", "m": "merge", "w": "merge"}
BOTH = (("m", ("a", "b"), "base"), ("w", ("a", "b"), "base"))
TASKS = {"t1": {"capability": "math"}, "t2": {"capability": "code", "higher_is_better": False}}
KINDS = ("binary", "graded", "clusters", "aggregates")
KEY = ["merge", "relation", "reference", "level", "task"]


def drawn(kind: str, seed: int, size: int, models=tuple(ROLES)) -> tuple[dict, dict]:
    """Return facts of two tasks and the answers of some models to them, correlated item by item."""
    rng = np.random.default_rng(seed)
    facts = {name: dict(task) for name, task in TASKS.items()}
    values = {}
    for name in facts:
        hard, items = rng.random(size), size
        if kind == "clusters":
            facts[name]["clusters"] = [f"passage {at // 3}" for at in range(items)]
        for model in models:
            answers = 0.6 * hard + 0.4 * rng.random(items)
            if kind != "graded":
                answers = (answers < rng.uniform(0.3, 0.7)).astype(float)
            values[model, name] = answers
            if kind == "aggregates":  # neither none right nor all, whose error no aggregate tells
                values[model, name] = (np.clip(answers.sum(), 1, items - 1) / items, items)
    return facts, values


def every(found: Collection, merges: pd.DataFrame, **how) -> pd.DataFrame:
    """Return all differences by their key, those of single tasks and those of averages."""
    evidence = Evidence(found)
    tasks = differences(evidence, merges, **how)
    return relation_table(MergeContext(evidence, merges), tasks).set_index(KEY).sort_index()


def same(one: pd.DataFrame, other: pd.DataFrame, columns=(*NUMBERS, "p_adjusted", "decided")) -> None:
    pd.testing.assert_frame_equal(one[list(columns)], other[list(columns)], rtol=1e-9, atol=1e-12, check_dtype=False)


worlds = given(st.sampled_from(KINDS), st.integers(0, 10**6), st.integers(6, 40))
rounds = settings(max_examples=15, deadline=None)


@pytest.mark.slow
@rounds
@worlds
def test_swapping_merge_and_reference_turns_signs_and_nothing_else(kind, seed, size):
    facts, values = drawn(kind, seed, size, ("m", "w"))
    found = make(dict.fromkeys("mw", "merge"), facts, values)
    there, back = (
        every(found, merge_rows((merge, (other,), ""))).query("relation == 'parent'").reset_index()
        for merge, other in (("m", "w"), ("w", "m"))
    )
    turned = back.assign(
        gain=-back["gain"], gain_low=-back["gain_high"], gain_high=-back["gain_low"], wins=back["losses"],
        losses=back["wins"], decided=back["decided"].replace({"better": "worse", "worse": "better"}),
    )  # fmt: skip
    assert len(there) == 5  # two tasks, two capabilities, overall
    same(there, turned)


@pytest.mark.slow
@rounds
@worlds
def test_a_copy_of_a_parent_differs_by_zero_with_limits_that_hold_zero(kind, seed, size):
    facts, values = drawn(kind, seed, size)
    values |= {("m", task): values["a", task] for task in facts}
    table = every(make(ROLES, facts, values), merge_rows(BOTH[0])).xs(("m", "parent", "a"))
    assert len(table) == 5
    assert (table["gain"] == 0).all()
    assert (table["p"] == 1).all() and set(table["decided"]) == {"undecided"}
    assert ((table["gain_low"] <= 0) & (table["gain_high"] >= 0)).all()


@pytest.mark.slow
@rounds
@worlds
def test_a_model_that_is_nobodys_reference_changes_no_row_of_the_others(kind, seed, size):
    facts, values = drawn(kind, seed, size, (*ROLES, "other"))
    roles = {**ROLES, "other": "parent"}
    few = {key: value for key, value in values.items() if key[0] != "other"}
    same(every(make(ROLES, facts, few), merge_rows(*BOTH)), every(make(roles, facts, values), merge_rows(*BOTH)))


@pytest.mark.slow
@rounds
@worlds
def test_another_merge_changes_nothing_but_families_that_hold_it(kind, seed, size):
    facts, values = drawn(kind, seed, size)
    found = make(ROLES, facts, values)
    alone, together = (every(found, merge_rows(*rows)).loc[["m"]] for rows in (BOTH[:1], BOTH))
    same(alone, together, NUMBERS)
    tasks = [differences(found, merge_rows(*rows), family="merge").query("merge == 'm'") for rows in (BOTH[:1], BOTH)]
    same(*(table.set_index(["reference", "task"]) for table in tasks))


@pytest.mark.slow
@rounds
@given(st.sampled_from(KINDS), st.integers(0, 10**6), st.integers(6, 40), st.randoms(use_true_random=False))
def test_the_order_of_files_and_models_changes_nothing(kind, seed, size, random):
    facts, values = drawn(kind, seed, size)
    keys = list(values)
    random.shuffle(keys)
    there = every(make(ROLES, facts, values), merge_rows(*BOTH))
    back = every(make(ROLES, facts, {key: values[key] for key in keys}), merge_rows(*reversed(BOTH)))
    same(there, back)


@pytest.mark.slow
@rounds
@given(st.integers(0, 10**6), st.integers(6, 40))
def test_the_order_of_items_changes_nothing_where_they_are_right_or_wrong(seed, size):
    facts, values = drawn("binary", seed, size)
    found = make(ROLES, facts, values)
    mixed = found.items.sample(frac=1, random_state=seed % 2**32, ignore_index=True)
    same(every(found, merge_rows(*BOTH)), every(Collection(found.scores, mixed, found.problems), merge_rows(*BOTH)))


@pytest.mark.slow
@rounds
@given(st.sampled_from(["binary", "graded"]), st.integers(0, 10**6), st.integers(6, 40))
def test_items_told_twice_shrink_the_variance_and_clusters_of_two_leave_it(kind, seed, size):
    facts, values = drawn(kind, seed, size)
    twice = {key: np.repeat(answers, 2) for key, answers in values.items()}
    pairs = {name: task | {"clusters": [f"item {at // 2}" for at in range(2 * size)]} for name, task in facts.items()}
    once, doubled, clustered = (
        every(make(ROLES, told, answers), merge_rows(BOTH[0]))
        for told, answers in ((facts, values), (facts, twice), (pairs, twice))
    )
    error = once["stderr"].astype(float)
    plain = [row for row in once.index if separated(values, row)]
    shrunk = error[plain] * np.sqrt((size - 1) / (2 * size - 1))
    assert doubled["stderr"].astype(float)[plain].to_numpy() == pytest.approx(shrunk.to_numpy(), rel=1e-9)
    assert clustered["stderr"].astype(float)[plain].to_numpy() == pytest.approx(error[plain].to_numpy(), rel=1e-9)


def separated(values: dict, row: tuple) -> bool:
    """Whether the merge differs from everything it is held against, by varying amounts, on each task behind a row.

    Where it does not, half an item stands in for the variance.
    """
    tasks = [row[4]] if row[3] == "task" else ["t1", "t2"]
    gaps = [values["m", task] - values[name, task] for task in tasks for name in ("base", "a", "b")]
    means = [values["m", task] - (values["a", task] + values["b", task]) / 2 for task in tasks]
    return all(np.ptp(gap) > 0 for gap in [*gaps, *means])


@pytest.mark.slow
@rounds
@given(st.integers(0, 10**6), st.integers(6, 40))
def test_aggregates_equal_to_the_items_means_give_the_same_gains_with_unpaired_errors(seed, size):
    facts, values = drawn("binary", seed, size)
    found = make(ROLES, facts, values)
    bare = Collection(found.scores, found.items.iloc[:0], found.problems)
    items, alone = (differences(one, merge_rows(*BOTH)) for one in (found, bare))
    assert alone["gain"].tolist() == pytest.approx(items["gain"].tolist())
    share = {key: answers.mean() for key, answers in values.items()}
    spread = {key: one * (1 - one) / size for key, one in share.items()}
    for row in alone.itertuples():
        merge, reference = (row.merge, row.task), (row.reference, row.task)
        variances = np.array([spread[merge], spread[reference]])
        if not variances.any():  # both have all right or none: no error from aggregates
            assert pd.isna(row.p)
            continue
        gain = (share[merge] - share[reference]) * (1 if row.higher_is_better else -1)
        stderr, df = np.sqrt(variances.sum()), variances.sum() ** 2 / (variances**2).sum() * (size - 1)  # Welch
        limits = gain - sps.t.isf(0.025, df) * stderr, gain + sps.t.isf(0.025, df) * stderr
        assert (row.stderr, row.p) == pytest.approx((stderr, 2 * sps.t.sf(abs(gain) / stderr, df)))
        assert (row.gain_low, row.gain_high) == pytest.approx(limits)
    if min(spread.values()) > 0:
        overall = averages(alone, votes_for(alone), Evidence(bare)).query("level == 'overall'")
        for row in overall.itertuples():
            total = sum(spread[model, task] for model in (row.merge, row.reference) for task in facts)
            assert row.stderr == pytest.approx(np.sqrt(total) / 2)


@pytest.mark.slow
@rounds
@worlds
def test_the_limits_of_an_average_decide_as_its_p_does(kind, seed, size):
    facts, values = drawn(kind, seed, size)
    collection = make(ROLES, facts, values)
    found = differences(collection, merge_rows(*BOTH))
    table = averages(found, votes_for(found), Evidence(collection))
    tested = table[table["p"].notna() & ~np.isclose(table["p"].astype(float), 0.05)]
    outside = tested["gain_low"].gt(0) | tested["gain_high"].lt(0)
    assert outside.tolist() == tested["p"].le(0.05).tolist()


@pytest.mark.slow
@rounds
@worlds
def test_a_decided_difference_has_limits_on_its_side_of_zero(kind, seed, size):
    facts, values = drawn(kind, seed, size)
    table = every(make(ROLES, facts, values), merge_rows(*BOTH), correction="bh")
    assert table.loc[table["decided"].eq("better"), "gain_low"].gt(0).all()
    assert table.loc[table["decided"].eq("worse"), "gain_high"].lt(0).all()


def test_a_merge_is_never_compared_with_itself(tmp_path):
    facts, values = drawn("binary", 1, 20)
    table = differences(make(ROLES, facts, values), merge_rows(*BOTH), references=["m"])
    assert set(table.loc[table["reference"].eq("m"), "merge"]) == {"w"}
    file = tmp_path / "study.yaml"
    file.write_text(
        "study: s\nmodels:\n  a: {path: x, role: parent}\n  m: {path: y, role: merge, parents: [a, m]}\n"
        "suites: [tiny]\n"
    )
    with pytest.raises(StudyError, match=r"models\.m\.parents\[1\]: 'm' is not known; allowed: a"):
        load_study(file)


def test_a_benchmark_weighted_by_size_does_not_depend_on_how_its_items_are_divided():
    """MATH of the second leaderboard is such a benchmark; averages of differences weigh each task the same."""
    rng = np.random.default_rng(4)
    answers = (rng.random(700) < 0.4).astype(float)
    names = [f"leaderboard_math_{letter}_hard" for letter in "abcdefg"]
    for cuts in (range(100, 700, 100), (20, 50, 60, 300, 310, 699)):
        parts = np.split(answers, cuts)
        rows = [
            {"model": "m", "role": "merge", "task": name, "task_key": name, "variant": "", "metric": "exact_match",
             "filter": "none", "n": len(part), "value": part.mean(), "stderr": 0.01, "chance": 0.0, "n_shot": None}
            for name, part in zip(names, parts, strict=True)
        ]  # fmt: skip
        table = leaderboard_table(pd.DataFrame(rows), "v2").set_index("task")
        assert table.loc["math_hard", "value"] == pytest.approx(answers.mean())
        assert table.loc["math_hard", "n"] == 700
