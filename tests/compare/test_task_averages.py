"""Averages of models over tasks, against numpy."""

import numpy as np
import pytest

from mergekit_eval.compare import MergeContext
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.task_averages import macro
from mergekit_eval.compare.task_matrix import block
from tests.compare.shared import ROLES as FAMILY
from tests.compare.shared import N, answers, keyed
from tests.compare.test_task_matrix import ROLES, made


@pytest.fixture(scope="module")
def answered():
    rng = np.random.default_rng(6)
    return {(name, "t"): (rng.random(60) < rate).astype(float) for name, rate in (("m", 0.7), ("a", 0.5), ("b", 0.6))}


def test_averages_over_tasks_have_the_error_of_the_paired_differences(build, answered):
    """Two tasks of equal weight: the variance of a gain is a quarter of the sum of the tasks' paired variances."""
    rng = np.random.default_rng(2)
    other = {(name, "s"): (rng.random(40) < 0.5).astype(float) for name in ROLES}
    evidence = Evidence(build(ROLES, {}, answered | other))
    blocks = [block(evidence, {name: evidence.by_model[name][task] for name in "mab"}, 0.95) for task in "st"]
    means, cov = macro(blocks, [1 / len(blocks)] * len(blocks))
    assert means == pytest.approx([(other[n, "s"].mean() + answered[n, "t"].mean()) / 2 for n in "mab"])
    gaps = [other["m", "s"] - other["a", "s"], answered["m", "t"] - answered["a", "t"]]
    assert cov[0, 0] + cov[1, 1] - 2 * cov[0, 1] == pytest.approx(sum(g.var(ddof=1) / len(g) for g in gaps) / 4)


def test_a_copy_has_no_error_beside_its_original_and_an_aggregate_keeps_its_half_item(build, answered):
    table = made(build(ROLES, {}, answered | {("a", "t"): answered["m", "t"], ("b", "t"): (1.0, 60)}))
    _, cov = macro([table], [1.0])
    assert cov[0, 0] + cov[1, 1] - 2 * cov[0, 1] == pytest.approx(0, abs=1e-15)
    assert cov[2, 2] == pytest.approx(0.5 / 60**2)
    assert table.with_items.tolist() == [True, True, False]
    assert not table.separates(0, 1) and table.separates(0, 2)


def test_a_covariance_of_averages_is_that_of_the_sums_over_questions(build, merging):
    values = answers(80, seed=9)
    both = {**{(model, "t"): x for model, x in answers().items()}, **{(model, "u"): x for model, x in values.items()}}
    found = keyed(build(FAMILY, {}, both), {"u": [f"t-{at}" if at < 50 else f"u-{at}" for at in range(80)]})
    context = MergeContext(found, merging(("m", ("a", "b"), "base")))
    _, cov = macro([context.joint(task, FAMILY) for task in ("t", "u")], [0.4, 0.6])
    sums = np.zeros((N + 30, len(FAMILY)))
    for share, task, places in ((0.4, "t", np.arange(N)), (0.6, "u", np.r_[0:50, N : N + 30])):
        scores = np.column_stack([both[model, task] for model in FAMILY])
        n = len(scores)
        sums[places] += share / n * np.sqrt(n / (n - 1)) * (scores - scores.mean(axis=0))
    assert cov == pytest.approx(sums.T @ sums)
