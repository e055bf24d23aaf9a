"""Which heading names a benchmark, and what it says of metric, shots and direction; only the facts know benchmarks.

``arc_challenge (25-shot)``, ``MMLU 5-shot``, ``gsm8k/exact_match,strict-match``, ``hellaswag_10_acc_norm``, ``PPL ↓``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import cache
from typing import Any, NamedTuple

from mergekit_eval.readers._base import RATE, Problem, ScoreRow, problem, shown
from mergekit_eval.readers._cells import Cell, blank, cell, plain
from mergekit_eval.readers._common import error_bar
from mergekit_eval.registry import MetricInfo, Registry, load_registry

TABLE, HARNESS = "table", "lm-eval"
RATES = ("accuracy", "exact match", "exact_match", "f1", "win rate", "acc", "acc_norm", "em", "mc1", "mc2", "rate")
METRICS = (
    "word_perplexity|byte_perplexity|bits_per_byte|acc_norm|acc|exact_match|em|bleu|chrf|f1|mc1|mc2|pass@\\d+|mcc|rouge[12L]|"
    "perplexity|brier_score"
)
_LIKE_LM_EVAL = re.compile(rf"(?P<task>.+?)(?:_(?P<shots>\d{{1,3}}))?_(?P<metric>{METRICS})(?:,(?P<filter>.+))?")
_SHOTS = re.compile(
    r"[\s,_-]*[(\[]\s*(\d{1,3}|zero)[\s_-]*shots?\s*[)\]]|[\s,_/-]+(\d{1,3})[\s_-]?shots?(?=$|[\s)(\],])", re.IGNORECASE
)
_METRIC = re.compile(
    rf"(?P<task>.+?)\s*(?:[/|:,]\s*|\s+|[(\[]\s*)(?P<metric>{METRICS}|accuracy|ppl)(?:,(?P<filter>[\w-]+))?\s*[)\]]?",
    re.IGNORECASE,
)
_ARROW = re.compile(r"[\s(\[]*([↑↓])[\s)\]]*")
_PERCENT = re.compile(r"[\s(\[]*(?:%|percent|in %)[\s)\]]*$", re.IGNORECASE)
# How the column of an error is called beside that of its score.
ERRORS = ("_stderr", "_std_err", " stderr", " std_err", "_se", " SE", " ±")
# What tells two measurements of one file apart.
MEASURED = ("model_name", "task_name", "metric", "filter", "n_shot", "task_version", "settings")
SPELLED = {"accuracy": "acc", "ppl": "perplexity"}
# What follows from scores, or counts rows: never a benchmark.
DERIVED = re.compile(r"#|no\.?|nr\.?|(.*[ _-])?(rank|overall|average|avg\.?|mean)([ _-].*)?", re.IGNORECASE)
# Headings that a pattern of the harness's tasks fits and that are none: errors, and words of other things.
_NO_TASK = re.compile(rf".*[_ ](stderr|std_err|se|n|count|time)|record|race|drop|{DERIVED.pattern}", re.IGNORECASE)
AGGREGATE = re.compile(r"(.*[ _-])?(overall|average|avg\.?|mean)([ _-].*)?", re.IGNORECASE)


class Meaning(NamedTuple):
    """What one column, or row, of scores measures."""

    task: str
    metric: str
    filter: str = "none"
    shots: int | None = None
    better: bool | None = None
    rate: bool = False
    note: str = ""
    percent: bool = False


@cache
def built_in() -> Registry:
    """Return the facts of the package, for a first look at a file."""
    return load_registry()


def meaning(name: str, registry: Registry, metric: str = "", label: str = "none") -> Meaning | None:
    """Return what a heading measures, None where nothing says that it is a score.

    Parameters
    ----------
    name : str
        The heading as it stands in the file.
    registry : Registry
        Facts; benchmarks of the tools ``table`` and ``lm-eval`` are known.
    metric, label : str, optional
        Metric and filter where a column of the table states them.
    """
    bare, arrows = plain(name), set(_ARROW.findall(name))
    bare = _ARROW.sub(" ", bare).strip()
    better = arrows == {"↑"} if len(arrows) == 1 else None
    percent = bool(_PERCENT.search(bare))
    bare = _PERCENT.sub("", bare)
    shots, stem = shots_of(bare), without_shots(bare)
    printed = None if metric or _in_tables(stem, registry) else _like_lm_eval(stem, registry)
    found = printed or _known(stem, registry, metric, label)
    if found is None and not metric and (split := _METRIC.fullmatch(stem)):
        word = split["metric"].lower()
        found = _known(split["task"], registry, SPELLED.get(word, word), split["filter"] or "none")
    if found is None:
        return None
    told: dict[str, Any] = {"shots": shots} if shots is not None else {}
    told |= {"better": better} if better is not None else {}
    return found._replace(percent=percent, **told)


def without_shots(name: str) -> str:
    """Return a name without the number of examples that people write behind it."""
    return _SHOTS.sub("", plain(name)).strip() or plain(name)


def shots_of(name: str) -> int | None:
    """Return the number of examples that stands in a name, None for none."""
    found = _SHOTS.search(plain(name))
    return int((found[1] or found[2]).lower().replace("zero", "0")) if found else None


def knows(name: str, registry: Registry) -> bool:
    """Return whether the facts know a benchmark without doubt, whatever a heading ends like."""
    found = meaning(name, registry)
    return found is not None and _is_task(found.task, found.metric, registry)


def facts_of(task: str, metric: str, registry: Registry, label: str = "none") -> MetricInfo:
    """Return what is known of a metric: by the facts on tables and, where these say nothing, by those on lm-eval."""
    own, like = (registry.lookup(tool, task, metric, label) for tool in (TABLE, HARNESS))
    return own._replace(
        direction=own.direction or like.direction,
        scale=own.scale or like.scale,
        chance=like.chance if own.chance is None else own.chance,
        capability=own.capability or like.capability,
    )


def _is_task(task: str, metric: str, registry: Registry) -> bool:
    table, harness = (registry.lookup(tool, task, metric) for tool in (TABLE, HARNESS))
    return harness.primary is not None or (metric == "score" and bool(table.direction))


def _in_tables(task: str, registry: Registry) -> bool:
    return bool(registry.lookup(TABLE, task, "score").direction)


def _known(task: str, registry: Registry, metric: str, label: str) -> Meaning | None:
    """Return the meaning of a benchmark that the facts know by its name."""
    table, harness = registry.lookup(TABLE, task, "score"), registry.lookup(HARNESS, task, metric, label)
    if not table.direction and (harness.primary is None or _NO_TASK.fullmatch(task)):
        return None
    if not metric:
        better = table.higher_is_better if table.higher_is_better is not None else _of_primary(task, registry)
        rate = table.scale == "unit" or (not table.direction and bool(better))
        return Meaning(task, "score", better=better, rate=rate, note="the table names no metric")
    facts = facts_of(task, metric, registry, label)
    return Meaning(task, metric, label, better=facts.higher_is_better, rate=metric in RATES or facts.scale == "unit")


def _of_primary(task: str, registry: Registry) -> bool | None:
    """Return the direction of the metric that stands for a task of the harness."""
    wanted = registry.wanted(HARNESS, task)
    metric, _, label = (wanted[0] if wanted else "").partition(",")
    return registry.lookup(HARNESS, task, metric, label or "none").higher_is_better


def _like_lm_eval(name: str, registry: Registry) -> Meaning | None:
    found = None if set(name) & set(" /") else _LIKE_LM_EVAL.fullmatch(name)
    if found is None:
        return None
    label = found["filter"] or "none"
    normed = label.endswith("norm")
    better = registry.lookup(HARNESS, found["task"], found["metric"]).higher_is_better
    shots = int(found["shots"]) if found["shots"] else None
    rate = found["metric"] in RATES and not normed
    note = "chance is already subtracted by the table" if normed else ""
    return Meaning(found["task"], found["metric"], label, shots, better, rate, note)


def of_metric(task: str, metric: str, registry: Registry, note: str) -> Meaning:
    """Return the meaning of a column that is headed by a metric, of a benchmark known otherwise."""
    facts = facts_of(task, metric, registry)
    return Meaning(task, metric, better=facts.higher_is_better, rate=facts.scale == "unit", note=note)


def score_row(one: Meaning, found: Cell, registry: Registry) -> dict[str, Any]:
    """Return the score row of one cell."""
    own, like = (registry.lookup(tool, one.task, one.metric, one.filter) for tool in (TABLE, HARNESS))
    row: ScoreRow = {
        "tool": TABLE,
        "task_name": one.task,
        "metric": one.metric,
        "filter": one.filter,
        "value": found.value,
        "stderr": error_bar(found.stderr),
        "n_shot": one.shots,
        "note": one.note,
        "capability": own.capability or like.capability,
    }
    row |= {"kind": "group"} if AGGREGATE.fullmatch(one.task) else {}
    if one.percent or found.percent:
        row["scale"] = "percent"
    elif one.rate or own.scale != "percent":
        row["scale"] = RATE if one.rate else "natural"
    return row | ({"higher_is_better": one.better} if one.better is not None else {})


def error_column(name: str, columns: Set[str] | Mapping[str, Any]) -> str | None:
    """Return the column that holds the error of a column of scores, None where there is none."""
    return next((f"{name}{end}" for end in ERRORS if f"{name}{end}" in columns), None)


def score_in(text: str, where: str, problems: list[Problem], error: str = "") -> Cell | None:
    """Return the score of a cell, with the error of a cell beside it; None for none, which is named if it is not blank.

    Parameters
    ----------
    text, error : str
        The cells of the score and of its error; "" where its error has none of its own.
    where : str
        The cell's place, for the message.
    problems : list of dict
        Receives a cell that is neither a number nor blank.
    """
    found = cell(text)
    if found.value is None:
        problems += [] if blank(text) else [problem("bad-value", f"{where} = {shown(text)}")]
        return None
    return found._replace(stderr=error_bar(cell(error).value)) if error else found


def mark_primary(scores: Iterable[dict[str, Any]], registry: Registry) -> None:
    """Mark the metric that stands for each task, by the facts on tables or else by those of lm-eval."""
    tasks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in scores:
        tasks[row["task_name"]].append(row)
    for task, rows in tasks.items():
        candidates = list(dict.fromkeys((row["metric"], row["filter"]) for row in rows))
        chosen = registry.primary(TABLE, task, candidates) or registry.primary(HARNESS, task, candidates)
        for row in rows if chosen else ():
            row.setdefault("primary", (row["metric"], row["filter"]) == chosen)


def measurement(row: ScoreRow) -> tuple[Any, ...]:
    """Return what tells a measurement from others of its file."""
    return tuple(row.get(name) for name in MEASURED)


def single(
    scores: Iterable[ScoreRow],
    problems: list[Problem],
    todo: str = "name what tells them apart (metric, shots), or remove those that do not count",
) -> list[ScoreRow]:
    """Return the rows that stand once; rows that say two things of one measurement are named and left out."""
    found: dict[tuple[Any, ...], list[ScoreRow]] = defaultdict(list)
    for row in scores:
        found[measurement(row)].append(row)
    clashing = {key for key, rows in found.items() if len({row["value"] for row in rows}) > 1}
    if clashing:
        names = [", ".join(map(str, key[:3])) for key in found if key in clashing]
        message = f"{len(clashing)} measurements have several values: {shown(names[:5], 300)}"
        problems.append(problem("disagreement", message, todo))
    kept = [rows for key, rows in found.items() if key not in clashing]
    if again := sum(map(len, kept)) - len(kept):
        problems.append(problem("repeated", f"{again} rows repeat another row; each counts once"))
    return [rows[0] for rows in kept]
