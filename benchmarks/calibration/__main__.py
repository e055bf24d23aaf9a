"""Run parts of the grid: ``python -m benchmarks.calibration [part ...] [--reps 10000] [--out docs/calibration]``."""

import argparse
import csv
import importlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.calibration import (
    associations,
    best_parent,
    choices,
    claims,
    engine,
    fairness,
    functionals,
    one_model,
    others,
    seeds,
    shared_questions,
    skewed,
    study,
    tasks,
    two_models,
    verdicts,
)
from benchmarks.calibration.cells import Cells

Run = Callable[[int, np.random.Generator], Cells]


class Part(NamedTuple):
    """A part of the grid; `stream` numbers its random draws, as they were for the committed figures."""

    stream: int
    run: Run


PARTS = {
    "proportions": Part(0, lambda reps, rng: one_model.proportions()),
    "paired_binary": Part(1, two_models.binary),
    "paired_graded": Part(2, two_models.graded),
    "paired_clustered": Part(3, two_models.clustered),
    "mean_graded": Part(4, one_model.graded),
    "mean_clustered": Part(5, one_model.clustered),
    "unpaired": Part(6, two_models.unpaired),
    "margins": Part(7, two_models.margins),
    "macro": Part(8, study.macro),
    "engine": Part(9, engine.averages),
    "families": Part(9, study.families),
    "verdicts": Part(10, lambda reps, rng: verdicts.verdicts(max(reps // 25, 1), rng)),
    "claims": Part(32, lambda reps, rng: claims.claims(max(reps // 5, 1), rng)),
    "fairness": Part(33, lambda reps, rng: fairness.fairness(max(reps // 10, 1), rng)),
    "tasks": Part(34, lambda reps, rng: tasks.tasks(max(reps // 10, 1), rng)),
    "winners": Part(11, study.winners),
    "ratios": Part(14, functionals.ratios),
    "ranks": Part(16, functionals.ranks),
    "correlations": Part(18, associations.correlations),
    "partial": Part(19, associations.partial),
    "gain": Part(20, associations.gain),
    "friedman": Part(21, associations.friedman),
    "agreements": Part(24, others.agreements),
    "corrected": Part(28, others.corrected),
    "planning": Part(29, others.planning),
    "choices": Part(30, lambda reps, rng: choices.choices(max(reps // 5, 1), rng)),
    "best_parents": Part(35, lambda reps, rng: best_parent.best_parents(max(reps // 5, 1), rng)),
    "pooled": Part(31, lambda reps, rng: choices.pooled(max(reps // 5, 1), rng)),
    "seeds": Part(33, seeds.seeds),
    "skewed": Part(40, skewed.skewed),
    "skewed_clusters": Part(41, skewed.skewed_clusters),
    "right_wrong": Part(42, skewed.right_wrong),
    "shared_questions": Part(43, lambda reps, rng: shared_questions.shared_questions(max(reps // 5, 1), rng)),
}
# A tenth or a fifth of the defaults: a level of (b + 1) / (m + 1) stays what it is, and the grid affordable.
FEWER = {
    "signflip": ("FLIPS", 999),
    "correlation": ("FLIPS", 999),
    "confounding": ("FLIPS", 999),
    "binary": ("RESAMPLES", 1999),
    "joint_draws": ("MOST", 4_000),
}
FIELDS = ["family", "method", "setting", "n", "kind", "value", "reps", "error", "passes"]


def write(path: Path, cells: Cells) -> tuple[int, int]:
    """Write cells as they come and return how many there are and how many fail."""
    total = failed = 0
    part = path.with_suffix(".part")
    with part.open("w", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(FIELDS)
        for cell in cells:
            row = [*cell[:5], f"{cell.value:.5f}", cell.reps, f"{cell.error:.5f}", cell.passes]
            table.writerow(row)
            handle.flush()
            total, failed = total + 1, failed + (not cell.passes)
    part.replace(path)
    return total, failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--reps", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=Path("docs/calibration"))
    options = parser.parse_args()
    for name, (what, count) in FEWER.items():
        place = "compare" if name == "joint_draws" else "stats"
        setattr(importlib.import_module(f"mergekit_eval.{place}.{name}"), what, count)
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.parts or PARTS:
        start = time.perf_counter()
        rng = np.random.default_rng([7, PARTS[name].stream])
        total, failed = write(options.out / f"{name}.csv", PARTS[name].run(options.reps, rng))
        print(
            f"{name}: {total} cells, {failed} outside, {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True
        )


if __name__ == "__main__":
    main()
