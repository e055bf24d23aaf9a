"""The raw Holmes tree: ``metrics.csv`` and ``preds.csv`` of one probe, in .../<seed>/<layers>/done/.

Neither file names what was probed; the tool keeps that in the folders alone, so they are read from there. Every seed
is a file, and a filter (``seed=0``, with the control task, the layers and the encoding if they are not the default).
``hparams.yaml`` beside them holds a tag that can run code: it is never loaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, problem
from mergekit_eval.readers._common import Items, content_key, mean, not_finite
from mergekit_eval.readers._files import csv_rows, decimal
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._holmes import F1, PEARSON, TOOL, condition, model_name, quantization, sample_size

NAME = "holmes-probe"
KINDS = ("text",)
_METRICS = {
    "full test pearson": "score",
    "full test f1": "score",
    "full test acc": "acc",
    "compression": "compression",
    "minimum_description_length": "minimum_description_length",
}
_MEASURES = {"full test pearson": PEARSON, "full test f1": F1}
_PREDICTIONS = {"instance", "pred", "label"}
_UNNAMED = [str(number) for number in range(5)]


class Probe(NamedTuple):
    """What the folders above ``done`` say."""

    dataset: str
    model: str
    encoding: str
    control: str
    size: str
    seed: str
    layers: str


def claims(head: Head) -> bool | str:
    """Claim a probe's log of epochs with test columns, and its named predictions."""
    columns = head.columns
    if {"epoch", "step"} <= set(columns) and any(name.startswith("full test") for name in columns):
        return True
    if [name for name in columns if name] == _UNNAMED and head.path.parent.name == "done":
        return "predictions of a probe without column names: it cannot be said which column is the answer"
    return set(columns) >= _PREDICTIONS and bool({"seen", "loss"} & set(columns))


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return the final test scores of a probe, or its predictions as items."""
    probe = _probe(path)
    problems: list[Problem] = []
    items = Items()
    common = _common(probe)
    if "pred" in head.columns:
        scores = _predictions(head, probe.dataset, common["filter"], items, problems)
    else:
        scores = _final(head, problems)
    if not scores:
        raise Refused("no test score: the probe did not finish")
    scores = [common | row | {"primary": False} for row in scores]  # the mean of seeds is primary: _holmes_seeds
    facts = {"seed": probe.seed, "condition": _condition(probe)}
    return Readout(scores, items.table(), problems + not_finite(scores), facts)


def _probe(path: Path) -> Probe:
    folders = path.absolute().parent.parts
    if folders[-1] != "done" or len(folders) < 9:
        raise Refused(
            "a probe's file outside the tool's folders: dataset and model stand only in "
            "<dataset>/<model>/<encoding>/<control>/<size>/<seed>/<layers>/done/"
        )
    dataset, model, *rest = folders[-8:-1]
    return Probe(dataset.removeprefix("flash-holmes-").removeprefix("holmes-"), model_name(model), *rest)


def _condition(probe: Probe) -> str:
    return condition(probe.control, probe.layers, probe.encoding)


def _common(probe: Probe) -> ScoreRow:
    parts = [f"seed={probe.seed}", _condition(probe)]
    return {
        "tool": TOOL,
        "model_name": probe.model,
        "model_from": "folder",
        "task_name": probe.dataset,
        "filter": ",".join(part for part in parts if part),
        "quantization": quantization(probe.encoding),
        "gen_kwargs": sample_size(probe.size),
        "seeds": 1,
    }


def _final(head: Head, problems: list[Problem]) -> list[ScoreRow]:
    """Return the last value of every test column; the log is sparse and its last row holds them."""
    last: dict[str, float] = {}
    for _, row in csv_rows(head, problems):
        for column in _METRICS:
            value = decimal(row.get(column, "").strip())
            if value is not None and value == value:
                last[column] = value
    if "full test pearson" in last:
        last.pop("full test f1", None)
    if (head.path.parent / "preds.csv").exists():
        last.pop("full test acc", None)  # the predictions beside it give it with its items
    return [_value(column, value) for column, value in last.items()]


def _value(column: str, value: float) -> ScoreRow:
    row = {"metric": _METRICS[column], "value": value, "note": column}
    return row | ({"scale": "unit", "measure": _MEASURES[column]} if column in _MEASURES else {})


def _predictions(head: Head, dataset: str, label: str, items: Items, problems: list[Problem]) -> list[ScoreRow]:
    hits: list[float] = []
    odd = 0
    for line, row in csv_rows(head, problems):
        guess, truth = decimal(row["pred"].strip()), decimal(row["label"].strip())
        if guess is None or truth is None or not truth.is_integer() or not guess.is_integer():
            odd += 1
            continue
        hits.append(float(guess == truth))
        items.add(dataset, "acc", content_key(row["instance"]), hits[-1], line, filter=label, doc_id=str(line))
    if odd:
        message = f"{odd} predictions are no classes (a regression, or broken): they have no right or wrong"
        problems.append(problem("note", message))
    if not hits:
        raise Refused("the predictions are no classes: a regression has no right or wrong per item")
    value, stderr, n = mean(hits)
    return [{"metric": "acc", "value": value, "stderr": stderr, "n": n, "n_from": "items"}]
