"""What lm-eval printed, or handed to another program, put into the words of its results file and read by its reader."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mergekit_eval.readers import lm_eval_results
from mergekit_eval.readers._base import Context, Readout
from mergekit_eval.readers._head import Head


def read_again(head: Head, document: dict[str, Any], ctx: Context, note: str) -> Readout:
    """Return what lm-eval's reader says of a document that was made from another file, with a note on every row.

    The tree of groups stays out of the facts: a rounded group differs from the mean of its rounded leaves.
    """
    told = lm_eval_results.read(head.path, head.holding(document), ctx)
    scores = [row | {"note": "; ".join(part for part in (row.get("note"), note) if part)} for row in told.scores]
    return replace(told, scores=scores, facts={})


def key_of(metric: str, label: str, error: bool = False) -> str:
    """Return the key of a metric in lm-eval's results, of old versions (no filter) or new ones."""
    name = f"{metric}_stderr" if error else metric
    return f"{name},{label}" if label else name
