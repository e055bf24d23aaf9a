"""Which side of a table names models and which benchmarks; found by what the facts know of the names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from mergekit_eval.readers._base import shown
from mergekit_eval.readers._benchmarks import DERIVED, knows
from mergekit_eval.readers._cells import cell, plain
from mergekit_eval.readers._grids import Grid, is_index
from mergekit_eval.registry import Registry

MODELS = re.compile(r"(model|models|model[ _]?name|model[ _]?id)", re.IGNORECASE)
METHODS = re.compile(r"(methods?|approach|merg(?:e|ing)[ _]?method|system|checkpoint)", re.IGNORECASE)
TASKS = re.compile(r"(tasks?|task[ _]?name|benchmarks?|datasets?|evals?|evaluations?|metrics?|tests?)", re.IGNORECASE)
# A name is known on one side only where half of that side is.
HALF = 0.5
MODELS_IN_ROWS, TASKS_IN_ROWS = "models in rows", "tasks in rows"


class Layout(NamedTuple):
    """The orientation of a table, and the column whose cells name models or tasks."""

    orientation: str
    column: str


def layout(grid: Grid, registry: Registry, legend: Iterable[str] = ()) -> Layout | str:
    """Return the layout of a table, "" if it is none of models and benchmarks, else why it cannot be told.

    Parameters
    ----------
    grid : Grid
        The table, or its first rows.
    registry : Registry
        Knows the names of benchmarks.
    legend : iterable of str, optional
        Columns that a file beside the table explains.
    """
    named = [name for name in _models(grid.columns, set(legend)) if not _holds_numbers(grid, name)]
    if len(grid.columns) < 2 or len(named) > 1:
        return ""
    label, in_rows = _label(grid, registry, named)
    in_columns = _share_of_columns(grid, registry, label)
    by_names = _by_names(in_rows, in_columns)
    if named and not (by_names == TASKS_IN_ROWS and named[0] == label):
        return Layout(MODELS_IN_ROWS, named[0])
    if label is None:
        return ""
    if by_names:
        return Layout(by_names, label)
    if TASKS.fullmatch(plain(label)):
        return Layout(TASKS_IN_ROWS, label)
    if in_rows < HALF:
        return ""
    sides = f"rows {shown(_labels(grid, label)[:3])}, columns {shown([c for c in grid.columns if c != label][:3])}"
    return f"rows and columns both name benchmarks, so which are the models? {sides}; call the column of models 'model'"


def _by_names(in_rows: float, in_columns: float) -> str:
    """Return the orientation that the known names leave, "" where both sides or none have them."""
    if in_rows >= HALF > in_columns:
        return TASKS_IN_ROWS
    return MODELS_IN_ROWS if in_rows < HALF <= in_columns else ""


def _models(columns: list[str], legend: set[str]) -> list[str]:
    """Return the column that is called one of models, or else of methods; several where it is not the first."""
    for words in (MODELS, METHODS):
        named = [name for name in columns if words.fullmatch(plain(name))]
        if named:
            return named[:1] if named[0] == columns[0] else named
    return columns[:1] if columns and is_index(columns[0]) and set(columns) & legend else []


def _label(grid: Grid, registry: Registry, named: list[str]) -> tuple[str | None, float]:
    """Return the column of words that labels the rows, and which share of its cells names a benchmark."""
    best, most = None, -1.0
    for name in grid.columns[:4]:
        labels = _labels(grid, name)
        if not labels or _holds_numbers(grid, name):
            continue
        share = sum(knows(label, registry) for label in labels) / len(labels)
        if share > most or (share == most and TASKS.fullmatch(plain(name)) and best not in named):
            best, most = name, share
    return best, max(most, 0.0)


def _holds_numbers(grid: Grid, name: str) -> bool:
    labels = _labels(grid, name)
    return sum(cell(label).value is not None for label in labels) > len(labels) * HALF


def _labels(grid: Grid, name: str) -> list[str]:
    labels = [plain(row[name]) for _, row in grid.rows]
    return [label for label in labels if label and not DERIVED.fullmatch(label)]


def _share_of_columns(grid: Grid, registry: Registry, label: str | None) -> float:
    """Return the share of columns of numbers whose heading names a benchmark."""
    names = [
        name for name in grid.columns if name != label and not DERIVED.fullmatch(plain(name)) and _numeric(grid, name)
    ]
    return sum(knows(name, registry) for name in names) / len(names) if names else 0.0


def _numeric(grid: Grid, name: str) -> bool:
    return not grid.rows or any(cell(row[name]).value is not None for _, row in grid.rows)
