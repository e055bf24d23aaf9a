"""Answers whose end no file states: their tokens are counted where the tokenizer of their model is at hand.

A tokenizer is at hand where the study names one, or where the folder of the model, by the study or by its results,
holds a ``tokenizer.json``. Nothing is downloaded, and without one nothing is read: a cut is then inferred.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mergekit_eval.collect.item_text import rows_of
from mergekit_eval.errors import DataError
from mergekit_eval.readers._answers import counted_signs
from mergekit_eval.readers._lm_eval_answers import DEFAULT_LIMIT, first_leaf, settings_of, stated_limit
from mergekit_eval.schema import Tables
from mergekit_eval.signs import bit

FILE = "tokenizer.json"
LARGEST = 1 << 26  # bytes of a tokenizer
LONGEST = 128  # characters of a token: a longer text than so many for each token allowed is beyond its limit

Counting = Callable[[list[str]], list[int]]


class Counted(NamedTuple):
    """The tables of a collection, whose items know from their tokens which answers are cut off."""

    scores: pd.DataFrame
    items: pd.DataFrame
    problems: pd.DataFrame


def with_counted_ends(collection: Tables, study: Any = None) -> Tables:
    """Return a collection in which every cut that a tokenizer at hand can tell is counted, not inferred.

    Parameters
    ----------
    collection : Collection
        What was read.
    study : Study or None
        Names tokenizers, and the folders of models.

    Raises
    ------
    DataError
        If a tokenizer that the study names cannot be used. One that only lies in the folder of a model does not stop
        a comparison: cuts are inferred then.
    """
    files = tokenizers_at_hand(collection.scores, study)
    asked = {name for name in files if study is not None and name in study.names() and study.tokenizer(name)}
    if not files:
        return collection
    items = collection.items
    signs = items["signs"].to_numpy().copy()
    unsure = items[items["model"].isin(list(files)) & ((signs & bit("limit", "ending")) == bit("limit"))]
    for (model, file), rows in unsure.groupby(["model", "source_file"], sort=False, observed=True):
        try:
            found = _counted(str(file), set(rows["line"].tolist()), files[str(model)])
        except DataError:
            if str(model) in asked:
                raise
            continue  # the folder's own tokenizer cannot be read: what was inferred stays, under that name
        places = items.index.get_indexer(rows.index)
        known = np.array([line in found for line in rows["line"]], dtype=bool)
        new = [found[line] for line in rows["line"] if line in found]
        signs[places[known]] |= np.array(new, dtype=signs.dtype)
    return Counted(collection.scores, items.assign(signs=signs), collection.problems)


def tokenizers_at_hand(scores: pd.DataFrame, study: Any = None) -> dict[str, Path]:
    """Return the file of the tokenizer of each model that has one on this machine."""
    found = {}
    for model, names in scores.groupby("model", sort=False)["model_name"].unique().items():
        own = study is not None and model in study.names()
        named = (study.tokenizer(model), study.model_path(model)) if own else ()
        folders = [Path(name) / FILE for name in (*named, *names) if name and Path(name).is_absolute()]
        files = [Path(name) for name in named[:1] if name.endswith(".json")]
        if file := next(filter(_usable, [*files, *folders]), None):
            found[str(model)] = file
    return found


def _usable(file: Path) -> bool:
    try:
        return file.is_file() and file.stat().st_size <= LARGEST
    except OSError:
        return False


def _counted(file: str, lines: set[int], tokenizer: Path) -> dict[int, int]:
    """Return the signs of the end of the answers on some lines of a file, from their tokens; others are left out."""
    try:
        rows = rows_of(file, lines)
    except DataError:
        return {}  # the file is gone: what was inferred from it stays, under that name
    answers = {line: answer for line, row in rows.items() if (answer := _answer(row))}
    counts = counting(tokenizer)([text[: LONGEST * limit] for text, limit in answers.values()])
    return {
        line: counted_signs(tokens, limit) for (line, (_, limit)), tokens in zip(answers.items(), counts, strict=True)
    }


def _answer(row: dict[str, Any]) -> tuple[str, int] | None:
    """Return the answer of a row of lm-eval and the limit of its tokens, None where it is none that was generated."""
    asked = settings_of(json.dumps(row.get("arguments")).encode())[0]
    text = first_leaf(row.get("resps"))
    return (text, stated_limit(asked) or DEFAULT_LIMIT) if asked and isinstance(text, str) else None


@lru_cache(maxsize=1)
def counting(file: Path) -> Counting:
    """Return what counts the tokens of texts, special ones left out, by a ``tokenizer.json``.

    Raises
    ------
    DataError
        If the file is no tokenizer, or the package that reads it is not installed.
    """
    try:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(file))
    except ImportError as error:
        raise DataError(f"{file}: counting tokens needs the package tokenizers: pip install tokenizers") from error
    except Exception as error:  # the package raises nothing narrower
        raise DataError(f"{file}: not a tokenizer: {error}; mend or remove it, then compare again") from error
    return lambda texts: [len(one.ids) for one in tokenizer.encode_batch(texts, add_special_tokens=False)]
