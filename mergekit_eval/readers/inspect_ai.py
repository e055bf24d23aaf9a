"""Logs of inspect_ai: ``.eval`` (a zip of JSON, also written in parts while the run goes on) and ``.json``.

The header has the scores; the samples of all epochs become one item per sample, as the log reduced them (the mean,
unless it names another way). A log of a run that did not end, or that its authors marked as invalid, is refused.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

from mergekit_eval.readers._archive import opened
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, Skipped, number, problem, shown
from mergekit_eval.readers._common import Items, dig, error_bar, not_finite, text, whole
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._inspect import (
    HEADER,
    START,
    TOOL,
    Log,
    Sample,
    common,
    described,
    grade,
    judge_of,
    log_of,
)

NAME = "inspect_ai"
KINDS = ("zip", "object")
# Metrics that say how sure the others are.
_ERRORS = ("stderr", "bootstrap_stderr", "bootstrap_std")
_SPREAD = ("std", "var")
_PACKAGE = "inspect_ai/"
# Metrics that are the mean of the samples, so that the samples are their items.
_MEANS = ("accuracy", "mean")
_REDUCERS = {"": fmean, "mean": fmean, "max": max}
_CLOSE = 1e-6

Block = dict[str, Any]


def claims(head: Head) -> bool | str:
    """Claim zip files with the members of a log, and objects with a log's header."""
    if head.kind == "zip":
        with opened(head.path) as archive:
            return HEADER in archive.names or START in archive.names
    document = head.document
    listed = list(document.values())[:3] if isinstance(document, dict) else []
    return _is_log(document) or (bool(listed) and all(map(_is_log, listed)))


def _is_log(value: Any) -> bool:
    told = dig(value, "eval")
    return isinstance(told, dict) and {"task", "model", "created"} <= told.keys()


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per scorer and metric, and one item per sample."""
    if head.kind == "object" and not _is_log(head.document):
        raise Skipped("no result: a list of inspect_ai logs; the logs themselves are read")
    problems: list[Problem] = []
    with log_of(path, head, problems) as log:
        blocks = _blocks(log.header, problems)
        shared = common(log.header)
        samples = list(log.samples)
    problems += _stopped(samples)
    items = Items()
    scores: list[ScoreRow] = []
    values = {place: _items_of(block, log, samples, problems) for place, block in enumerate(blocks)}
    for place, block in enumerate(blocks):
        scores += _rows(shared, block, log.header, values[place], items, problems)
    if not scores:
        raise Refused("no scorer of the log holds a number; was the run scored ('inspect score')?")
    headline = _headline(log.header, scores)
    scores = [row | {"primary": (row["metric"], row["filter"]) == headline} for row in scores]
    problems += _undirected(scores, ctx)
    return Readout(scores, items.table(), problems + not_finite(scores))


def _blocks(header: Block, problems: list[Problem]) -> list[Block]:
    """Return the scores of a log as {name, scorer, reducer, metrics}, whatever its version."""
    if not isinstance(dig(header, "eval"), dict):
        raise Refused("the header of the log names no task; it is damaged")
    status = text(header.get("status"))
    if header.get("invalidated") is True:
        raise Refused("the log is marked as invalid by those who made it; run its samples again ('inspect eval-retry')")
    results = header.get("results")
    if not isinstance(results, dict):
        why = f" ({described(header['error'])})" if header.get("error") else ""
        raise Refused(f"the run has no results, status {shown(status)}{why}; finish it with 'inspect eval-retry'")
    total, done = whole(results.get("total_samples")), whole(results.get("completed_samples"))
    if status != "success" or (total and (done or 0) < total):
        told = f"status {shown(status)}, {done or 0} of {total or 'an unknown number of'} samples completed"
        problems.append(problem("incomplete", told, "finish the run with 'inspect eval-retry'"))
    listed = results.get("scores", results.get("scorers"))
    if isinstance(listed, list):
        return [block for block in listed if isinstance(dig(block, "metrics"), dict)]
    first = {"name": dig(results, "scorer", "name"), "metrics": results.get("metrics")}
    return [first] if isinstance(first["metrics"], dict) else []


def _label(block: Block) -> str:
    """Return the filter of a scorer's rows: its name, and how epochs were reduced unless it was the mean."""
    reducer = text(block.get("reducer"))
    parts = (text(block.get("scorer")), text(block.get("name")), reducer if reducer != "mean" else "")
    return ",".join(part for part in dict.fromkeys(parts) if part) or "none"


def _rows(
    shared: Block,
    block: Block,
    header: Block,
    values: dict[str, tuple[Sample, float]],
    items: Items,
    problems: list[Problem],
) -> Iterator[Block]:
    metrics = {key.removeprefix(_PACKAGE): _value(metric) for key, metric in block["metrics"].items()}
    label, (n, tries) = _label(block), _count(block, header)
    # The error of scores that were not reduced takes the epochs of a sample for independent.
    stderr = None if tries else next((metrics[key] for key in _ERRORS if metrics.get(key) is not None), None)
    judge = judge_of(block, header)
    told = [shared["task_version"], f"judge {judge}" if judge else ""]
    shared = shared | {"task_version": ", ".join(part for part in told if part)}
    for key, value in metrics.items():
        if key in _ERRORS or key in _SPREAD:
            continue
        if value is None:
            problems.append(problem("bad-value", f"{shown(key)} of {shown(label)} is no number"))
            continue
        row = shared | {"metric": key, "filter": label, "value": value, "n": n, "n_from": "file" if n else "unknown"}
        mean = key in _MEANS
        row["stderr"] = error_bar(stderr) if mean and n != 1 else math.nan
        if mean and _agrees(row, values, problems):
            for sample, score in values.values():
                more = {"filter": label, "doc_id": sample.id, "signs": sample.signs}
                items.add(row["task_name"], key, sample.key, score, sample.line, **more)
        yield row


