"""Tasks that share questions are one part of an average, against sums made by hand."""

import numpy as np
import pytest

from mergekit_eval.compare.shared_units import Asked, joined, separating, shared_units


def asked(values, questions, clusters=None):
    ids = None if clusters is None else np.array(clusters)
    return Asked(np.asarray(values, dtype=float)[:, None], np.array(questions), ids)


def part(values):
    values = np.asarray(values, dtype=float)
    units = np.count_nonzero(values)
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), float(max(units - 1, 1))


def test_units_that_separate_are_items_or_clusters_whose_sum_is_not_zero():
    gap = np.array([1.0, -1.0, 1.0, 0.0, 0.0, 1.0])
    assert separating(gap, None) == 4
    assert separating(gap, np.array([0, 0, 1, 1, 2, 3])) == 2


def test_the_error_of_tasks_that_share_questions_is_that_of_the_sums_over_questions():
    rng = np.random.default_rng(1)
    common = rng.normal(size=40)
    one = np.concatenate([common, rng.normal(size=20)]) + rng.normal(scale=0.3, size=60)
    two = np.concatenate([common, rng.normal(size=10)]) + rng.normal(scale=0.3, size=50)
    three = rng.normal(size=30)
    questions = [[*range(40)] + [-1] * 20, [*range(40)] + [-1] * 10, [-1] * 30]
    weights = [0.5, 0.3, 0.2]
    held = [asked(*pair) for pair in zip((one, two, three), questions, strict=True)]
    parts, shares = joined([part(x) for x in (one, two, three)], weights, held)
    assert shares == pytest.approx([0.2, 0.8]) and parts[0] == part(three)
    # By hand: the residuals of a question are summed over the tasks that ask it.
    scale = [w / len(x) * np.sqrt(len(x) / (len(x) - 1)) for w, x in zip(weights, (one, two), strict=False)]
    residuals = [s * (x - x.mean()) for s, x in zip(scale, (one, two), strict=True)]
    sums = np.concatenate([residuals[0][:40] + residuals[1][:40], residuals[0][40:], residuals[1][40:]])
    assert parts[1][1] * 0.8 == pytest.approx(np.sqrt((sums**2).sum()))
    assert parts[1][0] * 0.8 == pytest.approx(0.5 * one.mean() + 0.3 * two.mean())
    assert parts[1][2] == 70 - 1
    independent = np.sqrt(sum((w * part(x)[1]) ** 2 for w, x in zip(weights, (one, two), strict=False)))
    assert parts[1][1] * 0.8 > 1.2 * independent


def test_tasks_without_a_common_question_stay_as_they_are():
    one, two = np.array([1.0, 0, 0, 1]), np.array([0.0, 1, -1, 1])
    parts = [part(one), part(two)]
    for held in ([asked(one, [-1] * 4), asked(two, [-1] * 4)], [None, asked(two, [0, 1, 2, 3])], [None, None]):
        assert joined(parts, [0.5, 0.5], held) == (parts, [0.5, 0.5])


def test_a_cluster_joins_the_questions_of_all_its_items():
    one = asked([1, 0, 1, 0], [0, 1, 2, 3], [0, 0, 1, 1])
    two = asked([1, 1], [1, 2])
    (group,) = shared_units([one, two])
    assert group.size == 2
    assert [units.tolist() for units in group.units] == [[0, 0, 1, 1], [0, 1]]


def test_tasks_are_joined_in_chains_and_others_left_alone():
    chain = [asked([1, 0], [0, 1]), asked([1, 0], [5, -1]), asked([1, 0], [1, 2]), None, asked([0, 1], [2, 3])]
    groups = shared_units(chain)
    assert [group.places for group in groups] == [[0, 2, 4]] and groups[0].size == 4


def test_sums_over_questions_have_the_weighted_mean_of_the_tasks():
    one, two = asked([1, 0, 1, 0.5], [0, 1, 2, 3]), asked([0, 1, 0.25], [2, -1, 0])
    (group,) = shared_units([one, two])
    sums = group.summed([one.values, two.values], [0.3, 0.1])
    assert len(sums) == 5
    assert sums.mean(axis=0) == pytest.approx([0.75 * 0.625 + 0.25 * 1.25 / 3])
