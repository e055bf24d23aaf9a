"""What the comparison rests on: scores that may be compared, and quick access to the items behind each of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from copy import copy
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from mergekit_eval import orientation
from mergekit_eval.collect.labels import cut
from mergekit_eval.compare.comparability_rules import facts, rules
from mergekit_eval.compare.pairing import Pairing, clusters, match_items, without_items
from mergekit_eval.compare.questions import Questions
from mergekit_eval.compare.score_limits import FileLimits, file_limits
from mergekit_eval.rows import ScoreRow, score_rows
from mergekit_eval.schema import Tables

SETTINGS = """
    n_shot limit task_version definition chat_template system_prompt gen_kwargs quantization tool
""".split()

AGREE = 1e-6
Key = tuple[Hashable, ...]


class Evidence:
    """Primary scores with a unique label per condition, and their items.

    Parameters
    ----------
    collection : Collection
        With the frames ``scores`` and ``items`` of `schema`.
    primary : bool
        Keep only the primary metric of each task.
    """

    def __init__(self, collection: Tables, primary: bool = True) -> None:
        scores = collection.scores
        keep = scores["kind"].eq("task") & (scores["primary"].fillna(False).astype(bool) if primary else True)
        self.scores = self._all = label_conditions(scores[keep], primary)
        self._items = collection.items
        self._paired: dict[Key, Known] = {}
        self._carried: dict[Key, bool] = {}
        self._limits: dict[float, FileLimits] = {}
        self._layouts: dict[Key, int] = {}
        self._kinds: dict[Key, list[Known]] = {}
        self._matched: dict[tuple[Key, Key], Pairing] = {}

    @classmethod
    def of(cls, collection: Tables | Evidence, primary: bool = True) -> Evidence:
        """Return the evidence of a collection; evidence that is made already as it is."""
        return collection if isinstance(collection, Evidence) else cls(collection, primary)

    @cached_property
    def by_model(self) -> dict[str, dict[str, ScoreRow]]:
        """Rows of ``scores`` by model and task."""
        by_model: dict[str, dict[str, ScoreRow]] = {}
        for row in score_rows(self.scores):
            by_model.setdefault(row.model, {})[row.task] = row
        return by_model

    @cached_property
    def _index(self) -> dict[Hashable, np.ndarray]:
        columns = ["run", "model", "task", "metric", "filter"]
        places = self._items.groupby(columns, sort=False, observed=True).indices
        return {key: np.asarray(at) for key, at in places.items()}

    def has_items(self, row: ScoreRow) -> bool:
        """Return whether there are items behind a row of ``scores``."""
        return _key(row) in self._index

    def items(self, row: ScoreRow) -> pd.DataFrame:
        """Return the items behind one row of ``scores``; empty where only the aggregate exists."""
        return self._items.iloc[self._index.get(_key(row), [])]

    def pair(self, a: ScoreRow, b: ScoreRow) -> Pairing:
        """Return the items that two rows of ``scores`` share, as `oriented` gives them; at once where in one order."""
        one, two = self.known(a), self.known(b)
        if not (len(one.keys) and len(two.keys)):
            return without_items(len(one.keys), len(two.keys))
        if np.array_equal(one.keys, two.keys) and np.array_equal(one.occurrence, two.occurrence):
            sides = self.oriented(a), self.oriented(b)
            every = np.arange(len(one.keys))
            return Pairing(*sides, one.cluster, every, every, len(every), 0, 0, "key", ())
        place = _key(a), _key(b)
        if place not in self._matched:
            self._matched[place] = match_items(*(self.items(row).assign(value=self.oriented(row)) for row in (a, b)))
        return self._matched[place]

    def column(self, row: ScoreRow, name: str) -> np.ndarray:
        """Return one column of numbers of the items behind a row of ``scores``: ``signs``, ``prompt``, ``line``."""
        held: np.ndarray = self._arrays[name][self._index.get(_key(row), np.empty(0, dtype=np.intp))]
        return held

    def carries(self, row: ScoreRow) -> bool:
        """Return whether the items behind a score are all finite and their mean is the score."""
        key = (*_key(row), row.value)
        if key not in self._carried:
            values, value = self.known(row).values, row.score
            whole = len(values) and np.isfinite(values).all()
            self._carried[key] = bool(whole and abs(values.mean() - value) <= AGREE * max(1, abs(value)))
        return self._carried[key]

    def facts(self, row: ScoreRow) -> tuple[str, ...]:
        """Return what decides whether a row of ``scores`` may be compared, see `comparability_rules.facts`."""
        return self._facts[row.Index]

    @cached_property
    def _facts(self) -> dict[Hashable, tuple[str, ...]]:
        """The facts of every row, made once for all rows that agree in them."""
        columns = list(dict.fromkeys(["task", *(rule["column"] for rule in rules())]))
        kinds = self._all.groupby(columns, sort=False, dropna=False).ngroup()
        first = self._all.loc[~kinds.duplicated(), columns]
        made = [facts({str(name): value for name, value in row.items()}) for row in first.to_dict("records")]
        return {at: made[kind] for at, kind in kinds.items()}

    def file_limits(self, level: float) -> FileLimits:
        """Return the limits of all scores from what the files say of them, without items; made once per level."""
        if level not in self._limits:
            self._limits[level] = file_limits(self._all, level)
        return self._limits[level]

    def layout(self, row: ScoreRow) -> int:
        """Return a number that models share whose items of this task are the same, in one order and in one grouping."""
        key, known = _key(row), self.known(row)
        if key not in self._layouts:
            seen = self._kinds.setdefault(key[2:], [])
            place = next((at for at, other in enumerate(seen) if known.alike(other)), len(seen))
            if place == len(seen):
                seen.append(known)
            self._layouts[key] = place
        return self._layouts[key]

    def shared(self, a: ScoreRow, b: ScoreRow) -> Key | None:
        """Return what names the items of two scores, None where they have not just the same in the same order."""
        if not (self.carries(a) and self.carries(b)) or self.layout(a) != self.layout(b):
            return None
        return (a.task_key, a.metric, a.filter, self.layout(a))

    @cached_property
    def questions(self) -> Questions:
        """The source questions behind the items, which several tasks may ask."""
        return Questions(self)

    def having_items(self) -> list[bool]:
        """Return for each row of ``scores`` whether there are items behind it."""
        places = zip(*(self.scores[name] for name in ("run", "model", "task_key", "metric", "filter")), strict=True)
        return [place in self._index for place in places]

    def oriented(self, row: ScoreRow) -> np.ndarray:
        """Return the items of a score turned so that higher is better, as they are where no direction is known."""
        return orientation.directed_items(self.known(row).values, row)

    def directed(self, row: ScoreRow) -> float:
        """Return a score turned so that higher is better, as it is where no direction is known."""
        return float(self._directed["score"][row.Index])

    def guessed(self, row: ScoreRow) -> float:
        """Return what a guesser scores, turned as the score is; NaN where that is unknown."""
        return float(self._directed["chance"][row.Index])

    @cached_property
    def _directed(self) -> dict[str, np.ndarray]:
        on_unit = {"score": self._all["score"], "chance": orientation.on_unit(self._all["chance"], self._all)}
        return {name: orientation.directed(values, self._all) for name, values in on_unit.items()}

    def known(self, row: ScoreRow) -> Known:
        """Return what is known of the items behind one row of ``scores``, as arrays that are made once."""
        if not self.has_items(row):
            return NOTHING
        key = _key(row)
        if key not in self._paired:
            where = self._index[key]
            self._paired[key] = Known.of({name: column[where] for name, column in self._arrays.items()})
        return self._paired[key]

    def only(self, task: str) -> Evidence:
        """Return the evidence of one task; what is known of the items is made once and shared."""
        _ = self._index, self._arrays, self._facts, self.questions
        one = copy(self)
        one.__dict__.pop("by_model", None)
        one.scores = self.scores[self.scores["task"].eq(task)]
        return one

    def origins(self, row: ScoreRow, at: np.ndarray) -> dict[str, list[int]]:
        """Return source file -> lines of some items of one row of ``scores``; items without a file are left out."""
        where = self._index.get(_key(row), np.empty(0, dtype=np.intp))[at]
        codes, names = self._files
        lines_of: dict[str, list[int]] = {}
        for code, line in zip(codes[where], self._arrays["line"][where], strict=True):
            if names[code]:
                lines_of.setdefault(str(names[code]), []).append(int(line))
        return lines_of

    @cached_property
    def _files(self) -> tuple[np.ndarray, np.ndarray]:
        codes, names = pd.factorize(self._items["source_file"].fillna(""))
        return codes, np.asarray(names, dtype=object)

    @cached_property
    def _arrays(self) -> dict[str, np.ndarray]:
        texts = {name: self._items[name].to_numpy(object) for name in ("item_key", "cluster")}
        return texts | {
            name: self._items[name].to_numpy() for name in ("occurrence", "value", "line", "signs", "prompt")
        }


Results = Tables | Evidence  # what analyses take: collected tables, or what was made of them already


class Known(NamedTuple):
    """Items of one score: keys, running number of a repeated key, values, and clusters (None if independent)."""

    keys: np.ndarray
    occurrence: np.ndarray
    values: np.ndarray
    cluster: np.ndarray | None

    @classmethod
    def of(cls, columns: dict[str, np.ndarray]) -> Known:
        """Take the columns of ``items`` as they are, and number the clusters."""
        numbers = clusters(columns["cluster"], columns["line"])
        return cls(columns["item_key"], columns["occurrence"], columns["value"].astype(float), numbers)

    def alike(self, other: Known) -> bool:
        """Return whether these are the same items in the same order, grouped alike."""
        if self.cluster is None or other.cluster is None:
            grouped = self.cluster is other.cluster
        else:
            grouped = np.array_equal(self.cluster, other.cluster)
        return grouped and np.array_equal(self.keys, other.keys) and np.array_equal(self.occurrence, other.occurrence)


NOTHING = Known(np.empty(0, dtype=object), np.empty(0), np.empty(0), None)


def _key(row: ScoreRow) -> Key:
    return (row.run, row.model, row.task_key, row.metric, row.filter)


def label_conditions(scores: pd.DataFrame, primary: bool = True) -> pd.DataFrame:
    """Return a copy whose ``task`` tells apart measurements that one name would mix.

    Where a model has one task twice (0-shot and 5-shot, say), the settings that differ are added to the name;
    ``task_key`` keeps the plain name, ``variant`` what was added. Repeats that differ in nothing are numbered. With
    ``primary`` a task has one score per model, so a differing metric or filter is such a setting too.
    """
    plain = pd.Series("", index=scores.index, dtype="str")
    out = scores.assign(task_key=scores["task"], variant=plain).reset_index(drop=True)
    same = ["task_key"] if primary else ["task_key", "metric", "filter"]
    settings = [*SETTINGS, "metric", "filter"] if primary else SETTINGS
    doubled = out.duplicated(["model", *same], keep=False)
    if not doubled.any():
        return out
    out["definition"] = _numbered(scores)
    twice = out[doubled]
    for _, rows in twice.groupby(same):
        # Definitions that differ only between models are a remark on the comparison, and no other task.
        own = rows.groupby("model")["definition"].nunique().max() > 1
        compared = [name for name in settings if own or name != "definition"]
        differing = [name for name in compared if len(rows[name].drop_duplicates()) > 1]
        places = out.index[(out[same] == rows[same].iloc[0]).all(axis=1)]
        out.loc[places, "variant"] = [_variant(out.loc[at], differing) for at in places]
    repeat = out.groupby(["model", "variant", *same]).cumcount()
    out["variant"] = _joined(out["variant"], [f"(run {k + 1})" if k else "" for k in repeat])
    out["task"] = _joined(out["task_key"], out["variant"])
    return out.drop(columns="definition")


def _joined(texts: pd.Series, more: Iterable[str]) -> pd.Series:
    both = [f"{one} {other}" if one and other else one or other for one, other in zip(texts, more, strict=True)]
    return pd.Series(both, index=texts.index, dtype="str")


def _numbered(scores: pd.DataFrame) -> np.ndarray:
    """Return which definition of its task a score has, from 1 in the order of the rows; "" where none is stated.

    One number for all tasks of a run keeps its tasks together where their hashes would not.
    """
    columns = ["task", "metric", "filter", "task_definition"]
    known = scores.loc[scores["task_definition"] != "", columns].drop_duplicates()
    known["number"] = known.groupby(columns[:3]).cumcount().add(1).astype(str)
    return scores[columns].merge(known, on=columns, how="left")["number"].fillna("").to_numpy()


def _variant(row: pd.Series, differing: list[str]) -> str:
    shown = ", ".join(f"{name}={'-' if pd.isna(row[name]) or row[name] == '' else row[name]}" for name in differing)
    return f"[{cut(shown)}]" if shown else ""


def text_note(*parts: str) -> str:
    """Join the non-empty reasons not to trust a row."""
    return "; ".join(dict.fromkeys(part for part in parts if part))
