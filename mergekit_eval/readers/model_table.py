"""Tables of models and benchmarks that people publish or write: CSV, parquet, Markdown, lists in JSON and YAML.

Such a table says little, so a column (or, where models stand in the header, a row) is a score only if something else
says so: a benchmark in the facts (tools ``table`` and ``lm-eval``), also with shots or a metric in its heading
(``arc_challenge (25-shot)``), a name made like lm-eval's (``<task>_<shots>_<metric>[,<filter>]``), or a legend beside
the table (columns ``benchmark, name, metric``, with an arrow for the direction). All else is named and not read, but
for rows of one model: what they differ in becomes their settings, or the version of the task where it is a direction
or a split. `_layout` tells which side names the models.
"""

from __future__ import annotations

from pathlib import Path

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, problem
from mergekit_eval.readers._benchmarks import built_in, knows, mark_primary
from mergekit_eval.readers._common import not_finite
from mergekit_eval.readers._files import csv_rows
from mergekit_eval.readers._grids import Grid, first_rows, grids, is_index, markdown, twice
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._layout import MODELS_IN_ROWS, Layout, layout
from mergekit_eval.readers._limits import beside as beside_file
from mergekit_eval.readers._models_by_tasks import models_by_tasks
from mergekit_eval.readers._parts import apart
from mergekit_eval.readers._tasks_by_models import tasks_by_models
from mergekit_eval.readers.mergekit_recipe import told_lineage

NAME = "model-table"
KINDS = ("text", "parquet", "array", "lines", "object")
LAST = True
_LARGEST_LEGEND = 1 << 20


def claims(head: Head) -> bool | str:
    """Claim tables of models and benchmarks that no other reader knows."""
    if head.kind == "text" and (tables := markdown(head)):
        found = [layout(grid, built_in()) for grid in tables if _scored(grid)]
    else:
        found = [one for grid in first_rows(head) if (one := layout(grid, built_in(), _legend(head)))]
    return any(isinstance(one, Layout) for one in found) or (str(found[0]) if found else False)


def holds_scores(head: Head) -> bool:
    """Return whether a Markdown text holds a table with a benchmark that the facts of the package know."""
    return any(map(_scored, markdown(head)))


def _scored(grid: Grid) -> bool:
    told = layout(grid, built_in())
    if not told or _is_of_another(grid):
        return False
    names = grid.columns
    if isinstance(told, Layout) and told.orientation != MODELS_IN_ROWS:
        names = [row[told.column] for _, row in grid.rows]
    return any(knows(name, built_in()) for name in names)


def _is_of_another(grid: Grid) -> bool:
    """Whether a table is one that lm-eval or OpenCompass prints."""
    return {"Version", "Metric", "Value"} <= set(grid.columns) or grid.columns[:2] == ["dataset", "version"]


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per model and benchmark of every table in the file."""
    problems: list[Problem] = []
    scores, reasons = read_grids(grids(head, problems), head, ctx, problems)
    if not scores:
        raise Refused(reasons[0] if reasons else "no table of the file holds models and benchmarks")
    return Readout(scores, None, problems + not_finite(scores), told_lineage(head) if head.kind == "text" else {})


def read_grids(
    found: list[Grid], head: Head, ctx: Context, problems: list[Problem]
) -> tuple[list[ScoreRow], list[str]]:
    """Return the score rows of some tables, and why others give none, which is a problem where there are any."""
    scores: list[ScoreRow] = []
    reasons: list[str] = []
    legend = _legend(head)
    for number, grid in enumerate(found, 1):
        told = layout(grid, ctx.registry, legend)
        if not told or _is_of_another(grid) or twice(grid.columns, problems):
            continue
        try:
            rows = _rows(grid, told, legend, head, ctx, problems)
        except Refused as reason:
            reasons.append(str(reason))
            continue
        scores += [row | {"part": f"table {number}"} for row in rows]
    scores = apart(scores, problems)
    mark_primary(scores, ctx.registry)
    problems += [problem("note", f"a table is not read: {reason}") for reason in reasons if scores]
    return scores, reasons


def _rows(
    grid: Grid, told: Layout | str, legend: dict[str, set[str]], head: Head, ctx: Context, problems: list[Problem]
) -> list[ScoreRow]:
    if isinstance(told, str):
        raise Refused(told)
    if told.orientation == MODELS_IN_ROWS:
        return models_by_tasks(grid, told.column, legend, head, ctx, problems)
    return tasks_by_models(grid, told.column, ctx, problems)


def _legend(head: Head) -> dict[str, set[str]]:
    """Return {column: its metrics with arrows} of the legends in the same folder, for tables of text and parquet."""
    found: dict[str, set[str]] = {}
    beside_it = sorted(head.path.parent.glob("*.csv")) if head.kind in ("text", "parquet") and head.columns[1:] else []
    for beside in beside_it:
        if beside == head.path or not beside_file(beside, head.path) or beside.stat().st_size > _LARGEST_LEGEND:
            continue
        other = Head(beside)
        name, *others = other.columns or [""]
        if others == ["name", "metric"] and (name == "benchmark" or is_index(name)):
            for _, row in csv_rows(other, []):
                found.setdefault(row[name], set()).add(row["metric"])
    return found
