"""Join files of items with the score rows they belong to."""

from __future__ import annotations

import math
import posixpath
import re
from collections import defaultdict
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from mergekit_eval.collect.facts import complete
from mergekit_eval.collect.labels import cut
from mergekit_eval.collect.read_file import Record
from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers import evalchemy, lm_eval_results, lm_eval_samples
from mergekit_eval.readers._base import problem
from mergekit_eval.readers._lm_eval_passes import NO_FILTER

CLOSE = 1e-6
# Words at the end of a free file name that say what the file holds.
_CONTENT = re.compile(r"(?:[ _.-]?(?:[Ll]ogs?|[Ss]amples?|[Rr]esults?|[Oo]utputs?|[Ii]tems?|[Dd]etails|[Ee]vals?))+$")
RUNS = frozenset({lm_eval_results.NAME, evalchemy.NAME})  # runs of lm-eval's tasks, which write a samples file each


class Series(NamedTuple):
    """One series of items: the place of its record and series, and the score row it belongs to (None: no row yet)."""

    record: int
    series: int
    row: dict[str, Any] | None
    filter: str
    size: int
    mean: float


def join(records: list[Record], registry: Any) -> tuple[list[Series], list[dict[str, Any]], list[dict[str, str]]]:
    """Return the series with their rows, new rows for items without a results file, and problems.

    Rows are the dicts of ``record.scores``; a new row carries ``file`` (the record's name) like the others.
    """
    made: list[Series] = []
    new: list[dict[str, Any]] = []
    problems: list[dict[str, str]] = []
    folders: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.reader in RUNS and record.status == "read":
            folders[posixpath.dirname(record.name)].append(record)
    for place, record in enumerate(records):
        if not record.series:
            continue
        if record.reader == lm_eval_samples.NAME:
            links, rows, found = _samples(place, record, folders[posixpath.dirname(record.name)], registry)
        else:
            links, rows, found = _own(place, record, registry)
        made += links
        new += rows
        problems += [{"file": record.shown} | entry for entry in found]
    return made, new, problems


def _own(place: int, record: Record, registry: Any) -> tuple[list[Series], list[dict[str, Any]], list[dict[str, str]]]:
    """Join items with the scores of the same file."""
    rows = {(r.get("model_name", ""), r["task_name"], r["metric"], r["filter"]): r for r in record.scores}
    if len({key[0] for key in rows}) == 1:
        rows |= {("", *key[1:]): row for key, row in rows.items()}
    links, problems = [], []
    for i, (model, task, metric, filter, count, mean) in enumerate(record.series):
        row = rows.get((model, task, metric, filter))
        if row is None:
            problems.append(problem("link", f"items of {task}, {metric},{filter} have no score in the file; left out"))
        else:
            if record.reader in RUNS:
                problems += _check(row, count, mean, registry)
            elif row.get("n_from") != "file":
                row["n"], row["n_from"] = count, "items"
            links.append(Series(place, i, row, filter, count, mean))
    return links, [], problems


def _samples(
    place: int, record: Record, runs: list[Record], registry: Any
) -> tuple[list[Series], list[dict[str, Any]], list[dict[str, str]]]:
    stamp, body = record.facts.get("stamp", ""), record.facts.get("body", "")
    mine = [run for run in runs if stamp and run.facts.get("stamp") == stamp]
    fitting = [(run, task) for run in mine or ([] if stamp else runs) if (task := _task(body, run))]
    problems: list[dict[str, str]] = []
    if len(fitting) == 1 and not _is_named(body, fitting[0][1]) and not _same_values(record, *fitting[0]):
        fitting = []  # a name that only begins like a task (boolq_my_own) may be another task
    if len(fitting) > 1:
        equal = [(run, task) for run, task in fitting if _same_values(record, run, task)]
        if len(equal) != 1:
            return _doubtful(place, record, fitting, registry)
        text = f"joined with {posixpath.basename(equal[0][0].name)}: the only run whose scores its rows reproduce"
        problems.append(problem("note", text))
        fitting = equal
    if not fitting:
        text = "no results file of this run lies beside it: scores are means of its rows, the task is by its name"
        problems.append(problem("link", text, "put the run's results file into the same folder"))
        task = known_task(body, registry) if record.facts.get("free_name") else body
        return _orphan(place, record, {"task_name": task}, registry, problems)
    return _linked(place, record, *fitting[0], registry, problems)


def _doubtful(
    place: int, record: Record, fitting: list[tuple[Record, str]], registry: Any
) -> tuple[list[Series], list[dict[str, Any]], list[dict[str, str]]]:
    """Keep rows of an unknown run of a known model as a condition of its own; refuse where the model is unknown too."""
    names = [posixpath.basename(run.name) for run, _ in fitting]
    text = f"its rows could belong to any of {len(fitting)} runs of the folder: {names[:4]}"
    todo = "give every run its own folder, or keep lm-eval's time stamps"
    models = {row["model"] for run, _ in fitting for row in run.scores}
    tasks = {task for _, task in fitting}
    if len(models) != 1 or len(tasks) != 1:
        return [], [], [problem("link", f"{text}, of {len(models)} models; left out", todo)]
    known = next(row for row in fitting[0][0].scores if row["task_name"] in tasks)
    stem = cut(PurePosixPath(record.name).stem)
    named: dict[str, Any] = {"model": f"{known['model']} [{stem}]", "model_from": "file name, run unknown"}
    told = named if known["model"] else {"model_from": known["model_from"], "condition": stem}
    told |= {"task_name": known["task_name"], "model_name": known["model_name"]}
    for key in ("n_shot", "task_version", "tool_version"):
        if len({row.get(key) for run, _ in fitting for row in run.scores if row["task_name"] in tasks}) == 1:
            told[key] = known.get(key)
    return _orphan(place, record, told, registry, [problem("link", f"{text}; kept as a condition of its own", todo)])


