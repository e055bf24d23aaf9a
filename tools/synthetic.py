"""Invented finished tables for the gallery and the tests: plausible shapes, no real measurement."""

from __future__ import annotations

import numpy as np
import pandas as pd

TASKS = (
    "arc_challenge",
    "hellaswag",
    "mmlu",
    "gsm8k",
    "ifeval",
    "humaneval",
    "truthfulqa_mc2",
    "winogrande",
    "bbh",
    "gpqa",
)
CAPABILITIES = (
    "reasoning",
    "reasoning",
    "knowledge",
    "math",
    "instruction",
    "coding",
    "safety",
    "reasoning",
    "reasoning",
    "knowledge",
)
METHODS = (
    "linear",
    "slerp",
    "ties",
    "dare_ties",
    "task_arithmetic",
    "della",
    "breadcrumbs",
    "model_stock",
    "nuslerp",
    "dare_linear",
)


def models(count: int) -> tuple[list[str], list[str]]:
    """Return ``count`` model names with roles: base, two parents, then merges (the first ``count`` of them)."""
    fixed = ["lab/Tiny-Llama-Base", "lab/Tiny-Llama-Math", "lab/Tiny-Llama-Code"]
    merges = [
        f"lab/Tiny-Llama-Math-Code-{METHODS[i % 10]}-w{0.1 * (i // 10 + 3):.1f}" for i in range(max(0, count - 3))
    ]
    names = (fixed[1:] if count < 3 else fixed) + merges
    roles = (["parent", "parent"] if count < 3 else ["base", "parent", "parent"]) + ["merge"] * len(merges)
    return names[:count], roles[:count]


def task_names(count: int) -> list[str]:
    """Return ``count`` different task names."""
    return [TASKS[i] if i < len(TASKS) else f"mmlu_subject_{i:02d}" for i in range(count)]


def score_table(count: int, tasks: int = 1, seed: int = 0, missing: float = 0.0) -> pd.DataFrame:
    """Return a score table of ``count`` models x ``tasks`` tasks; ``missing`` is the share of empty scores."""
    rng, (names, roles) = np.random.default_rng(seed), models(count)
    frame = pd.DataFrame([
        {"task": task, "metric": "acc", "filter": "none", "model": name, "role": role, "n": 500, "note": "",
         "higher_is_better": True, "chance": 0.25, "scale": "unit", "capability": CAPABILITIES[i % 10]}
        for i, task in enumerate(task_names(tasks)) for name, role in zip(names, roles, strict=True)])  # fmt: skip
    level = np.repeat(rng.uniform(0.45, 0.7, tasks), count)
    value = np.clip(level + rng.normal(0, 0.08, len(frame)), 0.2, 0.97)
    value[rng.random(len(frame)) < missing] = np.nan
    half = 1.96 * np.sqrt(value * (1 - value) / 500)
    return frame.assign(value=value, low=value - half, high=value + half)


def difference_table(
    merges: int, tasks: int = 6, references: int = 1, seed: int = 0, missing: float = 0.08
) -> pd.DataFrame:
    """Return a difference table of ``merges`` x ``references`` x ``tasks``, a few rows without a value."""
    rng = np.random.default_rng(seed)
    names = models(merges + 3)[0]
    known = [("lab/Tiny-Llama-Base", "base"), ("lab/Tiny-Llama-Math", "parent"), ("lab/Tiny-Llama-Code", "parent")]
    frame = pd.DataFrame([
        {"merge": merge, "reference": reference, "relation": relation, "task": task, "metric": "acc", "filter": "none",
         "scale": "unit", "n": 500, "note": "", "capability": CAPABILITIES[i % 10]}
        for merge in names[3:]
        for reference, relation in known[:references]
        for i, task in enumerate(task_names(tasks))])  # fmt: skip
    gain, se = rng.normal(0, 0.06, len(frame)), rng.uniform(0.012, 0.03, len(frame))
    gain[rng.random(len(frame)) < missing] = np.nan
    frame = frame.assign(gain=gain, diff=gain, gain_low=gain - 2.6 * se, gain_high=gain + 2.6 * se, mde=2.8 * se)
    wins = rng.integers(20, 90, len(frame))
    losses = np.clip(wins - np.nan_to_num(gain * 500).astype(int), 0, 250)
    decided = np.select(
        [frame["gain_low"] > 0, frame["gain_high"] < 0, frame["gain"].isna()], ["better", "worse", ""], "undecided"
    )
    p = np.exp(-((np.abs(gain) / se) ** 2) / 2)
    return frame.assign(
        decided=decided,
        p=p,
        p_exact=p,
        p_adjusted=np.minimum(1, 3 * p),
        wins=wins,
        losses=losses,
        ties=500 - wins - losses,
    )


def correlation_table(count: int, seed: int = 0, models: int = 14) -> pd.DataFrame:
    """Return all pairs of ``count`` tasks."""
    rng, names = np.random.default_rng(seed), task_names(count)
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    r = np.tanh(rng.normal(0.6, 0.6, len(pairs)))
    half = 1.96 / np.sqrt(models - 3)
    frame = pd.DataFrame(pairs, columns=["x", "y"]).assign(
        r=r, low=np.tanh(np.arctanh(r) - half), high=np.tanh(np.arctanh(r) + half)
    )
    note = np.where(rng.random(len(pairs)) < 0.05, "n < 5", "")
    return frame.assign(n=models, p=0.01, p_adjusted=0.02, method="spearman", note=note)
