"""Rows of tables that lm-eval printed count only where the results file that they were printed from is not read."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from mergekit_eval.collect.read_file import Record
from mergekit_eval.readers import lm_eval_samples, printed_table
from mergekit_eval.readers.lm_eval_results import TOOL
from mergekit_eval.rows import Row, grouped


def without_copies(records: list[Record]) -> list[Record]:
    """Return the records without those rows of printed tables that stand in results files, rounded.

    A results file is looked at if it is of the table's model, or lies in the table's folder or below while the table
    names no model; a file of items alone, in that folder or below. Names of tasks are printed short, so a table all of
    whose values stand in one file needs none. A table without rows left is skipped.
    """
    read = [r for r in records if r.status == "read" and r.reader != printed_table.NAME]
    sources = [r for r in read if r.reader == lm_eval_samples.NAME or (r.scores[:1] and r.scores[0]["tool"] == TOOL)]
    return [_left(record, sources) if record.reader == printed_table.NAME else record for record in records]


def _left(record: Record, sources: list[Record]) -> Record:
    if record.status != "read":
        return record
    half = 0.5001 * 10.0 ** -record.facts["decimals"]
    kept: list[Row] = []
    names: dict[str, None] = {}
    for model, rows in grouped(record.scores, lambda row: str(row["model"])).items():
        mine = [source for source in sources if _of_model(record, model, rows[0], source)]
        left, found = _uncovered(rows, mine, half)
        kept += left
        names |= dict.fromkeys(found)
    if kept:
        return replace(record, scores=kept)
    reason = f"no result: a table that lm-eval printed of {next(iter(names))}"
    return replace(record, status="skipped", scores=[], problems=[], facts=record.facts | {"reason": reason})


def _of_model(record: Record, model: str, row: Row, source: Record) -> bool:
    folder = posixpath.dirname(record.name)
    below = source.name.startswith(f"{folder}/" if folder else "")
    nameless = not model or row["model_from"] == "file name"
    return (below and (nameless or not source.scores)) or bool(
        model and any(other["model"] == model for other in source.scores)
    )


def _uncovered(rows: list[Row], sources: list[Record], half: float) -> tuple[list[Row], list[str]]:
    """Return the rows that stand in no source, and the sources in which the others do."""
    for source in sources:
        if source.scores and all(any(_same(row, other, half) for other in source.scores) for row in rows):
            return [], [source.name]
    left, found = [], []
    for row in rows:
        name = next((source.name for source in sources if _holds(source, row, half)), "")
        found += [name] if name else []
        left += [] if name else [row]
    return left, found


def _holds(source: Record, row: Row, half: float) -> bool:
    """Whether a file holds the score of a printed row under the name of its task, or the items with this mean."""
    if source.scores:
        return any(other["task"] == row["task"] and _same(row, other, half) for other in source.scores)
    named = source.facts.get("body", "").startswith(row["task_name"])
    return named and any(one[2] == row["metric"] and abs(one[5] - _share(row)) <= half for one in source.series)


def _share(row: Row) -> float:
    return float(row["value"] / 100 if row["scale"] == "percent" else row["value"])


def _same(row: Row, other: Row, half: float) -> bool:
    """Whether a printed row is a score, rounded as the table is."""
    half = half / 100 if row["scale"] == "percent" else half
    equal = (row["metric"], row["filter"]) == (other["metric"], other["filter"])
    return equal and abs(_share(row) - _share(other)) <= half
