"""What every reader shares: the look at a file before it is read, what a reader returns, and the words for problems.

A reader is a module of this folder without a leading underscore; adding a format is adding one module with

``NAME``
    the name of the format in the census and in messages;
``KINDS``
    the kinds of content (`Head.kind`) it may claim; it is asked about no others;
``claims(head) -> bool | str``
    True: read it. A text: this is a known relative of the format that must not be read, and why. False: not mine.
    Decided by content (`Head.first`, `Head.document`, `Head.columns`); a name may only break a tie;
``LAST`` (only where it is True)
    it takes what no other reader knows, and is asked only where no other has claimed or refused the file;
``read(path, head, ctx) -> Readout``
    the rows. It may raise `Refused`; any other exception becomes a problem too, so it needs no catch-all of its own.

Score rows are dicts with columns of `schema.SCORES`. `collect` fills ``run``, ``role``, ``source_file``, ``primary``
and everything the registry knows (direction, chance, scale, capability, today's task name, missing n). A reader gives
at least ``tool, task_name, metric, value`` and whatever else the file itself says: ``model_name`` (empty where the file
names no model), ``model`` only where the file distinguishes conditions of one name (revision, adapter), and
``higher_is_better`` if the file states it. ``n_from="unknown"`` without ``n`` keeps the registry's full count away.
``known_as`` is the name to look a task up by where the file decorates it. ``scale`` is given where the format or the
file says it; `RATE` where a table leaves open whether shares or percentages are written (see `collect.scales`);
``part`` names the table of a text that a row stands in (see `_parts`).

Items are one Arrow table or record batch with the columns of `ITEM_COLUMNS` (``model_name`` only in files that hold
several models, ``filter``, ``occurrence``, ``cluster`` may be absent; ``signs`` are the bits of `signs.facts` and
``prompt`` a number of the prompt; both may be absent). No text of prompts or answers.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from mergekit_eval.readers._head import Head
from mergekit_eval.readers._limits import MEMORY_SWITCH, SECONDS_SWITCH, OverLimit
from mergekit_eval.registry import Registry

RATE = "rate"
Problem = dict[str, str]
ITEM_COLUMNS = {
    "model_name": pa.string(),
    "task_name": pa.string(),
    "metric": pa.string(),
    "filter": pa.string(),
    "item_key": pa.string(),
    "occurrence": pa.int32(),
    "doc_id": pa.string(),
    "value": pa.float64(),
    "cluster": pa.string(),
    "line": pa.int64(),
    "signs": pa.int32(),
    "prompt": pa.int64(),
}

PROBLEM_KINDS = {
    "unread": "no reader knows the content",
    "refused": "a known format that must not be read as it stands",
    "broken": "the bytes are not what the format demands (bad JSON, wrong type)",
    "limit": "the file would take more memory or time than one file may",
    "outside": "a link leads out of the folder that is collected",
    "truncated": "the file ends in the middle of a row",
    "pointer": "a git-lfs pointer stands where the file should be",
    "bad-value": "a value that is no number where a number must be",
    "not-finite": "a score or an item is NaN or infinite",
    "repeated": "one file holds the same rows twice",
    "duplicate": "the same measurement is found in several files",
    "disagreement": "two places state different values for the same thing",
    "scale": "it cannot be said whether a score is on 0-1 or on 0-100",
    "incomplete": "rows that should be there are missing",
    "no-primary": "the file leaves open which metric stands for the task",
    "identity": "one name hides several models, or several names one model",
    "lineage": "the origin of a merge is understood in part, or a recipe belongs to no model",
    "link": "it cannot be said which run a file belongs to",
    "note": "something a reader of the table should know",
}

# What to do where a problem says nothing better.
TODO = {
    "unread": "if it holds results, convert it to a format of docs/formats.md; else leave it out",
    "refused": "convert or complete it as the message says, or leave it out",
    "broken": "fetch or make the file again",
    "limit": f"split it, convert it to JSON Lines or CSV, or raise the limit: {MEMORY_SWITCH}, {SECONDS_SWITCH}",
    "outside": "collect the folder that it leads to as well, or copy what it leads to",
    "truncated": "repeat the run; the rows before the cut are kept",
    "pointer": "fetch the file itself with git lfs pull",
    "bad-value": "look at the file; the value is left out",
    "not-finite": "look at the item or the run; it is kept and never compared",
    "repeated": "look at the file: was it written twice?",
    "duplicate": "remove the run that does not count",
    "disagreement": "look at both places",
    "scale": "state its scale in params/metrics.yaml",
    "incomplete": "compare only on what is there, or finish the run",
    "no-primary": "name the metric in params/metrics.yaml",
    "identity": "list the names that are one model under models.<name>.ids of a study",
    "lineage": "state method, parents and base of the merge in a study",
    "link": "put the files of one run into one folder",
    "note": "nothing",
}

# A row for `schema.SCORES`, of whose columns a reader gives those that its file states.
ScoreRow = dict[str, Any]


class Refused(Exception):
    """Raised by a reader that understands the file and must not read it; the text says why and what to do."""


class Skipped(Exception):
    """Raised by a reader that knows the file to be no result at all; the text says what it is."""

    def __init__(self, reason: str, facts: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.facts = facts or {}


class Context(NamedTuple):
    """What a reader may look up: nothing but the registry of facts."""

    registry: Registry


@dataclass(frozen=True)
class Readout:
    """What one file holds.

    Parameters
    ----------
    scores : list of dict
        Rows for `schema.SCORES`.
    items : pyarrow.Table, pyarrow.RecordBatch or None
        Rows with `ITEM_COLUMNS`.
    problems : list of dict
        Made by `problem`.
    facts : dict
        JSON-able facts that join this file with others (e.g. time stamp of a samples file); free for the reader.
    """

    scores: list[ScoreRow]
    items: pa.Table | pa.RecordBatch | None = None
    problems: list[Problem] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


class Reader(Protocol):
    """The interface of a reader module."""

    NAME: str
    KINDS: tuple[str, ...]

    def claims(self, head: Head) -> bool | str:
        """Say whether the file is of this format."""

    def read(self, path: Path, head: Head, ctx: Context) -> Readout:
        """Return the rows of the file."""


def problem(kind: str, message: str, todo: str = "", task: str = "") -> Problem:
    """Return one row for `schema.PROBLEMS` (`collect` adds the file).

    Parameters
    ----------
    kind, message, todo : str
        A word of `PROBLEM_KINDS`, what was found, and what to do ("" for the usual of its kind).
    task : str
        Where the same may be said of many tasks, the one it is said of: `collect` makes one row of them all.

    Raises
    ------
    KeyError
        If ``kind`` is not one of `PROBLEM_KINDS`.
    """
    if kind not in PROBLEM_KINDS:
        raise KeyError(f"unknown kind of problem {kind!r}; allowed: {sorted(PROBLEM_KINDS)}")
    return {"kind": kind, "message": message, "todo": todo} | ({"task": task} if task else {})


def shown(value: object, limit: int = 120) -> str:
    """Return ``repr`` of a value found in a file, cut, so that hostile text cannot break or flood a message."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def number(value: object) -> float | None:
    """Return a JSON number as float (NaN and infinities too), None for everything else, booleans included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def truth(value: object) -> float | None:
    """Return an item's score as float: numbers, booleans and the texts "True"/"False" that older tools write."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return {"true": 1.0, "false": 0.0}.get(value.strip().lower())
    return number(value)


