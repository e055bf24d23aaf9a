"""Redrawn items: means, and metrics of sums."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import (
    StatsError,
    bootstrap_mean,
    confusion_parts,
    mean,
    metric_difference,
    metric_interval,
)
from mergekit_eval.stats.bootstrap import METRICS, bleu

RNG = np.random.default_rng(0)
TRUTH = (RNG.random(150) < 0.4).astype(int)
GUESS = np.where(RNG.random(150) < 0.8, TRUTH, 1 - TRUTH)
OTHER = np.where(RNG.random(150) < 0.65, TRUTH, 1 - TRUTH)


def f1_score(truth, guess):
    """Harmonic mean of precision and recall, counted item by item."""
    hits = sum(t == g == 1 for t, g in zip(truth, guess, strict=True))
    return 2 / (sum(guess) / hits + sum(truth) / hits)


def matthews_corrcoef(truth, guess):
    """The item correlation of two sets of labels."""
    return np.corrcoef(truth, guess)[0, 1]


def f1_of_nothing(truth, x, y):
    """Difference where one of the two outputs names nobody, so that its F1 is 0."""
    return max(f1_score(truth, z) for z in (x, y) if z.any())


@pytest.mark.parametrize(("name", "theirs"), [("f1", f1_score), ("mcc", matthews_corrcoef)])
def test_metric_of_the_sums_agrees_with_its_definition_and_its_interval_with_scipy(name, theirs):
    found = metric_interval(confusion_parts(GUESS, TRUTH), name, seed=1)
    assert found.estimate == pytest.approx(theirs(TRUTH, GUESS), abs=1e-12)

    def again(rows, axis=-1):
        return METRICS[name][0](np.stack([(rows == k).sum(axis=axis) for k in range(4)], axis=-1).astype(float))

    codes = confusion_parts(GUESS, TRUTH).argmax(axis=1)
    expected = sps.bootstrap(
        (codes,), again, method="BCa", n_resamples=9999, rng=2, vectorized=True
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.012)


def test_perplexity_is_the_exponential_of_the_mean_loss():
    loss, tokens = RNG.gamma(3, 1, 80), RNG.integers(5, 50, 80)
    parts = np.column_stack([-loss * tokens, tokens])
    found = metric_interval(parts, "perplexity")
    assert found.estimate == pytest.approx(np.exp((loss * tokens).sum() / tokens.sum()))
    assert found.low < found.estimate < found.high


def test_bleu_of_a_worked_sentence():
    """Output "the cat sat on the mat", reference "the cat is on the mat": 5/6, 3/5, 1/4 and no 4-gram."""
    assert bleu(np.array([[5, 3, 1, 6, 5, 4, 6, 6.0]]))[0] == pytest.approx(100 * (5 / 6 * 3 / 5 * 1 / 4) ** (1 / 3))
    assert bleu(np.array([[5, 3, 1, 0, 6, 5, 4, 3, 6, 6.0]]))[0] == 0
    assert bleu(np.array([[5, 5, 5, 5, 5, 10.0]]))[0] == pytest.approx(100 * np.exp(-1))


def test_metric_differences_are_paired():
    ours = metric_difference(confusion_parts(GUESS, TRUTH), confusion_parts(OTHER, TRUTH), "f1", seed=3)
    assert ours.diff == pytest.approx(f1_score(TRUTH, GUESS) - f1_score(TRUTH, OTHER))
    assert ours.low < ours.diff < ours.high
    assert 0 < ours.p < 0.3
    assert ours == metric_difference(confusion_parts(GUESS, TRUTH), confusion_parts(OTHER, TRUTH), "f1", seed=3)
    same = metric_difference(confusion_parts(GUESS, TRUTH), confusion_parts(GUESS, TRUTH), "mcc")
    assert (same.p, same.diff, same.low) == (1, 0, None)


def test_exchange_of_few_outputs_lists_all():
    a, b, truth = np.array([1, 1, 0, 1]), np.array([0, 1, 0, 0]), np.array([1, 1, 0, 1])
    found = metric_difference(confusion_parts(a, truth), confusion_parts(b, truth), "f1")
    reach = []
    for swap in range(16):
        mask = np.array([(swap >> i) & 1 for i in range(4)], dtype=bool)
        x, y = np.where(mask, b, a), np.where(mask, a, b)
        reach.append(
            abs(f1_score(truth, x) - f1_score(truth, y)) if x.any() and y.any() else f1_of_nothing(truth, x, y)
        )
    assert found.p == found.p_exact == pytest.approx(np.mean([r >= reach[0] - 1e-12 for r in reach]))


def test_metrics_without_an_answer():
    assert metric_interval([[1, 0, 0, 0.0]], "f1").low is None
    assert metric_interval([[1, 0, 0, 0.0]] * 9, "f1").note
    assert metric_interval(np.tile([0, 0, 0, 1.0], (9, 1)), "f1").estimate == 0
    with pytest.raises(StatsError, match=r"perplexity of parts = inf; allowed: a finite one"):
        metric_interval([[-1e9, 1.0], [-2e9, 1.0]], "perplexity")
    rare = metric_interval([[-1e9, 1.0], [-1.0, 1e8]], "perplexity", n_resamples=200)
    assert rare.low is None
    assert "infinite" in rare.note


def test_clusters_widen_a_metric():
    parts = np.repeat(confusion_parts(GUESS, TRUTH), 6, axis=0)
    alone = metric_interval(parts, "f1", n_resamples=2000)
    grouped = metric_interval(parts, "f1", clusters=np.repeat(np.arange(150), 6), n_resamples=2000)
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_bootstrap_t_is_close_to_t_for_normal_scores_and_repeats():
    x = np.random.default_rng(3).normal(size=200)
    found, plain = bootstrap_mean(x, seed=4), mean(x, method="t")
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=0.01)
    assert bootstrap_mean(x, seed=4) == found
    assert bootstrap_mean(x, seed=5) != found


def test_cluster_bootstrap_is_close_to_cr1_for_many_clusters():
    rng = np.random.default_rng(5)
    ids = np.repeat(np.arange(150), 4)
    x = rng.normal(size=600) + rng.normal(size=150)[ids]
    found, plain = bootstrap_mean(x, clusters=ids), mean(x, clusters=ids, method="t")
    assert found.stderr == pytest.approx(plain.stderr, rel=1e-10)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=0.02)


def test_bootstrap_without_spread_says_so():
    assert bootstrap_mean([2.0, 2.0]).low is None