def _value(metric: Any) -> float | None:
    return number(metric.get("value")) if isinstance(metric, dict) else number(metric)


def _count(block: Block, header: Block) -> tuple[int | None, bool]:
    """Return on how many samples a score rests, None where the log does not tell, and whether it counts every epoch."""
    stated, done = whole(block.get("scored_samples")), whole(dig(header, "results", "completed_samples"))
    times = whole(dig(header, "eval", "config", "epochs")) or 1
    each = stated is not None and times > 1 and stated == done
    if stated is not None and not each:
        return stated, False
    return (done // times if done is not None and done % times == 0 else None), each


def _items_of(
    block: Block, log: Log, samples: list[Sample], problems: list[Problem]
) -> dict[str, tuple[Sample, float]]:
    """Return {id: (sample, score)} of a scorer, its epochs reduced as the log has it or by the way that it names."""
    known = {sample.id: sample for sample in reversed(samples)}
    reducer, names = text(block.get("reducer")), [text(block.get(key)) for key in ("name", "scorer")]
    reduced = _reduced(log.reduced, names, reducer)
    if reduced is not None:
        pairs = [(text(dig(row, "sample_id")), _of(dig(row, "value"), block)) for row in reduced]
        blank = Sample(-1, "", "", {}, False, "")
        rows = {name: (known.get(name, blank._replace(id=name, key=f"id:{name}")), value) for name, value in pairs}
    else:
        epochs: dict[str, list[Any]] = defaultdict(list)
        for sample in samples:
            if sample.scores:
                scorer = next((name for name in (*names, "") if name in sample.scores), "")
                epochs[sample.id].append(_of(sample.scores.get(scorer), block))
        reduce = _REDUCERS.get(reducer)
        if reduce is None and epochs:
            told = f"epochs were reduced by {shown(reducer)} and the log has not kept the outcome; it has no items"
            problems.append(problem("note", told))
            return {}
        rows = {name: (known[name], _together(tries, reduce)) for name, tries in epochs.items()}
    scored = {name: (sample, value) for name, (sample, value) in rows.items() if value is not None}
    if lost := len(rows) - len(scored):
        problems.append(
            problem("bad-value", f"{lost} samples have no readable score by {shown(_label(block))}; left out")
        )
    return scored


def _together(tries: list[float | None], reduce: Any) -> float | None:
    known = [value for value in tries if value is not None]
    return reduce(known) if known else None


def _reduced(told: Any, names: list[str], reducer: str) -> list[Any] | None:
    """Return the reduced samples of a scorer, which is called by its own name, or by that of one of its scores."""
    listed = [entry for entry in told if isinstance(dig(entry, "samples"), list)] if isinstance(told, list) else []
    same = [entry for entry in listed if (text(entry.get("reducer")) or "mean") == (reducer or "mean")]
    return next((entry["samples"] for name in names for entry in same if name and entry.get("scorer") == name), None)


def _of(value: Any, block: Block) -> float | None:
    """Return the score in a value; a scorer may give several, by name."""
    found = grade(value.get(text(block.get("name"))) if isinstance(value, dict) else value)
    return found if found is not None and math.isfinite(found) else None


def _agrees(row: Block, values: dict[str, tuple[Sample, float]], problems: list[Problem]) -> bool:
    """Whether the items are those of a score, all of them or a part of them; what is amiss becomes a problem."""
    where = f"{shown(row['task_name'])} {row['metric']},{row['filter']}"
    if not values:
        return False
    if row["n"] is None:
        row["n"], row["n_from"] = len(values), "items"
    if len(values) < row["n"]:
        told = f"{where}: {len(values)} samples of {row['n']} are in the log"
        problems.append(problem("incomplete", told, "intervals of paired differences use these samples"))
        return True
    mean = fmean(value for _, value in values.values())
    if len(values) > row["n"] or (math.isfinite(row["value"]) and abs(mean - row["value"]) > _CLOSE):
        told = f"the log says {row['value']:.6g} of {row['n']}, its samples give {mean:.6g} of {len(values)}"
        problems.append(problem("disagreement", f"{where}: {told}; the samples are left out", "score the log again"))
        return False
    return True


def _stopped(samples: list[Sample]) -> list[Problem]:
    """Return problems for samples that ended in an error or at a limit."""
    found = []
    if errors := sum(sample.error for sample in samples):
        found.append(problem("incomplete", f"{errors} samples ended in an error or were marked as invalid"))
    limits = Counter(sample.limit for sample in samples if sample.limit)
    if limits:
        told = ", ".join(f"{count} at the limit on {name}" for name, count in sorted(limits.items()))
        found.append(problem("note", f"samples were stopped: {told}"[:400]))
    return found


def _headline(header: Block, scores: list[Block]) -> tuple[str, str]:
    """Return the (metric, filter) that stands for the task: the one the log names, else the first."""
    metric, scorer = (dig(header, "results", "headline", key) for key in ("metric", "scorer"))
    fitting = (row for row in scores if row["metric"] == metric and scorer in row["filter"].split(","))
    row = next(fitting, scores[0])
    return row["metric"], row["filter"]


def _undirected(scores: list[Block], ctx: Context) -> list[Problem]:
    facts = [(row, ctx.registry.lookup(TOOL, row["known_as"], row["metric"], row["filter"])) for row in scores]
    unknown = sorted({f"{row['metric']},{row['filter']}" for row, fact in facts if not fact.direction})
    if not unknown:
        return []
    told = f"whether more is better is not known, so they are never ranked: {', '.join(unknown)[:400]}"
    return [problem("note", told, f"state it under {TOOL} in params/metrics.yaml")]
