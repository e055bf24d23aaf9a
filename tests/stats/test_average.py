"""Many tasks into one number, ratios of averages, and the cut at chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps

from mergekit_eval.stats import (
    StatsError,
    aggregate,
    bootstrap_draws,
    mean_limits,
    normalise,
    normalised_means,
    overlapping,
    paired_difference,
    proportion,
    ratio_of_averages,
    retention,
)


def test_macro_squares_its_weights():
    found = aggregate([0.2, 0.4], [0.03, 0.04])
    assert found.estimate == pytest.approx(0.3)
    assert found.stderr == pytest.approx(0.025)
    assert found.p == pytest.approx(2 * sps.norm.sf(12), rel=1e-9)


def test_one_task_is_the_t_interval():
    d = np.random.default_rng(0).normal(0.3, 1, 25)
    found = aggregate([d.mean()], [sps.sem(d)], n_items=[25])
    expected = sps.ttest_1samp(d, 0)
    interval = expected.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)


def test_two_tasks_have_welchs_degrees_of_freedom():
    x, y = np.random.default_rng(1).normal(size=(2, 12)) * [[1], [3]]
    found = aggregate([x.mean(), -y.mean()], [sps.sem(x), sps.sem(y)], n_items=[12, 12])
    assert found.p == pytest.approx(sps.ttest_ind(x, y, equal_var=False).pvalue, rel=1e-9)


def test_few_live_items_are_worth_few_degrees_of_freedom():
    many = aggregate([0.08], [0.0392], n_items=[50])
    few = aggregate([0.08], [0.0392], n_items=[50], live=[4])
    assert many.p < 0.05 < few.p
    assert few.p == pytest.approx(2 * sps.t.sf(0.08 / 0.0392, 3), rel=1e-9)


def test_micro_is_the_pooled_mean():
    parts = [np.array([1.0, 0, 1]), np.array([0.0, 0, 0, 1, 1, 1, 1])]
    found = aggregate([p.mean() for p in parts], [sps.sem(p) for p in parts], weights=[3, 7])
    assert found.estimate == pytest.approx(np.concatenate(parts).mean())


def test_flat_tasks_are_counted_in_the_note():
    assert aggregate([0.1, 0.0], [0.02, 0.0]).note.startswith("1 of 2 tasks have no spread")
    nothing = aggregate([0.0, 0.0], [0.0, 0.0])
    assert (nothing.low, nothing.p) == (None, None)


def test_pairing_beats_two_group_errors_in_quadrature():
    rng = np.random.default_rng(2)
    easy = rng.random(500)
    a, b = (
        ((0.8 * easy + 0.2 * rng.random(500)) > 0.5).astype(float),
        ((0.8 * easy + 0.2 * rng.random(500)) > 0.5).astype(float),
    )
    paired = aggregate([a.mean() - b.mean()], [paired_difference(a, b).stderr])
    assert paired.stderr < 0.6 * np.hypot(sps.sem(a), sps.sem(b))


def test_disjoint_subsets_are_a_plain_macro_average():
    x, y = np.random.default_rng(3).random((2, 40))
    found = overlapping([x, y], [range(40), range(40, 80)])
    plain = aggregate([x.mean(), y.mean()], [x.std() / np.sqrt(40), y.std() / np.sqrt(40)])
    assert found.estimate == pytest.approx(plain.estimate)
    assert found.stderr == pytest.approx(plain.stderr * np.sqrt(80 / 79))


def test_the_same_subset_twice_is_no_new_information():
    x = np.random.default_rng(4).random(50)
    once, twice = overlapping([x], [range(50)]), overlapping([x, x], [range(50)] * 2)
    assert twice.stderr == pytest.approx(once.stderr)
    assert twice.n_items == 50
    assert aggregate([x.mean()] * 2, [sps.sem(x)] * 2).stderr < 0.75 * twice.stderr


def test_nested_subsets_agree_with_a_simulation():
    rng, truth = np.random.default_rng(5), []
    sizes = (120, 80, 40)
    for _ in range(4000):
        x = rng.random(120)
        truth.append(np.mean([x[:k].mean() for k in sizes]))
    x = rng.random(120)
    found = overlapping([x[:k] for k in sizes], [range(k) for k in sizes])
    assert found.stderr == pytest.approx(np.std(truth), rel=0.1)


def test_retention_is_fiellers_set():
    rng = np.random.default_rng(6)
    b = (rng.random(300) < 0.7).astype(float)
    a = np.where(rng.random(300) < 0.8, b, rng.random(300) < 0.5)
    found = retention(a, b, chance=0.25)
    t = sps.t.isf(0.025, 299)
    for limit in (found.low, found.high):
        z = (a - 0.25) - limit * (b - 0.25)
        assert abs(z.mean()) == pytest.approx(t * sps.sem(z), rel=1e-9)
    assert found.low < found.ratio < found.high
    assert found.ratio == pytest.approx((a.mean() - 0.25) / (b.mean() - 0.25))


@pytest.mark.parametrize("chance", [0.6, 0.55, 0.9])
def test_a_reference_at_chance_has_no_ratio(chance):
    b = np.r_[np.ones(60), np.zeros(40)]
    found = retention(np.roll(b, 7), b, chance=chance)
    assert (found.ratio, found.low, found.high) == (None, None, None)
    assert "cannot be told from zero" in found.note
    assert found.denominator == pytest.approx(0.6 - chance)


def test_ratios_at_the_edge():
    assert retention([1.0], [1.0]).ratio is None
    flat = retention([0.5, 0.5], [1.0, 1.0])
    assert flat.ratio == 0.5
    hidden = 1 - 0.025**0.5
    assert (flat.low, flat.high) == pytest.approx((0.5 - hidden, 0.5 + hidden))
    assert retention([5.0, 5.0], [10.0, 10.0]).low is None
    answers = [1.0, 0, 1, 1] * 5
    same = retention(answers, answers)
    assert (same.ratio, same.low) == pytest.approx((1.0, 1 - (1 - 0.025**0.05) / 0.75))
    a, b = (np.random.default_rng(0).random((2, 40)) < 0.7).astype(float)
    alone, clustered = retention(a, b), retention(a, b, clusters=np.repeat(range(10), 4))
    assert clustered.low < clustered.ratio < clustered.high
    assert (clustered.ratio, clustered.n) == (alone.ratio, 40)
    assert clustered.low != alone.low


def test_ratio_of_averages_agrees_with_simulated_ratios_far_from_zero():
    rng = np.random.default_rng(7)
    covariance = np.array([[4e-4, 2e-4], [2e-4, 3e-4]])
    draws = rng.multivariate_normal([0.4, 0.5], covariance, size=50_000)
    fieller = ratio_of_averages(0.4, 0.5, covariance)
    bootstrap = np.quantile(draws[:, 0] / draws[:, 1], [0.025, 0.975])
    assert bootstrap == pytest.approx((fieller.low, fieller.high), abs=0.003)


def test_normalised_scores_of_the_leaderboard():
    assert normalise([0.25, 0.625, 1.0, 0.1], 0.25).tolist() == [0, 0.5, 1, 0]
    assert normalise(0.1, 0.25, clip=False) == pytest.approx(-0.2)


def test_the_cut_is_resampled():
    rng = np.random.default_rng(8)
    tasks = [(rng.random((200, 2)) < [0.6, 0.25]).astype(float) for _ in range(4)]
    draws = bootstrap_draws(tasks, n_resamples=2000, seed=1)
    far, near = normalised_means(draws, [0.25] * 4)
    uncut, _ = normalised_means(draws, [0.25] * 4, clip=False)
    assert (far.low, far.high) == pytest.approx((uncut.low, uncut.high))
    assert far.estimate == pytest.approx(np.mean([(x[:, 0].mean() - 0.25) / 0.75 for x in tasks]))
    assert near.low == 0 < near.high
    assert near.estimate == pytest.approx(np.mean([max(x[:, 1].mean() - 0.25, 0) / 0.75 for x in tasks]))


def test_a_task_surely_below_chance_does_not_pull_the_lower_limit_down():
    rng = np.random.default_rng(9)
    tasks = [(rng.random((200, 1)) < r).astype(float) for r in (0.6, 0.0)]
    found = normalised_means(bootstrap_draws(tasks, n_resamples=500, seed=1), [0.25, 0.25])[0]
    assert found.estimate - 0.1 < found.low < found.estimate < found.high


def test_missing_and_constant_models():
    x = np.column_stack([np.ones(30), np.full(30, np.nan)])
    found = normalised_means(bootstrap_draws([x], n_resamples=50, seed=0), [0.25])
    assert found[1] is None
    assert found[0].low is None
    assert found[0].note


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=40), st.floats(0, 0.5))
def test_retention_is_finite_or_refused(rows, chance):
    a, b = np.array(rows, dtype=float).T
    found = retention(a, b, chance=chance)
    numbers = (found.ratio, found.low, found.high)
    assert all(v is None or np.isfinite(v) for v in numbers)
    assert found.note if None in numbers else found.low <= found.ratio <= found.high


def test_limits_of_a_mean_come_from_those_of_the_tasks():
    low, high = mean_limits([0.5, 0.9], [0.4, 0.8], [0.6, 0.95])
    assert (low, high) == pytest.approx((0.7 - np.hypot(0.1, 0.1) / 2, 0.7 + np.hypot(0.1, 0.05) / 2))
    wald = aggregate([0.5, 0.5], [0.05, 0.05])
    z = 1.959963984540054 * 0.05
    assert mean_limits([0.5, 0.5], [0.5 - z] * 2, [0.5 + z] * 2) == pytest.approx((wald.low, wald.high))


def test_the_limits_of_a_mean_hold_near_the_ends():
    rng, covered = np.random.default_rng(3), []
    for right in rng.binomial(100, (0.99, 0.97, 0.5), size=(2000, 3)):
        limits = [proportion(int(k), 100) for k in right]
        low, high = mean_limits(*([getattr(one, side) for one in limits] for side in ("estimate", "low", "high")))
        covered.append(low <= (0.99 + 0.97 + 0.5) / 3 <= high)
    assert np.mean(covered) > 0.94


COVARIANCE = np.array([[0.0004, 0.0001], [0.0001, 0.0005]])


@pytest.mark.parametrize(("df", "quantile"), [(None, sps.norm.isf(0.025)), (7, sps.t.isf(0.025, 7))])
def test_at_both_limits_the_difference_is_just_significant(df, quantile):
    found = ratio_of_averages(0.3, 0.4, COVARIANCE, df=df)
    assert found.ratio == pytest.approx(0.75) and found.low < 0.75 < found.high
    for limit in (found.low, found.high):  # a - limit x b is normal with mean zero there
        gap, weights = 0.3 - limit * 0.4, np.array([1, -limit])
        assert abs(gap) / np.sqrt(weights @ COVARIANCE @ weights) == pytest.approx(quantile, rel=1e-9)


def test_a_denominator_that_cannot_be_told_from_zero_gives_no_ratio():
    weak = ratio_of_averages(0.3, 0.04, COVARIANCE)  # 0.04 is 1.8 errors
    assert (weak.ratio, weak.low, weak.high) == (None, None, None) and "cannot be told from zero" in weak.note
    assert ratio_of_averages(0.3, -0.4, COVARIANCE).ratio is None


def test_retention_is_the_share_of_what_lies_above_chance():
    a, b = np.repeat([1.0, 0.0], [55, 45]), np.repeat([1.0, 0.0], [85, 15])
    found = retention(a, b, chance=0.25)
    assert (found.numerator, found.denominator) == pytest.approx((0.3, 0.6)) and found.n == 100
    assert found.ratio == pytest.approx(0.5)
    table = np.cov(a, b) / 100
    again = ratio_of_averages(0.3, 0.6, table, df=99)
    assert (found.low, found.high) == pytest.approx((again.low, again.high), rel=1e-9)


def test_clusters_of_one_value_count_as_one_item_each():
    rng = np.random.default_rng(5)
    a, b = (rng.random((2, 40)) < [[0.6], [0.8]]).astype(float)
    one = retention(a, b)
    doubled = retention(np.repeat(a, 3), np.repeat(b, 3), clusters=np.repeat(np.arange(40), 3))
    assert (doubled.ratio, doubled.low, doubled.high) == pytest.approx((one.ratio, one.low, one.high), rel=1e-9)


def test_twins_keep_all_and_the_limits_say_how_few_items():
    x = np.repeat([1.0, 0.0], [30, 10])
    found = retention(x, x)
    width = (1 - 0.025 ** (1 / 40)) / 0.75
    assert (found.ratio, found.low, found.high) == pytest.approx((1, 1 - width, 1 + width))
    assert "nothing varies" in found.note


def test_one_cluster_gives_no_ratio():
    assert retention([1.0, 0, 1], [1.0, 1, 0], clusters=[0, 0, 0]).ratio is None


def test_what_is_no_covariance_is_refused():
    with pytest.raises(StatsError, match="2 x 2 covariance"):
        ratio_of_averages(1.0, 1.0, [[-1.0, 0], [0, 1]])
    with pytest.raises(StatsError, match="chance"):
        retention([1.0, 0], [1.0, 1], chance=np.nan)
