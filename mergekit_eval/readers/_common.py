"""Small tools shared by readers of executed, judged and tabulated results: means, pass@k, item lists, keys."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from mergekit_eval.readers._base import ITEM_COLUMNS, Problem, ScoreRow, item_table, number, problem, shown
from mergekit_eval.registry import Registry

_HUGE = 1e150
# Columns that say on which data a score was measured, not of which model.
_DATA = re.compile(
    r"(?:(?:eval(?:uation)?|test|dev|translation)[ _-]?)?"
    r"(?:direction|(?:(?:source|target|src|tgt)[ _-]?)?lang(?:uage)?s?(?:[ _-]?(?:pair|direction|code))?"
    r"|source|target|src|tgt|split|(?:sub|data|test)[ _-]?set|domain|corpus|partition|fold"
    r"|category|subject|topic|locale)",
    re.IGNORECASE,
)


class Mean(NamedTuple):
    """Mean of item scores, its standard error (sample sd / sqrt n, NaN below two items) and the number of items."""

    value: float
    stderr: float
    n: int


def mean(values: Iterable[float]) -> Mean:
    """Return mean, standard error and count; the mean of nothing is NaN, equal values have an error of exactly 0."""
    known = np.fromiter(values, np.float64)
    if not len(known):
        return Mean(math.nan, math.nan, 0)
    if len(known) > 1 and (known == known[0]).all():  # the mean of three tenths is not a tenth, so their sd is not 0
        return Mean(float(known[0]), 0.0 if abs(known[0]) < _HUGE else math.nan, len(known))
    with np.errstate(all="ignore"):
        sane = bool((np.abs(known) < _HUGE).all())
        stderr = float(np.std(known, ddof=1)) / math.sqrt(len(known)) if sane and len(known) > 1 else math.nan
        return Mean(math.fsum(known) / len(known) if sane else float(known.mean()), stderr, len(known))


def rate_error(rate: float, n: int) -> float:
    """Return the binomial standard error of a rate of 0-1 items, with n - 1 as lm-eval has it; NaN below two items."""
    return math.sqrt(rate * (1 - rate) / (n - 1)) if n > 1 and 0 <= rate <= 1 else math.nan


def error_bar(value: float | None) -> float:
    """Return a printed standard error, NaN for none and for what can be none."""
    return value if value is not None and 0 <= value < math.inf else math.nan


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """Return the unbiased chance that one of ``k`` samples is right: 1 - C(n-c, k) / C(n, k) (Chen et al. 2021)."""
    return 1.0 - math.comb(samples - correct, k) / math.comb(samples, k)


def content_key(*parts: object) -> str:
    """Return a short stable key of an item's content."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def canonical(value: object) -> str:
    """Return settings as one canonical JSON text, empty for none."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str) if value else ""


def text(value: object) -> str:
    """Return a value as text: "" for None, the text itself for a text, JSON for the rest."""
    return value if isinstance(value, str) else "" if value is None else canonical(value) or str(value)


def when(stamp: object) -> float:
    """Return unix seconds of an ISO-like stamp (taken as UTC where it names no zone), NaN where it is none."""
    if not isinstance(stamp, str):
        return math.nan
    try:
        moment = datetime.fromisoformat(stamp.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return math.nan


def not_finite(scores: Iterable[ScoreRow]) -> list[Problem]:
    """Return a problem that names the score rows whose value is NaN or infinite; the rows stay as they are."""
    odd = [row for row in scores if not math.isfinite(row["value"])]
    if not odd:
        return []
    first = f"{odd[0].get('model_name', '')} {odd[0]['task_name']} {odd[0]['metric']} = {odd[0]['value']}"
    message = f"{len(odd)} scores are no finite numbers, e.g. {shown(first)}"
    return [problem("not-finite", message, "they are kept and never compared")]


def whole(value: object, least: int = 1) -> int | None:
    """Return a whole number that a file states, None where it states none of at least ``least``."""
    found = number(value)
    return int(found) if found is not None and least <= found < 2**53 and found.is_integer() else None


def size(n: int | None) -> ScoreRow:
    """Return the columns of a number of items that a file states, {} where it states none."""
    return {} if n is None else {"n": n, "n_from": "file"}


def left_out(places: Sequence[int | str], what: str, kind: str = "bad-value", todo: str = "") -> list[Problem]:
    """Return a problem for what could not be read, by the numbers of its rows or by its names; [] for nothing."""
    if not places:
        return []
    first = places[0]
    message = f"{len(places)} {what} left out; first: {f'row {first}' if isinstance(first, int) else shown(first)}"
    return [problem(kind, message, todo)]


def undirected(scores: Iterable[ScoreRow], tool: str, registry: Registry) -> list[Problem]:
    """Return a problem that names the metrics whose direction the facts do not know."""
    facts = [
        (row, registry.lookup(tool, row.get("known_as") or row["task_name"], row["metric"], row["filter"]))
        for row in scores
    ]
    unknown = sorted({f"{row['task_name']} {row['metric']}" for row, fact in facts if not fact.direction})
    if not unknown:
        return []
    message = f"nobody knows whether more is better, so they are never ranked: {', '.join(unknown)[:400]}"
    return [problem("note", message, f"state it under {tool} in params/metrics.yaml")]


def dig(value: object, *keys: str) -> Any:
    """Return ``value[key][key]...``, or None where a step is missing or is no mapping."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def is_data(column: str) -> bool:
    """Return whether a column says on which data a score was measured: a direction, a language, a split, a domain."""
    return _DATA.fullmatch(column.strip()) is not None


def data_label(cells: Mapping[str, str]) -> str:
    """Return on which data a score was measured, as a version of its task; "" where nothing is told."""
    return ", ".join(f"{column.strip()}={cell}" for column, cell in cells.items() if cell)


def _clean(text: str) -> str:
    """Return text without lone surrogates, which no table can hold."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


class Items:
    """A growing items table; ``occurrence`` counts equal keys of one model, task, metric and filter."""

    def __init__(self) -> None:
        self._columns: dict[str, list[Any]] = {name: [] for name in ITEM_COLUMNS}
        self._seen: dict[tuple[str, ...], int] = {}

    def __len__(self) -> int:
        return len(self._columns["line"])

    def add(self, task_name: str, metric: str, item_key: str, value: float, line: int, **more: str) -> None:
        """Append one item; ``more`` takes model_name, filter, doc_id and cluster."""
        model, label = more.get("model_name", ""), more.get("filter", "none")
        place = (model, task_name, metric, label, item_key)
        self._seen[place] = occurrence = self._seen.get(place, -1) + 1
        row = {
            "model_name": model,
            "task_name": task_name,
            "metric": metric,
            "filter": label,
            "item_key": item_key,
            "occurrence": occurrence,
            "doc_id": more.get("doc_id", ""),
            "value": value,
            "cluster": more.get("cluster", ""),
            "line": line,
        }
        for name, cell in row.items():
            self._columns[name].append(_clean(cell) if isinstance(cell, str) else cell)

    def table(self, many_models: bool = False) -> Any:
        """Return the Arrow table, None where it is empty; ``many_models`` keeps the column model_name."""
        if not len(self):
            return None
        return item_table({k: v for k, v in self._columns.items() if many_models or k != "model_name"})
