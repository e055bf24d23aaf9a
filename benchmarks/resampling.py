"""Joint resampling against scipy called pair by pair: 20 models x 57 MMLU-sized subjects, all 190 pairs.

``python -m benchmarks.resampling`` prints one JSON object, its times in seconds of the processor. The kit draws, and
gives every pair on every subject an adjusted p and limits that hold together; scipy gives each pair an interval and a
p of its own. scipy is timed on a few pairs and a few subjects (so many that its own start-up does not count) and
multiplied up by items; both routes run on one thread, one after the other.
"""

import json
import os
import resource
import subprocess
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy import stats as sps

from mergekit_eval.stats import (
    bootstrap_draws,
    family_max_t,
    flip_draws,
    pair_moments,
    rank_distribution,
    rank_sets,
    weighted_draws,
)

RESAMPLES = 10_000
ITEMS = 14_042
SAMPLED_PAIRS, SAMPLED_SUBJECTS = 3, 8


def study(models: int, tasks: int, items: int) -> list[np.ndarray]:
    """Right / wrong scores of models that find the same items hard; task sizes spread as MMLU's (100 to 1,534)."""
    rng = np.random.default_rng(0)
    shares = np.sort(rng.pareto(2.0, tasks) + 1)
    sizes = np.maximum((shares / shares.sum() * (items - 60 * tasks)).astype(int) + 60, 60)
    sizes[-1] += items - sizes.sum()
    skill = np.linspace(-0.3, 0.3, models)
    return [
        ((rng.normal(size=(n, 1)) + skill + 0.8 * rng.normal(size=(n, models))) > -0.3).astype(float) for n in sizes
    ]


def every_pair(models: int) -> np.ndarray:
    return np.column_stack(np.triu_indices(models, 1))


def joint(models: int, tasks: int, items: int) -> dict:
    """Time and peak memory of everything the notebook needs from the draws."""
    scores, pairs = study(models, tasks, items), every_pair(models)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    moments, flip = pair_moments(scores, pairs), flip_draws(scores, n_resamples=RESAMPLES, seed=1)
    family_max_t(flip, moments, pairs, moments.present)
    tested = time.process_time() - start
    averages = weighted_draws(bootstrap_draws(scores, n_resamples=RESAMPLES, seed=1))
    rank_distribution(averages)
    rank_sets(averages, np.mean([x.mean(axis=0) for x in scores], axis=0))
    total = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "models": models, "tasks": tasks, "items": items, "pairs": len(pairs), "resamples": RESAMPLES,
        "limits_and_max_t_s": round(tested, 2), "with_ranks_s": round(total, 2),
        "peak_mb": round(peak / 1024), "before_mb": round(before / 1024),
    }  # fmt: skip


def pair_by_pair() -> dict:
    """Time scipy on some pairs of some subjects, and compare its intervals and p-values with those of joint draws."""
    scores, pairs = study(20, 57, ITEMS), every_pair(20)
    chosen = np.linspace(0, 56, SAMPLED_SUBJECTS).astype(int)
    some = [scores[t] for t in chosen]
    boot, flip = (draw(some, n_resamples=RESAMPLES, seed=1) for draw in (bootstrap_draws, flip_draws))
    spent, items, apart = {"bootstrap": 0.0, "permutation_test": 0.0}, 0, []
    for k in np.linspace(0, len(pairs) - 1, SAMPLED_PAIRS).astype(int):
        i, j = pairs[k]
        for t, x in enumerate(some):
            a, b = x[:, i], x[:, j]
            start = time.process_time()
            limits = sps.bootstrap(
                (a - b,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=2
            ).confidence_interval
            middle = time.process_time()
            p = sps.permutation_test(
                (a, b), _difference, permutation_type="samples", n_resamples=RESAMPLES, vectorized=True, rng=3
            ).pvalue
            spent["bootstrap"] += middle - start
            spent["permutation_test"] += time.process_time() - middle
            items += len(a)
            low, high = np.quantile(boot[t][:, i] - boot[t][:, j], [0.025, 0.975])
            hits = np.abs(flip[t][:, i] - flip[t][:, j]) >= abs(a.mean() - b.mean()) - 1e-6
            ours = (low, high, sps.sem(a - b), (hits.sum() + 1) / (RESAMPLES + 1))
            apart.append(monte_carlo_errors(tuple(limits), float(p), ours, len(a)))
    scale = len(pairs) * ITEMS / items
    limit, p_value = zip(*apart, strict=True)
    return {
        "measured_calls": SAMPLED_PAIRS * SAMPLED_SUBJECTS, "measured_items": items, "scale": round(scale),
        "measured_s": {k: round(v, 2) for k, v in spent.items()},
        "extrapolated_s": {k: round(v * scale) for k, v in spent.items()},
        "largest_difference_in_drawing_errors": {"limit": round(max(limit), 2), "p": round(max(p_value), 2)},
    }  # fmt: skip


def monte_carlo_errors(limits: tuple[float, float], p: float, ours: tuple, n: int) -> tuple[float, float]:
    """How far two sets of draws are apart, in standard errors of drawing; limits lie on steps of 1 / n, one is free.

    The error of a 2.5 % quantile is sqrt(q (1 - q) / B) / density; scipy doubles the smaller tail of its draws.
    """
    low, high, stderr, mine = ours
    q, tail = 0.025, max(mine, 1 / RESAMPLES) / 2
    quantile = np.sqrt(2 * q * (1 - q) / RESAMPLES) / sps.norm.pdf(sps.norm.isf(q)) * stderr
    error = np.sqrt((4 * tail * (1 - tail) + mine * (1 - mine)) / RESAMPLES)
    off = max(abs(limits[0] - low), abs(limits[1] - high)) - 1 / n
    return float(max(off, 0.0) / quantile), float(abs(p - mine) / error)


def _difference(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.mean(x - y, axis=axis)


def _fresh(call: str) -> dict:
    """Run one part in a process of its own, so that its peak memory is its own."""
    code = f"import json; from benchmarks import resampling as r; print(json.dumps(r.{call}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    report = {"mmlu": _fresh("joint(20, 57, r.ITEMS)"), "scipy": _fresh("pair_by_pair()")}
    report["ratio"] = round(sum(report["scipy"]["extrapolated_s"].values()) / report["mmlu"]["with_ranks_s"])
    report["leaderboard"] = _fresh("joint(100, 39, 21_600)")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
