"""From the records of single files to the three tables: join, recompute, identify, decide, complete."""

from __future__ import annotations

import gc
import posixpath
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd

from mergekit_eval import lineage
from mergekit_eval.gather import aggregate, conditions, identify, join, reruns, scales, seeds, tables
from mergekit_eval.gather.items import Items, Load, join_items
from mergekit_eval.gather.work import STATUSES, Record
from mergekit_eval.readers._base import TODO, problem
from mergekit_eval.schema import conform

SAID_ONCE = ("no-primary",)


def assemble(
    records: list[Record], registry: Any, study: Any, rule: str, load: Load
) -> tuple[pd.DataFrame, Items, pd.DataFrame, dict[str, Any]]:
    """Return (scores, items, problems, census).

    Parameters
    ----------
    load : callable
        Returns the compact items of some records.
    """
    with _no_search_for_garbage():
        return _assemble(sorted(records, key=lambda record: record.name), registry, study, rule, load)


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """Spare the search through all records again and again; they are many and hold no cycles."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


def _assemble(
    records: list[Record], registry: Any, study: Any, rule: str, load: Load
) -> tuple[pd.DataFrame, Items, pd.DataFrame, dict[str, Any]]:
    series, new, problems = join.join(records, registry)
    rows: list[dict[str, Any]] = []
    for record in records:
        made, found = aggregate.recompute(record.scores, record.facts.get("tree", {}), registry)
        mine = [*record.scores, *made]
        for row in mine:
            row["file"], row["source_file"] = record.name, record.shown
        rows += mine
        problems += [{"file": record.shown} | entry for entry in [*record.problems, *found]]
    problems += _printed(records)
    means, sized = seeds.averaged(records)
    rows += new + means
    frame, wide = scales.by_value(tables.score_frame(rows, {id(one.row) for one in series}))
    frame, notes = identify.identify(frame, study, records)
    frame, named = conditions.separate(frame, study)
    definitions = {key: parts for record in records for key, parts in record.facts.get("definitions", {}).items()}
    frame, defined = conditions.separate_definitions(frame, definitions, study)
    frame, decided, count = reruns.decide(frame, rule)
    frame, odd = lineage.join_lineage(frame, _recipes(records))
    problems += sized + wide + notes + named + defined + decided + odd
    scores = conform(frame.drop(columns=tables.EXTRA), "scores").reset_index(drop=True)
    items = join_items(records, series, rows, frame, load)
    return scores, items, _problem_frame(problems), census(records) | {"decided": count}


def _printed(records: list[Record]) -> list[dict[str, str]]:
    """Name printed tables of results where nothing in or below their folder was read: they are all there is."""
    read = {_home(record) for record in records if record.status == "read"}
    alone = [r for r in records if r.facts.get("printed") and not any(home.startswith(_home(r)) for home in read)]
    text = "a printed table of results, rounded and without items, is all that its folder holds"
    return [{"file": r.shown} | problem("note", text, "collect the JSON it was printed from") for r in alone]


def _home(record: Record) -> str:
    folder = posixpath.dirname(record.name)
    return f"{folder}/" if folder else ""


def _recipes(records: list[Record]) -> dict[str, list[lineage.Recipe]]:
    told = {record.name: record.facts.get("lineage") for record in records}
    return {name: [lineage.from_fact(fact) for fact in facts] for name, facts in told.items() if facts}


def _problem_frame(problems: list[dict[str, str]]) -> pd.DataFrame:
    told = [entry | {"todo": entry["todo"] or TODO[entry["kind"]]} for entry in _once(problems)]
    frame = conform(told, "problems").drop_duplicates()
    return frame.sort_values(["file", "kind"], kind="stable", ignore_index=True)


def _once(problems: list[dict[str, str]]) -> list[dict[str, str]]:
    """Say once what is said of a task, not of a file, and in how many files it was found."""
    files: dict[tuple[str, str], list[str]] = {}
    for entry in problems:
        if entry["kind"] in SAID_ONCE:
            files.setdefault((entry["kind"], entry["message"]), []).append(entry["file"])
    kept = []
    for entry in problems:
        mine = files.get((entry["kind"], entry["message"]), [entry["file"]])
        if entry["file"] == mine[0]:
            more = f" (and in {len(mine) - 1} more files)" if len(mine) > 1 else ""
            kept.append(entry | {"message": entry["message"] + more})
    return kept


def census(records: list[Record]) -> dict[str, Any]:
    """Return how many files were seen, and how many of them read, refused, unread and skipped, in all and by reader."""
    counts = Counter(record.status for record in records)
    readers: dict[str, Counter[str]] = {}
    for record in records:
        readers.setdefault(record.reader or "none", Counter())[record.status] += 1
    by_reader = {name: {status: found[status] for status in STATUSES} for name, found in sorted(readers.items())}
    return {"files": len(records), **{status: counts[status] for status in STATUSES}, "by_reader": by_reader}
