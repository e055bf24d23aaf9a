"""From the rows of single files to the frame that identity and re-runs are decided on."""

from __future__ import annotations

from itertools import repeat
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval.rows import grouped
from mergekit_eval.schema import SCORES, conform, names

EXTRA = ["file", "row", "has_items"]


def score_frame(rows: list[dict[str, Any]], itemed: set[int]) -> pd.DataFrame:
    """Return rows (with ``file``, the relative name) as a frame of `SCORES` and `EXTRA`.

    ``row`` is the place of a row; ``has_items`` whether its ``id`` is among ``itemed``.
    """
    columns: dict[str, list[Any]] = {c.name: list(map(dict.get, rows, repeat(c.name))) for c in SCORES}
    runs = _runs({row["file"] for row in rows})
    columns["run"] = [runs[row["file"]] for row in rows]
    frame = conform(pd.DataFrame(columns, columns=names("scores")), "scores")
    frame["file"] = pd.Series([row["file"] for row in rows], index=frame.index, dtype="str")
    frame["row"] = np.arange(len(rows))
    frame["has_items"] = np.fromiter((id(row) in itemed for row in rows), bool, len(rows))
    return frame


def _runs(files: set[str]) -> dict[str, str]:
    """Return the run of each file: its name without ending, with it where two files would share a run."""
    stems = grouped(files, lambda file: str(PurePosixPath(file).with_suffix("")))
    return {file: stem if len(same) == 1 else file for stem, same in stems.items() for file in same}
