"""Holmes ``results_<version>.csv``: one row per probing dataset, model, encoding, control, sample size, seed, layers.

Runs that differ only in the seed become one score, with the standard error over seeds. A control task, other layers
and another encoding than full are filters of their own; whether the sample size is one depends on the whole collection
(`_holmes_seeds`), so it is handed on as a setting.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, problem
from mergekit_eval.readers._common import left_out, mean, not_finite
from mergekit_eval.readers._files import csv_rows, decimal
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._holmes import MISSING, TOOL, condition, is_control, model_name, quantization, sample_size

NAME = "holmes-results"
KINDS = ("text", "parquet")
_COLUMNS = {
    "probing_dataset",
    "model_name",
    "encoding",
    "control_task_type",
    "sample_size",
    "seed",
    "num_hidden_layers",
}


class Run(NamedTuple):
    """A measurement apart from its seed."""

    dataset: str
    model: str
    encoding: str
    control: str
    size: str
    layers: str


def claims(head: Head) -> bool | str:
    """Claim tables with the columns the tool writes."""
    return set(head.columns) >= _COLUMNS | {"score"}


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one score per run, the mean over its seeds."""
    problems: list[Problem] = []
    runs = _runs(head, problems)
    if not runs:
        raise Refused("no row holds a dataset, a model and a score")
    scores = [_score(run, seeds) for run, seeds in runs.items()]
    _mark_primary(scores, ctx)
    return Readout(scores, None, problems + not_finite(scores))


def _mark_primary(scores: list[ScoreRow], ctx: Context) -> None:
    """Mark what stands for a data set model by model: one may lack the encoding that another has."""
    tasks: dict[tuple[str, str], list[ScoreRow]] = defaultdict(list)
    for row in scores:
        tasks[row["model_name"], row["task_name"]].append(row)
    for (_, dataset), rows in tasks.items():
        candidates = dict.fromkeys((row["metric"], row["filter"]) for row in rows if not is_control(row["filter"]))
        chosen = ctx.registry.primary(TOOL, dataset, list(candidates))
        for row in rows:
            row["primary"] = (row["metric"], row["filter"]) == chosen


def _runs(head: Head, problems: list[Problem]) -> dict[Run, dict[str, float]]:
    runs: dict[Run, dict[str, float]] = defaultdict(dict)
    odd: list[int] = []
    twice = 0
    for line, row in csv_rows(head, problems):
        value = decimal(row["score"].strip())
        dataset, model = row["probing_dataset"].strip(), row["model_name"].strip()
        if value is None or value != value or value == MISSING or not dataset or not model:
            odd.append(line)
            continue
        place = (row["encoding"], row["control_task_type"], row["sample_size"], row["num_hidden_layers"])
        run = Run(dataset, model_name(model), *(cell.strip() for cell in place))
        twice += row["seed"] in runs[run]
        runs[run][row["seed"]] = value
    unfinished = "a probe that did not finish leaves such a row"
    problems += left_out(odd, "rows without a dataset, a model or a score", "incomplete", unfinished)
    if twice:
        problems.append(problem("repeated", f"{twice} rows repeat a run and seed; the last of each is used"))
    return runs


def _score(run: Run, seeds: dict[str, float]) -> ScoreRow:
    value, stderr, n = mean(seeds.values())
    return {
        "tool": TOOL,
        "model_name": run.model,
        "task_name": run.dataset,
        "metric": "score",
        "scale": "unit",  # F1 or Pearson's r, which may be negative
        "filter": condition(run.control, run.layers, run.encoding) or "none",
        "value": value,
        "stderr": stderr,
        "seeds": n,
        "quantization": quantization(run.encoding),
        "gen_kwargs": sample_size(run.size),
        "note": f"mean of {n} seeds" if n > 1 else f"one seed ({next(iter(seeds))})",
    }
