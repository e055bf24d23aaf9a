"""Differences of scores of which at least one has no usable items: all pairs at once, from the aggregates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergekit_eval import orientation
from mergekit_eval.compare.engine import UNPAIRED
from mergekit_eval.compare.item_index import Evidence, text_note
from mergekit_eval.compare.pairs import Match
from mergekit_eval.compare.scores import interval
from mergekit_eval.rows import ScoreRow
from mergekit_eval.stats.paired import unpaired_differences, welch

Floats = NDArray[np.float64]
Pair = tuple[ScoreRow, ScoreRow]


def unpaired_rows(evidence: Evidence, matches: Sequence[Match], chosen: list[int], level: float) -> pd.DataFrame:
    """Return what `differences` says of the pairs at the ``chosen`` places; ``diff`` is the gain.

    ``matched`` and ``unmatched`` count the items that were there and could not be used.
    """
    if not chosen:
        return pd.DataFrame()
    pairs = [(matches[at].a, matches[at].b) for at in chosen]
    merge, reference = _sides(evidence, pairs, level)
    difference = unpaired_differences(*merge, *reference, level=level)
    numbers = {name: getattr(difference, name) for name in ("diff", "stderr", "low", "high", "p", "mde")}
    pairings = [evidence.pair(*pair) for pair in pairs]
    parts = zip(chosen, pairings, difference.note, strict=True)
    return pd.DataFrame(
        numbers
        | {
            "n": difference.n if np.isnan(difference.n).any() else difference.n.astype(int),
            "evidence": UNPAIRED,
            "matched": [pairing.matched for pairing in pairings],
            "unmatched": [pairing.only_a + pairing.only_b for pairing in pairings],
            "note": [text_note(*matches[at].remarks, *pairing.notes, note) for at, pairing, note in parts],
        },
        index=chosen,
    )


def unpaired_degrees(evidence: Evidence, pairs: Sequence[Pair], level: float) -> Floats:
    """Return the degrees of freedom (Welch) that `unpaired_rows` gives the limits of pairs of scores."""
    (_, *merge), (_, *reference) = _sides(evidence, pairs, level)
    errors, sizes = zip(merge, reference, strict=True)
    return welch(np.array(errors), np.array(sizes))


def _sides(evidence: Evidence, pairs: Sequence[Pair], level: float) -> list[tuple[Floats, Floats, Floats]]:
    distinct = {row.Index: row for pair in pairs for row in pair}
    errors = {at: interval(evidence, row, level)[2] for at, row in distinct.items()}
    known = evidence.scores.loc[list(errors), ["score", *orientation.COLUMNS, "n"]].assign(error=list(errors.values()))
    return [_side(known.loc[[row.Index for row in rows]]) for rows in zip(*pairs, strict=True)]


def _side(rows: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Return directed score, standard error and number of items of some scores."""
    score = orientation.directed(rows["score"], rows)
    return score, rows["error"].to_numpy(), rows["n"].to_numpy(float, na_value=np.nan)
