"""Which item each row of a samples file is, worked out once for all files with the same rows.

Models that answered one task have files that differ in answers and scores only: keys, filters and occurrences, which
take longer than the scores, are remembered.
"""

from __future__ import annotations

import sys
from functools import cached_property
from types import NoneType
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mergekit_eval.readers._base import Problem, problem
from mergekit_eval.readers._lm_eval_passes import occurrences, passes, with_blocks

Columns = dict[str, pa.Array]
Names = tuple[tuple[Any, ...], ...]
# Values of these kinds are equal only where their texts are: 1 == 1.0 == True are three different texts.
_OWN_TEXT = {int, str, NoneType, msgspec.UnsetType}
# Bytes of all layouts that a process remembers, and of the columns of a row.
MOST, ROW = 1 << 24, 136


class Layout:
    """Rows of a samples file, or of a piece of it, without their scores.

    Parameters
    ----------
    columns : dict
        line, doc_id, filter, key, cluster and prompt of every row.
    hashed : bool
        Whether keys are hashes of documents that the file states.
    """

    def __init__(self, columns: Columns, hashed: bool) -> None:
        self.columns, self.hashed = columns, hashed
        self._repeated: dict[int, Columns] = {}

    def __len__(self) -> int:
        return len(self.columns["line"])

    @cached_property
    def rows(self) -> Rows:
        """Which rows count, and what they are."""
        base = dict(self.columns)
        keep, blocks, problems = passes(base)
        if self.hashed and len(base["key"].dictionary) == 1 < len(base["doc_id"].dictionary):
            base["key"] = pc.binary_join_element_wise("id:", base["doc_id"].cast(pa.string()), "").dictionary_encode()
            problems.append(problem("note", "every item has the same doc_hash: told apart by doc_id instead"))
        occurrence = occurrences(base, blocks, keep)
        if repeated := np.count_nonzero(occurrence):
            problems.append(problem("note", f"{repeated} items repeat another item's text; kept, numbered"))
        base |= {"occurrence": pa.array(occurrence), "filter": with_blocks(base["filter"], blocks)}
        return Rows(base, keep, int(blocks.max()) + 1 if len(blocks) else 0, problems)

    def at(self, rows: np.ndarray) -> Columns:
        """Return the columns of some rows, in their order."""
        return {name: _taken(column, rows) for name, column in self.rows.columns.items()}

    def repeated(self, times: int) -> Columns:
        """Return the columns of all rows, several times over."""
        if times not in self._repeated:
            self._repeated[times] = self.at(np.tile(np.arange(len(self)), times))
        return self._repeated[times]


class Rows(NamedTuple):
    """The columns with occurrence and numbered filters, which rows count, the number of blocks, and what was found."""

    columns: Columns
    keep: np.ndarray
    blocks: int
    problems: list[Problem]


def _taken(column: pa.Array, rows: np.ndarray) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(np.asarray(column.indices)[rows], column.dictionary)
    return pa.array(np.asarray(column)[rows])


def joined(layouts: list[Layout]) -> Layout:
    """Return the pieces of one file as one."""
    if len(layouts) == 1:
        return layouts[0]
    pieces = [layout.columns for layout in layouts]
    columns = {name: pa.chunked_array([piece[name] for piece in pieces]).combine_chunks() for name in pieces[0]}
    return Layout(columns, layouts[0].hashed)


class Remembered(NamedTuple):
    """A layout, the numbers and the names of its rows, and the places of the names that are numbers somewhere."""

    layout: Layout
    lines: np.ndarray
    names: Names
    numeric: list[int]


class Known:
    """Layouts of the files read last; the ``names`` of rows are their doc_id, filter, doc_hash and prompt_hash."""

    def __init__(self, most: int = MOST) -> None:
        self.most, self.size = most, 0
        self._layouts: dict[tuple[Any, ...], Remembered] = {}

    def find(self, lines: np.ndarray, names: Names) -> Layout | None:
        """Return the layout of these rows, None where it is not known."""
        known = self._layouts.get(_brief(names))
        if known is None or names != known.names or not np.array_equal(lines, known.lines):
            return None
        # What equals a text is that text; what equals a number may be one of another kind.
        return known.layout if all(_kinds(names[place]) <= _OWN_TEXT for place in known.numeric) else None

    def keep(self, lines: np.ndarray, names: Names, layout: Layout) -> None:
        """Remember a layout, in place of all others where they are too large."""
        kinds = list(map(_kinds, names))
        size = ROW * len(lines) + sum(sum(map(sys.getsizeof, column)) for column in names)
        if size > self.most or not set().union(*kinds) <= _OWN_TEXT:
            return
        if self.size + size > self.most:
            self._layouts.clear()
            self.size = 0
        self.size += size
        numeric = [place for place, found in enumerate(kinds) if int in found]
        self._layouts[_brief(names)] = Remembered(layout, lines, names, numeric)


def _kinds(column: tuple[Any, ...]) -> set[type]:
    return set(map(type, column))


def _brief(names: Names) -> tuple[Any, ...]:
    """Return what tells the rows of most files apart at once: their number, and the first and the last of them."""
    ends = [column[place] for column in names for place in (0, -1)]
    return len(names[0]), *(end if isinstance(end, str | int) else None for end in ends)
