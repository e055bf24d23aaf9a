"""Items redrawn: intervals for a mean and for metrics of sums (F1, MCC, perplexity, BLEU), and their differences."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.defaults import BLOCK_BYTES, LEVEL, RESAMPLES
from mergekit_eval.stats.intervals import Interval, mean_stderr, unit_scale, unseen_limits
from mergekit_eval.stats.paired import PairedDifference
from mergekit_eval.stats.resample import fill_counts
from mergekit_eval.stats.signflip import cluster_sums, signed_sums
from mergekit_eval.stats.validate import (
    Floats,
    Ints,
    Seed,
    as_choice,
    as_clusters,
    as_count,
    as_fraction,
    as_generator,
    as_scores,
    reject,
)

_SLACK = 1e-9


def resampled_sums(units: Floats, n_resamples: int, seed: Seed) -> Floats:
    """Column sums of `units` (G, k) redrawn with replacement, shape (n_resamples, k)."""
    generator, step = as_generator(seed), max(1, BLOCK_BYTES // (8 * len(units)))
    blocks = []
    for start in range(0, n_resamples, step):
        counts = np.empty((min(step, n_resamples - start), len(units)))
        fill_counts(counts, generator)
        blocks.append(counts @ units)
    return np.vstack(blocks)


def bootstrap_mean(
    values: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    n_resamples: int = RESAMPLES,
    seed: Seed = 0,
) -> Interval:
    """Bootstrap-t interval for a mean; with clusters it redraws clusters and studentises with the CR1 error.

    Efron 1981; Hall 1988, doi:10.1214/aos/1176350933; clusters as in Cameron, Gelbach & Miller 2008. Draws without any
    spread count as infinitely far out, so that few distinct values widen the interval instead of narrowing it. Scores
    that all lie in [0, 1] bound it: a limit that the draws leave open is the end of the scale, and a sample without any
    spread has the limits that its size allows (`unseen_limits`). On other scales such samples have no interval.
    """
    x, level = as_scores(values, "values"), as_fraction(level, "level")
    ids = np.arange(x.size) if clusters is None else as_clusters(clusters, x.size)
    centre, units = float(x.mean()), int(ids.max()) + 1
    label = f"bootstrap-t, {units} {'items' if units == x.size else 'clusters'}"
    e, m = cluster_sums(x - centre, ids), np.bincount(ids).astype(float)
    stderr = mean_stderr(x, ids)
    if not stderr:
        limits = unseen_limits(centre, units, level) if unit_scale(x) else (None, None)
        reason = f"one unit or no spread: {'score range only' if unit_scale(x) else 'no interval'}"
        return Interval(centre, *limits, None, x.size, label, reason)
    columns = np.column_stack([e, m, e * e, e * m, m * m])
    t = _studentised(resampled_sums(columns, as_count(n_resamples, "n_resamples"), seed), units)
    near, far = np.quantile(t, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf") * stderr
    limits, note = _bounded(centre - float(far), centre - float(near), unit_scale(x))
    return Interval(centre, *limits, stderr, x.size, label, note)


def _bounded(low: float, high: float, unit: bool) -> tuple[tuple[float | None, float | None], str]:
    """Keep limits on the scale; an open one becomes the end of the scale, or leaves no interval."""
    note = "" if np.isfinite([low, high]).all() else "too few distinct units to bound the mean"
    if unit:
        return (max(low, 0.0), min(high, 1.0)), f"{note}: the end of the scale" if note else ""
    return ((None, None) if note else (low, high)), note


def _studentised(sums: Floats, units: int) -> Floats:
    e, m, ee, em, mm = sums.T
    shift = e / m
    squares = ee - 2 * shift * em + shift**2 * mm
    flat = squares <= 1e-12 * np.maximum(ee, np.finfo(float).tiny)
    stderr = np.sqrt(units / (units - 1) * np.where(flat, 1, squares)) / m
    return np.where(flat, np.where(e == 0, 0.0, np.copysign(np.inf, e)), shift / stderr)


Formula = Callable[[Floats], Floats]


def bca_limits(
    units: Floats, formula: Formula, level: float, n_resamples: int, seed: Seed
) -> tuple[float, float, Floats]:
    """Bias-corrected and accelerated limits (Efron 1987, doi:10.1080/01621459.1987.10478410) of a statistic of sums.

    `units` has shape (G, k); `formula` maps sums of shape (..., k) to values of shape (...). Returns both limits and
    the redrawn values. Undefined redrawn values (0 / 0) must come back from `formula` as a number, see the metrics.
    """
    draws = np.sort(formula(resampled_sums(units, n_resamples, seed)))
    total = units.sum(axis=0)
    estimate = float(formula(total[None])[0])
    left_out = formula(total - units)
    if not (np.isfinite(draws).all() and np.isfinite(left_out).all()):
        return -np.inf, np.inf, draws
    pull = left_out.mean() - left_out
    power = (pull**2).sum() ** 1.5
    acceleration = float((pull**3).sum() / (6 * power)) if power > 0 else 0.0
    below = ((draws < estimate).mean() + (draws <= estimate).mean()) / 2
    bias = float(sps.norm.ppf(np.clip(below, 1 / (2 * len(draws)), 1 - 1 / (2 * len(draws)))))
    z = bias + sps.norm.ppf([(1 - level) / 2, (1 + level) / 2])
    places = sps.norm.cdf(bias + z / (1 - acceleration * z))
    low, high = np.quantile(draws, places)
    return float(low), float(high), draws


def unit_sums(parts: Floats, ids: Ints | None) -> Floats:
    """Sums of parts (n, k) per cluster, or the parts themselves."""
    if ids is None:
        return parts
    sums = np.zeros((ids.max() + 1, parts.shape[1]))
    np.add.at(sums, ids, parts)
    return sums


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
