"""Items of every_eval_ever: one row per sample, joined with the document of their evaluation beside them."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import Any

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._answers import signs_of
from mergekit_eval.readers._base import Problem, Readout, Refused, ScoreRow, problem, shown, truth
from mergekit_eval.readers._common import Items, content_key, dig, left_out, mean, text
from mergekit_eval.readers._eee import TOOL, result_row, shared
from mergekit_eval.readers._files import json_rows
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._lm_eval_answers import first_leaf
from mergekit_eval.readers._parsing import json_beside

_KEYS = {"evaluation_id", "model_id", "evaluation_name", "sample_id", "evaluation"}
# A document beside the items is looked for among so many files of at most so many bytes.
_MOST, _LARGEST = 200, 1 << 22
_CLOSE = 1e-6

Place = tuple[str, str, str]


def is_item(row: Any) -> bool:
    """Whether a row is a sample with its score."""
    return isinstance(row, dict) and row.keys() >= _KEYS and isinstance(row["evaluation"], dict)


def read(path: Path, head: Head, problems: list[Problem]) -> Readout:
    """Return one row per model and evaluation, as the document beside it states it or as the mean of the items."""
    rows: dict[Place, list[tuple[int, dict[str, Any], float]]] = defaultdict(list)
    odd: list[int] = []
    for line, row in json_rows(path, head, problems):
        value = truth(dig(row, "evaluation", "score"))
        if not is_item(row) or value is None or not math.isfinite(value):
            odd.append(line)
            continue
        name = text(row.get("evaluation_result_id")) or text(row["evaluation_name"])
        rows[text(row["evaluation_id"]), text(row["model_id"]), name].append((line, row, value))
    problems += left_out(odd, "rows without a sample or a finite score")
    if not rows:
        raise Refused("no row holds a sample and its score")
    items, scores = Items(), []
    for place, mine in rows.items():
        score = _row(path, place, mine, problems)
        scores.append(score)
        common = {"model_name": score["model_name"], "filter": score["filter"]}
        for line, row, value in mine:
            answer = first_leaf(dig(row, "output", "raw"))
            more = common | {"doc_id": text(row["sample_id"]), "signs": signs_of(answer)}
            items.add(score["task_name"], score["metric"], _key(row), value, line, **more)
    return Readout(scores, items.table(many_models=True), problems)


def _key(row: dict[str, Any]) -> str:
    """Return the key of a sample: the hash that the file has for it, else one of its question and reference."""
    if stated := text(row.get("sample_hash")):
        return stated
    asked = text(dig(row, "input", "raw"))
    return content_key(asked, text(dig(row, "input", "reference"))) if asked else f"id:{text(row['sample_id'])}"


def _row(
    path: Path, place: Place, mine: list[tuple[int, dict[str, Any], float]], problems: list[Problem]
) -> dict[str, Any]:
    value, stderr, n = mean(value for *_, value in mine)
    first = mine[0][1]
    stated = _stated(path, place, value, n)
    if stated is not None:
        return stated | {"n": n, "n_from": "items", "stderr": stderr, "note": ""}
    told = f"{shown(place[2])}: no document beside it states this evaluation; the score is the mean of its {n} items"
    problems.append(problem("link", told, "put the document (.json) of the evaluation into the same folder"))
    graded = all(score == float(row["evaluation"].get("is_correct") is True) for _, row, score in mine)
    row: ScoreRow = {"tool": TOOL, "model": lm.tidy(place[1]), "model_name": place[1], "model_from": "model_id"}
    row |= {"task_name": text(first["evaluation_name"]), "task": text(first["evaluation_name"]), "filter": "none"}
    row |= {"metric": "accuracy" if graded else "score", "value": value, "stderr": stderr, "n": n, "n_from": "items"}
    return row | ({"higher_is_better": True, "scale": "unit"} if graded else {})


def _stated(path: Path, place: Place, value: float, n: int) -> dict[str, Any] | None:
    """Return the row of the only result of a document beside the items that names them and that they reproduce."""
    fitting = []
    for beside in sorted(path.parent.glob("*.json"))[:_MOST]:
        document = json_beside(beside, path, _LARGEST)
        results = document.get("evaluation_results")
        if text(document.get("evaluation_id")) != place[0] or not isinstance(document.get("model_info"), dict):
            continue
        for result in results if isinstance(results, list) else []:
            names = [dig(result, key) for key in ("evaluation_result_id", "evaluation_name")]
            row = result_row(result, []) if place[2] in names else None
            if row and math.isclose(row["value"], value, rel_tol=_CLOSE, abs_tol=_CLOSE) and row.get("n") in (None, n):
                row.pop("radius")
                fitting.append(shared(document) | row)
    return fitting[0] if len(fitting) == 1 else None
