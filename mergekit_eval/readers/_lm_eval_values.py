"""Values of items by the rule of their metric: numbers, lists, pairs; the wrong rule is refused, not averaged."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from mergekit_eval.readers._base import Problem, problem, shown, truth


def metric_values(
    metric: str, parts: Sequence[np.ndarray | list[Any]], how: str
) -> tuple[np.ndarray, np.ndarray, list[Problem]]:
    """Return (row of each value, value, problems) by the metric's rule; the wrong rule is refused, not averaged."""
    if all(isinstance(part, np.ndarray) for part in parts):
        values = np.concatenate(parts)
        rows = np.arange(len(values))
        return (rows, -values, []) if how == "nll" else (rows, values, [])
    raw = [value for part in parts for value in (part.tolist() if isinstance(part, np.ndarray) else part)]
    if how == "each":
        return _each(metric, raw)
    if how in ("nll_ratio", "bits_ratio"):
        return _ratio(metric, raw, how)
    return _singles(metric, raw, how)


def _singles(metric: str, raw: list[Any], how: str) -> tuple[np.ndarray, np.ndarray, list[Problem]]:
    present = [(i, value) for i, value in enumerate(raw) if value is not msgspec.UNSET]
    values = [math.nan if value is None else truth(value) for _, value in present]
    kinds = Counter(type(v).__name__ for (_, v), value in zip(present, values, strict=True) if value is None)
    problems = []
    if kinds:
        what = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        example = next(shown(v, 60) for (_, v), value in zip(present, values, strict=True) if value is None)
        text = f"{metric}: items are no single numbers ({what}, e.g. {example})"
        todo = "its score exists only for the whole set; pair by another metric"
        problems.append(problem("note" if how == "none" else "bad-value", text, todo))
    good = [(i, value) for (i, _), value in zip(present, values, strict=True) if value is not None]
    rows = np.array([i for i, _ in good], np.int64)
    numbers = np.array([value for _, value in good], np.float64)
    return rows, (-numbers if how == "nll" else numbers), problems


def _each(metric: str, raw: list[Any]) -> tuple[np.ndarray, np.ndarray, list[Problem]]:
    rows, values, bad = [], [], 0
    for i, value in enumerate(raw):
        if value is msgspec.UNSET:
            continue
        for element in value if isinstance(value, list) else [value]:
            number = truth(element)
            bad += number is None
            rows.append(i)
            values.append(math.nan if number is None else number)
    problems = [problem("bad-value", f"{metric}: {bad} values are no numbers; counted as NaN")] if bad else []
    return np.array(rows, np.int64), np.array(values, np.float64), problems


def _ratio(metric: str, raw: list[Any], how: str) -> tuple[np.ndarray, np.ndarray, list[Problem]]:
    """Turn (log-likelihood, weight) pairs into values whose plain mean is the log of the score (bits: the score).

    The score is a ratio of sums. Its linearisation per item, ``r + (x - r w) / mean w``, has that ratio as its mean and
    its spread is that of the ratio, in which long and short items do not count alike (Cochran 1977, section 6.3).
    """
    rows, pairs, bad = [], [], 0
    for i, value in enumerate(raw):
        if value is msgspec.UNSET:
            continue
        pair = [truth(v) for v in value] if isinstance(value, list) and len(value) == 2 else [None]
        if None in pair:
            bad += 1
        else:
            rows.append(i)
            pairs.append(pair)
    problems = [problem("bad-value", f"{metric}: {bad} items are no pairs of numbers; left out")] if bad else []
    table = np.array(pairs, np.float64).reshape(-1, 2)
    weight = table[:, 1].mean() if len(table) else 1.0
    if not len(table) or not weight > 0:
        return np.empty(0, np.int64), np.empty(0), problems
    own = -table[:, 0] / (math.log(2) if how == "bits_ratio" else 1.0)
    ratio = own.mean() / weight
    return np.array(rows, np.int64), ratio + (own - ratio * table[:, 1]) / weight, problems