def _task(body: str, run: Record) -> str:
    """Return the task of a run that a file name speaks of: equal, after model arguments, or before a suffix."""
    tasks = {row["task_name"] for row in run.scores if row["kind"] == "task"}
    if body in tasks:
        return body
    ends = [task for task in tasks if body.endswith(f"_{task}")]
    starts = [task for task in tasks if body.startswith(f"{task}_")]
    return max(ends or starts, key=len, default="")


def _is_named(body: str, task: str) -> bool:
    return body == task or body.endswith(f"_{task}")


def _same_values(record: Record, run: Record, task: str) -> bool:
    rows = {(row["metric"], row["filter"]): row for row in run.scores if row["task_name"] == task}
    shared = [(rows[m, f], count, mean) for _, _, m, f, count, mean in record.series if (m, f) in rows]
    return bool(shared) and all(
        row.get("n") in (None, count) and abs(row["value"] - mean) < CLOSE for row, count, mean in shared
    )


def _linked(
    place: int, record: Record, run: Record, task: str, registry: Any, problems: list[dict[str, str]]
) -> tuple[list[Series], list[dict[str, Any]], list[dict[str, str]]]:
    rows = {(row["metric"], row["filter"]): row for row in run.scores if row["task_name"] == task}
    links = []
    for i, (_, _, metric, filter, count, mean) in enumerate(record.series):
        filters = [f for m, f in rows if m == metric]
        named, trouble = _named_filter(filter, filters, record.facts.get("blocks", 1))
        if trouble:
            problems.append(problem("link" if not named else "repeated", f"{task}, {metric}: {trouble}"))
        if not named:
            continue
        row = rows.get((metric, named))
        if row is None:
            text = f"{task}: items of {metric},{named} have no score in {posixpath.basename(run.name)}; left out"
            problems.append(problem("link", text))
            continue
        links.append(Series(place, i, row, named, count, mean))
        problems += _check(row, count, mean, registry)
    return links, [], problems


def _named_filter(filter: str, filters: list[str], blocks: int) -> tuple[str, str]:
    """Return the name of a filter that rows of 0.4.3-0.4.6 do not carry, and what was doubtful about it.

    Those versions write the whole set once per filter, in the order of the results file.
    """
    if not filter.startswith(NO_FILTER):
        return filter, ""
    number = int(filter[1:] or 0)
    if len(filters) == blocks:
        return filters[number], ""
    if len(filters) == 1:
        text = f"{blocks} runs are appended to one file; the last is kept"
        return (filters[0] if number == blocks - 1 else ""), text
    return "", f"{blocks} blocks of rows without a filter name for the filters {filters}; left out"


def _check(row: dict[str, Any], count: int, mean: float, registry: Any) -> list[dict[str, str]]:
    """Compare a stated score with its items, count what is missing, and let items say n where the file does not."""
    score, how = _score(row, mean, registry)
    if how == "each" or row.get("n_from") != "file":
        row["n"], row["n_from"] = count, "items"
    name = f"{row['task_name']}, {row['metric']},{row['filter']}"
    if row["n"] > count:
        return [problem("incomplete", f"{name}: {count} rows of {row['n']} items", "intervals use the rows")]
    if score is not None and not math.isnan(score) and not any(near(score * by, row["value"]) for by in (1, 100)):
        text = f"{name}: the file says {row['value']:.6g}, its {count} rows give {score:.6g}"
        return [problem("disagreement", text, "check whether both are of one run")]
    return []


def near(one: float, other: float) -> bool:
    """Return whether two scores are one but for rounding."""
    return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)


def _score(row: dict[str, Any], mean: float, registry: Any) -> tuple[float | None, str]:
    """Return the score that the mean of the items stands for, None where it stands for none."""
    how = registry.lookup(lm_eval_results.TOOL, row["task_name"], row["metric"], row["filter"]).items
    if how in ("nll", "nll_ratio"):
        return (math.exp(mean) if mean < 700 else math.inf), how
    return (None if how == "none" else mean), how


def _orphan(
    place: int, record: Record, told: dict[str, Any], registry: Any, problems: list[dict[str, str]]
) -> tuple[list[Series], list[dict[str, Any]], list[dict[str, str]]]:
    """Make score rows from items that no results file belongs to."""
    links, rows = [], []
    blocks = record.facts.get("blocks", 1)
    date = lm.stamp_of(posixpath.basename(record.name))[1]
    about = {"date": date, "note": "from items alone", "file": record.name, "source_file": record.shown}
    for i, (_, _, metric, filter, count, mean) in enumerate(record.series):
        named = filter
        if filter.startswith(NO_FILTER):
            named = "none" if blocks == 1 else f"block {int(filter[1:]) + 1}"
        row = {"tool": lm_eval_results.TOOL, "metric": metric, "filter": named, "n": count, "n_from": "items"} | told
        row["value"], _ = _score(row, mean, registry)
        if row["value"] is not None:
            rows.append(row | about)
            links.append(Series(place, i, rows[-1], named, count, mean))
    return links, complete(rows, registry, problems), problems


def known_task(body: str, registry: Any) -> str:
    """Return the task of the registry that a freely chosen file name holds beside words for results, or the name.

    ``winograndeLogs`` is winogrande; ``boolqMyOwnVariant`` may be anything, and keeps its name.
    """
    tasks = registry.tools.get(lm_eval_results.TOOL, {}).get("tasks", {})
    bare = _CONTENT.sub("", body)
    return bare if bare in tasks else body
