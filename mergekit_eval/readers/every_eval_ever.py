"""Documents of every_eval_ever: a model, and for each result its data set, metric, direction, range and uncertainty.

Everything but the capability is stated in the file. The items of a document lie in a JSON Lines file;
it is read with the document of its evaluation beside it. Documents that EuroEval wrote follow EuroEval's rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mergekit_eval.readers import _eee_items
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, problem, shown
from mergekit_eval.readers._common import dig, left_out, not_finite, text
from mergekit_eval.readers._eee import result_row, shared
from mergekit_eval.readers._euroeval import Run, checked, failed, flag, row_of, settings_of
from mergekit_eval.readers._files import json_rows
from mergekit_eval.readers._head import Head
from mergekit_eval.readers.euroeval import iterations

NAME = "every_eval_ever"
KINDS = ("object", "lines", "array")


def claims(head: Head) -> bool | str:
    """Claim documents with a model and results, and rows of their items."""
    row = head.document if head.kind == "object" else head.first
    if not isinstance(row, dict):
        return False
    return _is_document(row) or (head.kind != "object" and _eee_items.is_item(row))


def _is_document(row: Any) -> bool:
    return isinstance(dig(row, "model_info"), dict) and isinstance(dig(row, "evaluation_results"), list)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per result, and one item per row of a file of items."""
    problems: list[Problem] = []
    if head.kind != "object" and _eee_items.is_item(head.first):
        return _eee_items.read(path, head, problems)
    documents = [(0, head.document)] if head.kind == "object" else json_rows(path, head, problems)
    scores: list[ScoreRow] = []
    odd: list[int] = []
    for line, document in documents:
        if _is_document(document):
            scores += rows(document, problems)
        else:
            odd.append(line)
    problems += left_out(odd, "rows are no documents,")
    for row in scores:
        row.setdefault("capability", ctx.registry.lookup("table", row["task_name"], "score").capability)
    if not scores:
        raise Refused("no result of a document holds a score and says for which data set")
    return Readout(scores, None, problems + not_finite(scores))


def rows(document: dict[str, Any], problems: list[Problem]) -> list[dict[str, Any]]:
    """Return the rows of one document."""
    if text(dig(document, "eval_library", "name")).lower() == "euroeval":
        return list(_euroeval(document, problems))
    common, found, seen = shared(document), [], {}
    for result in document["evaluation_results"]:
        row = result_row(result if isinstance(result, dict) else {}, problems)
        if row is None:
            continue
        row.pop("radius")
        place = (row["task_name"], row["metric"], row["filter"])
        if place in seen:
            # Several results under one name are told apart by the ids that the schema has for them.
            row["filter"] = text(dig(result, "metric_config", "metric_id")) or text(result.get("evaluation_result_id"))
            place = (*place[:2], row["filter"])
        if not row["filter"] or place in seen:
            told = f"{shown(row['task_name'])} {row['metric']} stands twice and nothing tells the two apart"
            problems.append(problem("repeated", f"{told}; the first counts"))
            continue
        seen[place] = True
        found.append(common | row)
    return found


def _euroeval(document: dict[str, Any], problems: list[Problem]) -> Iterator[dict[str, Any]]:
    told, model = dig(document, "eval_library", "additional_details") or {}, document["model_info"]
    about = dig(model, "additional_details")
    about = about if isinstance(about, dict) else {}
    told = told if isinstance(told, dict) else {}
    raw = iterations(told.get("raw_results"))
    for result in document["evaluation_results"]:
        run = Run(
            model=text(model.get("id")) or text(model.get("name")),
            dataset=text(told.get("dataset")) or text(dig(result, "source_data", "dataset_name")),
            task=text(told.get("task")),
            version=text(dig(document, "eval_library", "version")),
            validation=flag(told.get("validation_split"), False),
            few_shot=flag(told.get("few_shot"), True),
            merge=flag(about.get("merge"), False),
            date=shared(document)["date"],
            settings=settings_of(about | told),
            note=f"languages: {text(told['languages'])}"[:200] if told.get("languages") else "",
        )
        made = result_row(result if isinstance(result, dict) else {}, problems)
        if made is None:
            continue
        if not run.dataset:
            problems.append(problem("bad-value", f"a result without a data set: {shown(result)}"))
            continue
        problems += failed(run, dig(result, "score_details", "details", "num_failed_instances"))
        metric = text(result.get("evaluation_name")).removeprefix("test_")
        row = row_of(run, metric, made["value"], made["radius"]) | {"higher_is_better": made["higher_is_better"]}
        problems += checked(row, raw)
        yield row
