"""Rows of the tables that analyses walk through, with the types that pandas does not know of its columns."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import pandas as pd


class ScoreRow(Protocol):
    """One score: a row of ``scores`` (see ``tables.yaml``), or of what `item_index.label_conditions` makes of it."""

    Index: int
    run: str
    model: str
    role: str
    task: str
    task_key: str
    metric: str
    filter: str
    capability: str
    scale: str
    value: float
    score: float
    oriented: float
    chance: float
    n: Any  # int or pandas' own missing value, which has no public type


class MergeRow(Protocol):
    """One merge of a study: a row of `Session.merges`."""

    merge: str
    method: str
    parents: tuple[str, ...]
    base: str


def score_rows(scores: pd.DataFrame) -> Iterator[ScoreRow]:
    """Yield the rows of a table of scores in their order."""
    rows: Iterable[Any] = scores.itertuples()
    yield from rows


def merge_rows(merges: pd.DataFrame) -> Iterator[MergeRow]:
    """Yield the merges of a study in their order."""
    rows: Iterable[Any] = merges.itertuples()
    yield from rows
