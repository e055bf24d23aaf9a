"""From the records of single files to the three tables: join, recompute, identify, decide, complete."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from mergekit_eval import lineage
from mergekit_eval.collect import aggregate, conditions, identify, link_items, printed, reruns, tables
from mergekit_eval.collect.items import Items, Load, join_items
from mergekit_eval.collect.read_file import STATUSES, Record
from mergekit_eval.garbage import garbage_left_alone
from mergekit_eval.merge_recipe import Recipe
from mergekit_eval.readers import _holmes_seeds
from mergekit_eval.readers._base import TODO
from mergekit_eval.rows import grouped
from mergekit_eval.schema import conform

# How many of the tasks that one row of problems is about are named in it.
MOST_NAMED = 12


def assemble(
    records: list[Record], registry: Any, study: Any, rule: str, load: Load
) -> tuple[pd.DataFrame, Items, pd.DataFrame, dict[str, Any]]:
    """Return (scores, items, problems, census).

    Parameters
    ----------
    load : callable
        Returns the compact items of some records.
    """
    with garbage_left_alone():
        return _assemble(sorted(records, key=lambda record: record.name), registry, study, rule, load)


def _assemble(
    records: list[Record], registry: Any, study: Any, rule: str, load: Load
) -> tuple[pd.DataFrame, Items, pd.DataFrame, dict[str, Any]]:
    records = printed.without_copies(records)
    series, new, problems = link_items.join(records, registry)
    rows: list[dict[str, Any]] = []
    for record in records:
        made, found = aggregate.recompute(record.scores, record.facts.get("tree", {}), registry)
        mine = [*record.scores, *made]
        for row in mine:
            row["file"], row["source_file"] = record.name, record.shown
        rows += mine
        problems += [{"file": record.shown} | entry for entry in [*record.problems, *found]]
    means, sized = _holmes_seeds.averaged(records)
    rows += new + means
    frame = tables.score_frame(rows, {id(one.row) for one in series})
    frame, notes = identify.identify(frame, study, records)
    frame, named = conditions.separate(frame, study)
    definitions = {key: parts for record in records for key, parts in record.facts.get("definitions", {}).items()}
    frame, defined = conditions.separate_definitions(frame, definitions, study)
    frame, decided, count = reruns.decide(frame, rule)
    frame, odd = lineage.join_lineage(frame, _recipes(records))
    problems += sized + notes + named + defined + decided + odd
    scores = conform(frame.drop(columns=tables.EXTRA), "scores").reset_index(drop=True)
    items = join_items(records, series, rows, frame, load)
    return scores, items, _problem_frame(problems), census(records) | {"decided": count}


def _recipes(records: list[Record]) -> dict[str, list[Recipe]]:
    stated = {record.name: record.facts["lineage"] for record in records if record.facts.get("lineage")}
    return {name: [lineage.from_fact(fact) for fact in facts] for name, facts in stated.items()}


def _problem_frame(problems: list[dict[str, str]]) -> pd.DataFrame:
    told = [entry | {"todo": entry["todo"] or TODO[entry["kind"]]} for entry in _once(problems)]
    frame = conform(told, "problems").drop_duplicates()
    return frame.sort_values(["file", "kind"], kind="stable", ignore_index=True)


def _once(problems: list[dict[str, str]]) -> list[dict[str, str]]:
    """Say in one row what is said of many tasks: of how many, of which, and in how many files it was found."""
    of_tasks = [entry for entry in problems if "task" in entry]
    alike = grouped(of_tasks, lambda entry: (entry["kind"], entry["message"], entry["todo"]))
    return [entry for entry in problems if "task" not in entry] + [_of_all(entries) for entries in alike.values()]


def _of_all(entries: list[dict[str, str]]) -> dict[str, str]:
    tasks = list(dict.fromkeys(entry["task"] for entry in entries))
    files = dict.fromkeys(entry["file"] for entry in entries)
    many = f"{len(tasks)} tasks: " if len(tasks) > 1 else ""
    more = f" (and in {len(files) - 1} more files)" if len(files) > 1 else ""
    listed = "; ".join(tasks[:MOST_NAMED]) + (f"; and {len(tasks) - MOST_NAMED} more" if tasks[MOST_NAMED:] else "")
    first = {name: value for name, value in entries[0].items() if name != "task"}
    return first | {"message": f"{many}{first['message']} {listed}{more}"}


def census(records: list[Record]) -> dict[str, Any]:
    """Return how many files were seen, and how many of them read, refused, unread and skipped, in all and by reader."""
    readers = grouped(records, lambda record: record.reader or "none")
    by_reader = {name: _statuses(mine) for name, mine in sorted(readers.items())}
    return {"files": len(records), **_statuses(records), "by_reader": by_reader}


def _statuses(records: list[Record]) -> dict[str, int]:
    counts = Counter(record.status for record in records)
    return {status: counts[status] for status in STATUSES}
