"""Answers to read: those of one model on one task that show a sign, fetched from their file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.collect.item_text import answer_in, rows_behind
from mergekit_eval.compare.audit.asymmetry import LESS, MORE
from mergekit_eval.compare.audit.shown import able, shows, signs_of
from mergekit_eval.errors import DataError, unknown
from mergekit_eval.signs import by_word

if TYPE_CHECKING:
    from mergekit_eval.compare.comparison import Comparison

CALL, MOST = "answers", 500  # characters of an answer that are shown


@tables.makes("answers")
def answer_table(cmp: Comparison, model: str = "", task: str = "", sign: str = "", limit: int = 5) -> pd.DataFrame:
    """Return the first answers of a model on a task that show a sign, as they stand in their file.

    Parameters
    ----------
    cmp : Comparison
        The comparison.
    model, task, sign : str
        Whose answers, and the sign as a table calls it ("not parsed"); what is not named is that of the largest sure
        difference between a merge and its base or a parent.
    limit : int
        At most so many answers.

    Returns
    -------
    DataFrame
        Table `answers`: ``answer`` as text, the log-likelihoods of the options where there is none, at most 500
        characters; where the file is gone it is empty and ``note`` says so. `item_text` gives all the file holds.

    Raises
    ------
    DataError
        If the model, its task or the sign is not known.
    """
    named = {"model": model, "task": task, "sign": sign}
    model, task, sign = (value or _largest(cmp.asymmetry, named)[key] for key, value in named.items())
    if not (model and task and sign):
        return tables.empty("answers", "no merge surely differs from its base or a parent in a sign")
    rows, known = cmp.evidence.by_model, by_word()
    _known("model", model, rows)
    _known("task", task, rows[model])
    _known("sign", sign, known)
    shown = signs_of(cmp.evidence, rows[model][task])
    at = np.flatnonzero(shows(shown, known[sign]) & able(shown, known[sign]))[:limit]
    if not len(at):
        return tables.empty("answers", f"no answer of {model} on {task} shows the sign {sign}")
    items = cmp.evidence.items(rows[model][task]).iloc[at].reset_index(drop=True)
    about = items[["item_key", "occurrence", "doc_id", "source_file", "line"]].assign(model=model, task=task, sign=sign)
    try:
        return about.assign(answer=[answer_in(row)[:MOST] for row in rows_behind(items)])
    except DataError as error:
        return about.assign(note=str(error))


def _known(key: str, name: str, allowed: Iterable[str]) -> None:
    if name not in allowed:
        raise DataError(unknown(CALL, key, name, allowed))


def _largest(asymmetry: pd.DataFrame, named: Mapping[str, str]) -> dict[str, str]:
    """Return model, task and sign of the largest sure difference that fits what is named; '' where none does."""
    sure = asymmetry[asymmetry["decided"].isin([MORE, LESS])]
    rows = sure.assign(model=sure["merge"].where(sure["decided"].eq(MORE), sure["reference"]))
    for key, value in named.items():
        rows = rows[rows[key].eq(value)] if value else rows
    first = rows.sort_values("shift", key=abs, ascending=False, kind="stable").head(1)
    return dict.fromkeys(named, "") | {key: str(value) for key in named for value in first[key]}
