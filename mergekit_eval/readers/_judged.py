"""What readers of judgments share: on which benchmark, who judged, repeated rows, models judged on fewer questions."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from mergekit_eval.readers._base import Problem, number, problem, shown
from mergekit_eval.readers._files import decimal


class Dated(Protocol):
    """A judgment with its place in the file and the time it was made."""

    @property
    def line(self) -> int:
        """Row of the file."""

    @property
    def stamp(self) -> float:
        """Unix seconds, -1 where unknown."""


Row = TypeVar("Row", bound=Dated)


def benchmark(path: Path) -> str:
    """Return the benchmark of a file of judgments by FastChat's folders, ``mt_bench`` where they do not tell.

    The tool writes data/<benchmark>/model_judgment/<file>. Of other folders above model_judgment only one that is
    called a bench counts: people sort such files by model too.
    """
    folder = path.absolute().parent
    above = folder.parent
    told = folder.name == "model_judgment" and (above.parent.name == "data" or "bench" in above.name.lower())
    return above.name if told and above.name else "mt_bench"


def judge_name(judge: Any) -> str:
    """Return the judge model of ``[judge, prompt]``, of a plain name, or "" where there is none."""
    name = judge[0] if isinstance(judge, list) and judge else judge
    return name if isinstance(name, str) else ""


def stamp_of(row: Mapping[str, Any]) -> float:
    """Return when a judgment was made in unix seconds, -1 where the file does not say."""
    stamp = number(row.get("tstamp"))
    return -1.0 if stamp is None or math.isnan(stamp) else stamp


def latest(rows: Sequence[Row], key: Callable[[Row], Hashable], problems: list[Problem]) -> list[Row]:
    """Return the newest row (by ``stamp``, then by place) of every key; repetitions become one problem.

    The judges' files are opened in append mode, so a second run leaves the first one in place.
    """
    kept: dict[Hashable, Row] = {}
    for row in rows:
        old = kept.get(key(row))
        if old is None or row.stamp >= old.stamp:
            kept[key(row)] = row
    if len(kept) < len(rows):
        message = f"{len(rows) - len(kept)} judgments are repeated; the newest of each is used"
        problems.append(problem("repeated", message, "a second run was appended; remove the first if it is not wanted"))
    return sorted(kept.values(), key=lambda row: row.line)


def rated(
    rows: Iterable[tuple[int, str, Any, Mapping[str, Any]]], problems: list[Problem]
) -> Iterator[tuple[str, float, Mapping[str, Any]]]:
    """Yield (model, rating, row) of (row number, model, cell of the rating, row); every model once.

    A row without a model or a number, or of a model that stands above, is named and left out.
    """
    seen: set[str] = set()
    for line, model, raw, row in rows:
        value = decimal(raw.strip()) if isinstance(raw, str) else number(raw)
        if not model or value is None or model in seen:
            what = "named twice" if model in seen else f"without a model or a number ({shown(raw)})"
            problems.append(problem("repeated" if model in seen else "bad-value", f"row {line}: {shown(model)} {what}"))
            continue
        seen.add(model)
        yield model, value, row


def uncovered(found: Mapping[str, set[Any]], what: str, full: int | None = None) -> list[Problem]:
    """Return a problem for every model that lacks questions which another model of the file has.

    Parameters
    ----------
    found : mapping
        What each model was judged on.
    what : str
        Word for it in the message.
    full : int, optional
        How many the benchmark has, where that is known.
    """
    every = max(len(set().union(*found.values())), full or 0)
    gaps = {name: every - len(own) for name, own in found.items() if len(own) < every}
    return [
        problem("incomplete", f"{name}: {gap} of {every} {what} are missing", "compare on the common ones")
        for name, gap in gaps.items()
    ]
