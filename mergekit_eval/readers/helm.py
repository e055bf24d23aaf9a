"""Numbers of HELM: ``stats.json`` per run, ``per_instance_stats.json`` per instance; the rest of a run is no result.

A run writes some thirty stats for every split and perturbation, most of them counters. Read are those whose direction
the facts know; all others are named. The score of the test split, else of the validation split, stands for the task;
perturbed data are series of their own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, Skipped, problem
from mergekit_eval.readers._common import Items, dig, mean, not_finite, size, text
from mergekit_eval.readers._files import json_rows
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._helm import LARGEST, STATS, TOOL, limit_of, run_row, sizes, stat_of, unperturbed
from mergekit_eval.readers._helm_answers import ENDS, signs_beside
from mergekit_eval.readers._parsing import json_beside

NAME = "helm"
KINDS = ("array", "object")
# What else lies in the folder of a run, by the keys of the document or of its first row.
_BESIDE = (
    ("the specification of a run", frozenset({"adapter_spec", "scenario_spec", "metric_specs"})),
    ("prompts and answers", frozenset({"adapter_spec", "request_states"})),
    ("a description of a scenario", frozenset({"name", "description", "tags", "definition_path"})),
    ("answers to show", frozenset({"instance_id", "predicted_text", "stats"})),
    ("requests to show", frozenset({"instance_id", "request", "train_trial_index"})),
    ("questions", frozenset({"input", "references", "split", "id"})),
)
_SPLITS = ("test", "valid")
# HELM takes the lowest value of an instance as its worst, whatever the metric.
_WORST = " worst"
_CLOSE = 1e-6

Series = dict[tuple[str, str], dict[str, tuple[int, list[float]]]]


def claims(head: Head) -> bool | str:
    """Claim lists of stats, of all or of single instances, and what lies beside them."""
    row = head.document if head.kind == "object" else head.first
    if not isinstance(row, dict):
        return False
    return _what(row) != "" or (head.kind == "array" and (_is_stats(row) or _is_instance(row)))


def _what(row: dict[str, Any]) -> str:
    return next((what for what, keys in _BESIDE if keys <= row.keys()), "")


def _is_stats(row: dict[str, Any]) -> bool:
    return {"name", "count", "sum", "sum_squared"} <= row.keys() and "split" in (dig(row, "name") or ())


def _is_instance(row: dict[str, Any]) -> bool:
    return {"instance_id", "train_trial_index"} <= row.keys() and isinstance(row.get("stats"), list)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per known metric, split and perturbation; of single instances also an item each."""
    row = head.document if head.kind == "object" else head.first
    if what := _what(row):
        raise Skipped(f"no result: {what} of HELM")
    problems: list[Problem] = []
    entries = json_rows(path, head, problems)
    if _is_instance(row):
        scores, items = _instances(path, entries, ctx, problems)
    else:
        scores, items = _aggregate(path, [entry for _, entry in entries], ctx, problems), Items()
    if not scores:
        raise Refused("no stat is a metric that the facts know; state it under helm in params/metrics.yaml")
    return Readout(_primary(scores, ctx), items.table(), problems + not_finite(scores))


def _direction(metric: str, label: str, row: dict[str, Any], ctx: Context) -> Mapping[str, Any]:
    return ctx.registry.lookup(TOOL, row["known_as"], metric, label).direction


