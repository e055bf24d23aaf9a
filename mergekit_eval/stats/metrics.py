"""Metrics that are not means: F1, MCC, perplexity and BLEU, resampled from the sums they are made of.

Parts have one row per item; the metric is a formula of the column sums, so that one matrix product redraws it.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.bootstrap import bca_limits, unit_sums
from mergekit_eval.stats.defaults import LEVEL, RESAMPLES
from mergekit_eval.stats.intervals import Interval
from mergekit_eval.stats.paired import PairedDifference
from mergekit_eval.stats.signflip import signed_sums
from mergekit_eval.stats.validate import Floats, Seed, as_choice, as_clusters, as_count, as_fraction, as_scores, reject

_SLACK = 1e-9


def confusion_parts(predicted: ArrayLike, actual: ArrayLike) -> Floats:
    """Parts for F1 and MCC of a two-class task: one-hot columns (tp, fp, fn, tn); labels are 0 or 1."""
    guess, truth = np.asarray(predicted), np.asarray(actual)
    if guess.shape != truth.shape or guess.ndim != 1 or not (np.isin(guess, (0, 1)) & np.isin(truth, (0, 1))).all():
        raise reject("(predicted, actual)", (guess.shape, truth.shape), "two equally long lists of 0 and 1")
    return np.column_stack([guess * truth, guess * (1 - truth), (1 - guess) * truth, (1 - guess) * (1 - truth)]).astype(
        float
    )


def f1(sums: Floats) -> Floats:
    """F1 of the positive class from (tp, fp, fn, tn), 0 to 1; 0 where there is neither a hit nor an error."""
    tp, fp, fn = sums[..., 0], sums[..., 1], sums[..., 2]
    return _ratio(2 * tp, 2 * tp + fp + fn)


def mcc(sums: Floats) -> Floats:
    """Matthews' correlation (1975) from (tp, fp, fn, tn), -1 to 1; 0 where a margin is empty."""
    tp, fp, fn, tn = (sums[..., i] for i in range(4))
    return _ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


def perplexity(sums: Floats) -> Floats:
    """``exp(-log-likelihood / tokens)`` from (log-likelihood, tokens); lower is better, infinite on overflow."""
    with np.errstate(over="ignore"):
        return np.exp(-sums[..., 0] / sums[..., 1])


def bleu(sums: Floats) -> Floats:
    """Corpus BLEU, 0 to 100 (Papineni et al. 2002, doi:10.3115/1073083.1073135), without smoothing.

    Parts are (matches of order 1 ... N, candidates of order 1 ... N, length of the output, length of the reference); 0
    where an order has no match.
    """
    orders = (sums.shape[-1] - 2) // 2
    hits, tries = sums[..., :orders], sums[..., orders : 2 * orders]
    length, reference = sums[..., -2], sums[..., -1]
    some = (hits > 0).all(axis=-1) & (length > 0)
    logs = np.log(np.where(hits > 0, hits, 1) / np.where(tries > 0, tries, 1)).mean(axis=-1)
    brevity = np.minimum(0, 1 - reference / np.where(length > 0, length, 1))
    return np.where(some, 100 * np.exp(logs + brevity), 0.0)


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1), 0.0)


METRICS: dict[str, tuple[Callable[[Floats], Floats], str]] = {
    "f1": (f1, "4 columns (tp, fp, fn, tn)"),
    "mcc": (mcc, "4 columns (tp, fp, fn, tn)"),
    "perplexity": (perplexity, "2 columns (log-likelihood, tokens)"),
    "bleu": (bleu, "2 N + 2 columns (matches, candidates, output length, reference length)"),
}


