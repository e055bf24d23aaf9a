"""Models side by side on one task, against numpy."""

import numpy as np
import pytest

from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.task_matrix import block, covariance

ROLES = {"a": "parent", "b": "parent", "m": "merge"}


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(6)
    return {(name, "t"): (rng.random(60) < rate).astype(float) for name, rate in (("m", 0.7), ("a", 0.5), ("b", 0.6))}


def made(found, names=("m", "a", "b")):
    evidence = Evidence(found)
    return block(evidence, {name: evidence.by_model.get(name, {}).get("t") for name in names}, 0.95)


def test_the_covariance_of_means_is_numpys_and_half_an_item_for_shares():
    values = np.random.default_rng(1).random((40, 3))
    values[:, 2] = values[:, 2] > 0.5
    cov, extra, df = covariance(values, None)
    assert extra == pytest.approx([0, 0, 0.5 / 40**2])
    assert cov == pytest.approx(np.cov(values.T, ddof=1) / 40 + np.diag(extra))
    assert df == 39


def test_clusters_are_summed_with_the_factor_of_few():
    values, passages = np.random.default_rng(2).random((40, 2)), np.repeat(np.arange(10), 4)
    sums = (values - values.mean(axis=0)).reshape(10, 4, 2).sum(axis=1)
    cov, _, df = covariance(values, passages)
    assert cov == pytest.approx(sums.T @ sums * (10 / 9) / 40**2)
    assert df == 9


def test_one_unit_has_no_covariance():
    cov, _, df = covariance(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 0]))
    assert np.isnan(cov).all() and df == 0


def test_a_difference_has_the_error_of_the_paired_differences(build, answers):
    table = made(build(ROLES, {}, answers))
    gap = answers["m", "t"] - (answers["a", "t"] + answers["b", "t"]) / 2
    worth = np.count_nonzero(gap) - 1
    assert table.contrast([1, -0.5, -0.5]) == pytest.approx((gap.mean(), gap.std(ddof=1) / np.sqrt(60), worth))
    assert table.paired and table.evidence([1, 2]) == "paired items"


def test_models_that_nothing_separates_differ_by_half_an_item_each(build, answers):
    same = answers | {("a", "t"): answers["m", "t"]}
    assert made(build(ROLES, {}, same)).contrast([1, -1, 0]) == pytest.approx((0, np.sqrt(2 * 0.5) / 60, 1))


def test_a_model_with_an_aggregate_only_has_no_covariance_with_the_others(build, answers):
    table = made(build(ROLES, {}, answers | {("b", "t"): (0.6, 60)}))
    assert table.cov[0, 2] == table.cov[1, 2] == 0 != table.cov[0, 1]
    assert table.cov[2, 2] == pytest.approx(0.6 * 0.4 / 60 + 0.5 / 60**2)
    assert not table.paired
    assert (table.evidence([1]), table.evidence([2]), table.evidence([1, 2])) == (
        "paired items", "aggregates only", "paired in part",
    )  # fmt: skip
    assert table.note == "only aggregates of b: not paired"


def test_only_items_that_all_share_are_used_and_counted(build, answers):
    table = made(build(ROLES, {}, answers | {("a", "t"): answers["a", "t"][:45]}))
    assert (table.n, table.places.tolist()) == (45, list(range(45)))
    assert table.means == pytest.approx([answers[name, "t"][:45].mean() for name in "mab"])
    assert "45 of 60 items shared by all" in table.note
    assert table.partial


def test_scores_are_turned_and_what_may_not_stand_here_is_named(build, answers):
    found = build(ROLES, {"t": {"higher_is_better": False, "chance": 0.2}}, answers)
    table = made(found, ("m", "a", "ghost"))
    assert table.means == pytest.approx([1 - answers[name, "t"].mean() for name in "ma"])
    assert table.chance == pytest.approx(0.8)
    assert table.absent == {"ghost": "not evaluated on this task"}
