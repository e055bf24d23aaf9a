"""Per-item details of lighteval (parquet): scores of one task, in ``metrics`` (to 2025), ``metric`` or ``__metric__``.

The file names neither the model nor, in the older shape, the task: both stand in the tool's own path,
``details/<model>/<stamp>/details_<task>_<stamp>.parquet``. Rows are read in batches, texts only to hash them. Where
``results/<model>/results_<stamp>.json`` lies beside it, its settings and its printed value count for this task, so that
both files are one measurement.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from mergekit_eval.readers import _limits, lighteval
from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, problem, truth
from mergekit_eval.readers._common import Items, content_key, dig, mean, text
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._lighteval import TOOL, answer_signs, split_task
from mergekit_eval.readers._parquet import parquet_rows

NAME = "lighteval-details"
KINDS = ("parquet",)
_SCORES = ("__metric__", "metric", "metrics")
_DOCS = ("__doc__", "doc", "example", "full_prompt")
# Of an answer's struct only what is looked at: its prompt's tokens can be long.
_ANSWERS = tuple(
    f"{name}.{part}"
    for name in ("__model_response__", "model_response")
    for part in ("text", "logprobs", "output_tokens")
)
_SETTINGS = ("gen_kwargs", "limit", "quantization", "task_version", "tool_version")
_CLOSE = 1e-9


def claims(head: Head) -> bool | str:
    """Claim parquet files with a struct of metrics beside a document or an example."""
    if head.kind != "parquet":
        return False
    names = set(head.columns)
    if head.broken:
        return head.broken
    return bool(names & set(_SCORES)) and bool(names & set(_DOCS))


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one mean per metric, with one item per row."""
    problems: list[Problem] = []
    values: dict[str, list[float]] = defaultdict(list)
    lost: dict[str, int] = defaultdict(int)
    items = Items()
    told = ""
    for line, row in parquet_rows(path, (*_SCORES, *_DOCS, *_ANSWERS, "predictions")):
        told = told or text(dig(_doc(row), "task_name"))
        key, doc_id = _key(row, line)
        shown = answer_signs(row)
        for metric, value in _scores(row).items():
            if value is None or not math.isfinite(value):
                lost[metric] += 1
                continue
            values[metric].append(value)
            items.add("", metric, key, value, line, doc_id=doc_id, signs=shown)
    if not values:
        raise Refused("no row holds a number under its metrics")
    problems += [problem("not-finite", f"{metric}: {count} items without a number") for metric, count in lost.items()]
    common = _common(path, told, problems)
    table = items.table()
    names = pa.array([common["task_name"]] * table.num_rows, pa.string())
    table = table.set_column(table.schema.get_field_index("task_name"), "task_name", names)
    stated = {row["metric"]: row for row in _beside(path, common)}
    scores = [_joined(common | _row(metric, own), stated.get(metric), problems) for metric, own in values.items()]
    return Readout(scores, table, problems)


def _beside(path: Path, common: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of this task in the results file of the same run, [] where there is none."""
    root = next((p.parent for p in path.absolute().parents if p.name == "details"), None)
    stamp = lm.stamp_of(path.name)[0]
    results = root / "results" / common["model_name"] / f"results_{stamp}.json" if root and stamp else None
    if results is None or not _limits.beside(results, path, root):
        return []
    if lighteval.claims(head := Head(results)) is not True:
        return []
    rows = lighteval.rows(results, head, [])
    return [row for row in rows if (row["task_name"], row["n_shot"]) == (common["task_name"], common["n_shot"])]


def _joined(row: dict[str, Any], stated: dict[str, Any] | None, problems: list[Problem]) -> dict[str, Any]:
    if stated is None:
        return row
    if abs(stated["value"] - row["value"]) > _CLOSE:
        message = (
            f"{row['task_name']} {row['metric']}: printed {stated['value']:.6g}, its items give {row['value']:.6g}"
        )
        problems.append(problem("disagreement", message, "the items' figure is kept beside the printed one"))
        return row | {key: stated[key] for key in _SETTINGS if key in stated}
    return stated | {"stderr": row["stderr"], "n": row["n"], "n_from": "items", "note": ""}


def _doc(row: dict[str, Any]) -> Any:
    return row.get("__doc__") or row.get("doc")


def _key(row: dict[str, Any], line: int) -> tuple[str, str]:
    doc = _doc(row)
    prompt = text(dig(doc, "query")) or text(row.get("example")) or text(row.get("full_prompt"))
    doc_id = text(dig(doc, "id")) or str(line)
    return (content_key(prompt) if prompt else f"id:{doc_id}"), doc_id


def _scores(row: dict[str, Any]) -> dict[str, float | None]:
    block: dict[str, Any] = next((row[name] for name in _SCORES if isinstance(row.get(name), dict)), {})
    return {name: truth(value) for name, value in block.items() if value is None or truth(value) is not None}


def _common(path: Path, told: str, problems: list[Problem]) -> dict[str, Any]:
    stamp, date = lm.stamp_of(path.name)
    named = path.name.removesuffix(".parquet").removeprefix("details_").removesuffix(f"_{stamp}")
    suite, task, shots = split_task(told if told and "|" not in named else named)
    folders = path.absolute().parent.parts
    inside = folders[folders.index("details") + 1 :] if "details" in folders else ()
    model = "/".join(part for part in inside if not lm.STAMP.fullmatch(part))
    if not model:
        problems.append(problem("identity", "the path does not name the model (details/<model>/<stamp>/...)"))
    return {
        "tool": TOOL,
        "model_name": model,
        "model_from": "folder" if model else "",
        "task_name": re.sub(r"[:|]$", "", task),
        "task_version": f"suite {suite}" if suite else "",
        "n_shot": shots,
        "filter": "none",
        "date": date,
    }


def _row(metric: str, values: list[float]) -> dict[str, Any]:
    value, stderr, n = mean(values)
    return {"metric": metric, "value": value, "stderr": stderr, "n": n, "n_from": "items"}