def item_table(columns: dict[str, list[Any]]) -> pa.Table:
    """Return an items table from plain lists, with the types of `ITEM_COLUMNS`."""
    return pa.table({name: pa.array(values, ITEM_COLUMNS[name]) for name, values in columns.items()})


@cache
def readers() -> tuple[ModuleType, ...]:
    """Return every reader module of this folder, by name."""
    import mergekit_eval.readers as package

    found = sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    return tuple(importlib.import_module(f"{package.__name__}.{name}") for name in found)


@cache
def readers_of(kind: str) -> tuple[ModuleType, ...]:
    """Return the readers that may claim content of a kind."""
    return tuple(reader for reader in readers() if kind in reader.KINDS)


def choose(head: Head) -> tuple[ModuleType | None, str]:
    """Return the reader of a file and an empty reason, or None / the refusing reader and the reason.

    Two readers that both claim one file are an error of this package, and reported as a refusal that names both.

    Raises
    ------
    OverLimit, MemoryError
        If already the look at the file takes more than it may.
    """
    reason = ""
    for last in (False, True):
        claimed, refusals, failed = _answers(head, last)
        reason = reason or failed
        if len(claimed) == 1:
            return claimed[0], ""
        if claimed:
            return claimed[0], f"claimed by several readers: {[reader.NAME for reader in claimed]}"
        if refusals:
            return refusals[0]
    return None, reason or head.reason


def _answers(head: Head, last: bool) -> tuple[list[ModuleType], list[tuple[ModuleType, str]], str]:
    """Return which readers claim a file, which refuse it and why, and what went wrong with the first that failed."""
    claimed: list[ModuleType] = []
    refusals: list[tuple[ModuleType, str]] = []
    failed = ""
    for reader in (one for one in readers_of(head.kind) if getattr(one, "LAST", False) == last):
        try:
            answer = reader.claims(head)
        except (OverLimit, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - one reader that stumbles over content must not hide it from the others
            failed = failed or f"{reader.NAME} stumbled over it: {type(error).__name__}: {error}"[:200]
            continue
        if isinstance(answer, str) and answer:
            refusals.append((reader, answer))
        elif answer:
            claimed.append(reader)
    return claimed, refusals, failed