def metric_interval(
    parts: ArrayLike,
    metric: str,
    *,
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    n_resamples: int = RESAMPLES,
    seed: Seed = 0,
) -> Interval:
    """Bootstrap interval (BCa) of a metric that is not a mean.

    Parameters
    ----------
    parts : array_like, shape (n_items, k)
        Sufficient parts of the metric, see its function in this module.
    metric : {"f1", "mcc", "perplexity", "bleu"}
        Formula applied to the column sums.
    """
    x, formula, ids = _checked(parts, metric, clusters, "parts")
    level, units = as_fraction(level, "level"), unit_sums(x, ids)
    estimate, label = _value(formula, units.sum(axis=0), metric, "parts"), f"{metric}, BCa bootstrap"
    if len(units) < 2:
        return Interval(estimate, None, None, None, len(x), label, "one unit: its error cannot be estimated")
    low, high, draws = bca_limits(units, formula, level, as_count(n_resamples, "n_resamples"), seed)
    if draws[0] == draws[-1] or not np.isfinite(draws).all():
        return Interval(
            estimate, None, None, None, len(x), label, "every draw gives the same value, or an infinite one"
        )
    return Interval(estimate, min(low, estimate), max(high, estimate), float(draws.std(ddof=1)), len(x), label)


def metric_difference(
    parts_a: ArrayLike,
    parts_b: ArrayLike,
    metric: str,
    *,
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    n_resamples: int = RESAMPLES,
    seed: Seed = 0,
) -> PairedDifference:
    """Paired difference of a metric that is not a mean: BCa interval, and approximate randomisation for p.

    The two outputs of an item (or of a cluster) change sides together (Riezler & Maxwell 2005, ACL W05-0908); p is
    (b + 1) / (m + 1), or exact where all exchanges are listed. Parameters as :func:`metric_interval`.
    """
    (x, formula, ids), (y, _, _) = (
        _checked(p, metric, clusters, n) for p, n in ((parts_a, "parts_a"), (parts_b, "parts_b"))
    )
    if x.shape != y.shape:
        raise reject("shapes of parts_a and parts_b", (x.shape, y.shape), "the same items and columns")
    level, width = as_fraction(level, "level"), x.shape[1]
    units = np.column_stack([unit_sums(x, ids), unit_sums(y, ids)])

    def gap(sums: Floats) -> Floats:
        return formula(sums[..., :width]) - formula(sums[..., width:])

    total = units.sum(axis=0)
    values = [_value(formula, total[:width], metric, "parts_a"), _value(formula, total[width:], metric, "parts_b")]
    p, exact = _exchange_p(units, gap, width, seed)
    low, high, draws = bca_limits(units, gap, level, as_count(n_resamples, "n_resamples"), seed)
    flat = draws[0] == draws[-1] or not np.isfinite(draws).all()
    diff, note = values[0] - values[1], "every draw gives the same difference: no interval" if flat else ""
    limits = (None, None, None) if flat else (float(draws.std(ddof=1)), min(low, diff), max(high, diff))
    same = int((x == y).all(axis=1).sum())
    return PairedDifference(
        len(x),
        *values,
        diff,
        *limits,
        None,
        None,
        same,
        p,
        p if exact else None,
        None,
        f"{metric}, exchange of outputs",
        note,
    )


def _value(formula: Callable[[Floats], Floats], sums: Floats, metric: str, name: str) -> float:
    value = float(formula(sums[None])[0])
    if not np.isfinite(value):
        raise reject(f"{metric} of {name}", value, "a finite one: log-likelihoods above about -700 per token")
    return value


def _exchange_p(units: Floats, gap: Callable[[Floats], Floats], width: int, seed: Seed) -> tuple[float, bool]:
    half = (units[:, :width] - units[:, width:]) / 2
    middle = (units[:, :width] + units[:, width:]).sum(axis=0) / 2
    moved, exact = signed_sums(half, seed)
    far = np.abs(gap(np.column_stack([middle + moved, middle - moved])))
    return float((far >= far[0] * (1 - _SLACK)).mean()), exact


def _checked(parts: ArrayLike, metric: str, clusters: ArrayLike | None, name: str) -> tuple:
    formula, columns = METRICS[as_choice(metric, "metric", tuple(METRICS))]
    x = as_scores(parts, name, ndim=2)
    width = {"perplexity": x.shape[1] == 2, "bleu": x.shape[1] >= 4 and x.shape[1] % 2 == 0}.get(
        metric, x.shape[1] == 4
    )
    if not width:
        raise reject(f"shape of {name}", x.shape, f"items x {columns}")
    if metric == "perplexity" and x[:, 1].min() <= 0:
        raise reject(f"tokens in {name}", float(x[:, 1].min()), "more than 0 for every item")
    ids = None if clusters is None else as_clusters(clusters, len(x))
    return x, formula, ids