def _aggregate(path: Path, entries: list[Any], ctx: Context, problems: list[Problem]) -> list[dict[str, Any]]:
    stats = [stat for stat in map(stat_of, entries) if stat is not None]
    if len(stats) < len(entries):
        problems.append(problem("bad-value", f"{len(entries) - len(stats)} entries are no stats"))
    common, counts = run_row(path, problems), sizes(stats)
    common |= limit_of(path, counts)
    plain, scores, seen, wrong = unperturbed(path), [], set(), set()
    for stat in stats:
        direction = _direction(stat.metric, stat.filter, common, ctx)
        if stat.mean is None or not direction or (stat.metric, stat.filter) in seen or (plain and stat.perturbation):
            continue
        seen.add((stat.metric, stat.filter))
        if not direction.get("higher_is_better") and stat.perturbation.endswith(_WORST):
            wrong.add(stat.metric)
            continue
        n = counts.get(stat.filter)
        row = common | {"metric": stat.metric, "filter": stat.filter, "value": stat.mean}
        scores.append(row | (size(n) or {"n_from": "unknown"}))
    left = sorted({stat.metric for stat in stats} - {row["metric"] for row in scores} - wrong)
    if left:
        told = f"stats that are not known to be scores, not read: {', '.join(left)}"[:600]
        problems.append(problem("note", told, "state their direction under helm in params/metrics.yaml"))
    if wrong:
        told = f"the worst case of {', '.join(sorted(wrong))} is the lowest value, which is the best; left out"
        problems.append(problem("note", told))
    return scores


def _instances(path: Path, entries: Any, ctx: Context, problems: list[Problem]) -> tuple[list[dict[str, Any]], Items]:
    common, odd, (series, ends) = run_row(path, problems), [], _series(entries)
    shown = signs_beside(path, ends)
    stated = _aggregate(path, json_beside(path.with_name(STATS), path, LARGEST, list), ctx, [])
    rows = {(row["metric"], row["filter"]): row for row in stated}
    scores, items = [], Items()
    for (metric, label), own in series.items():
        if not _direction(metric, label, common, ctx):
            continue
        values = {name: (line, fmean(trials)) for name, (line, trials) in own.items()}
        value, stderr, n = mean(score for _, score in values.values())
        row = rows.get((metric, label), common | {"metric": metric, "filter": label, "value": value})
        if math.isfinite(row["value"]) and abs(row["value"] - value) > _CLOSE:
            odd.append(f"{metric},{label}: {row['value']:.6g} and {value:.6g} of {n}")
            continue
        scores.append(row | {"stderr": stderr, "n": n, "n_from": "items"})
        for name, (line, score) in values.items():
            more = {"filter": label, "doc_id": name, "signs": shown.get(name, 0) if "," not in label else 0}
            items.add(row["task_name"], metric, f"id:{name}", score, line, **more)
    if odd:
        told = f"{STATS} and the instances differ, left out: {'; '.join(odd)}"[:600]
        problems.append(problem("disagreement", told, f"the values of {STATS} are used"))
    return scores, items


def _series(entries: Any) -> tuple[Series, dict[str, str]]:
    """Return {(metric, filter): {instance: (line, values of its trials)}}, and how the first trial of each ended."""
    found: Series = defaultdict(dict)
    ends: dict[str, str] = {}
    for line, entry in entries:
        name = text(entry.get("instance_id"))
        for stat in map(stat_of, entry["stats"] if isinstance(entry.get("stats"), list) else []):
            if name and stat is not None and stat.mean is not None and math.isfinite(stat.mean):
                found[stat.metric, stat.filter].setdefault(name, (line, []))[1].append(stat.mean)
                if stat.mean and stat.metric in ENDS and not stat.perturbation:
                    ends.setdefault(name, ENDS[stat.metric])
    return found, ends


def _primary(scores: list[dict[str, Any]], ctx: Context) -> list[dict[str, Any]]:
    """Mark the metric that stands for the task, on the test split or else on the validation split."""
    splits = [row["filter"] for row in scores if "," not in row["filter"]]
    main = next((split for split in _SPLITS if split in splits), splits[0] if splits else "")
    task = scores[0]["known_as"]
    metrics = [(row["metric"], "none") for row in scores if row["filter"] == main]
    chosen = ctx.registry.primary(TOOL, task, metrics) if metrics else None
    if chosen is None:
        return scores
    return [row | {"primary": (row["metric"], row["filter"]) == (chosen[0], main)} for row in scores]
