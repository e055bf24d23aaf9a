"""One merge and one reference on one task: may they be compared, on which items, and how do they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mergekit_eval import stats
from mergekit_eval.compare.comparability_rules import judged
from mergekit_eval.compare.item_index import Evidence, Key, text_note
from mergekit_eval.compare.pairing import Pairing
from mergekit_eval.compare.shared_units import degrees, separating
from mergekit_eval.rows import ScoreRow
from mergekit_eval.wording import counted


class Contrast(NamedTuple):
    """One merge and one model it is held against; ``relation`` is base, parent or reference."""

    merge: str
    reference: str
    relation: str


class Match(NamedTuple):
    """Two rows of ``scores`` side by side; ``refused`` says why they may not be compared, nothing if they may."""

    who: Contrast
    a: ScoreRow
    b: ScoreRow
    refused: tuple[str, ...]
    remarks: tuple[str, ...]

    @classmethod
    def of(cls, evidence: Evidence, who: Contrast, a: ScoreRow, b: ScoreRow) -> Match:
        """Apply the rules of `comparability`: stricter where one of the two has no items."""
        if (a.metric, a.filter) != (b.metric, b.filter):
            return cls(who, a, b, (f"{a.metric},{a.filter} against {b.metric},{b.filter}",), ())
        findings = judged(evidence.facts(a), evidence.facts(b), evidence.carries(a) and evidence.carries(b))
        refused = tuple(one.message for one in findings if one.level == "refuse")
        return cls(who, a, b, refused, tuple(one.message for one in findings))


class Measured(NamedTuple):
    """The difference a - b over paired items and what it rests on."""

    result: stats.PairedDifference
    matched: int
    unmatched: int
    units: int
    df: float
    note: str


def measured(evidence: Evidence, matches: Sequence[Match], level: float, seed: int) -> dict[int, Measured]:
    """Return the difference of every match that has paired items, by its place; same items are compared at once."""
    out: dict[int, Measured] = {}
    together: dict[Key, list[int]] = {}
    for at, match in enumerate(matches):
        if match.refused or not (evidence.carries(match.a) and evidence.carries(match.b)):
            continue
        if (group := evidence.shared(match.a, match.b)) is not None:
            together.setdefault(group, []).append(at)
        elif (pairing := evidence.pair(match.a, match.b)).matched:
            out[at] = _alone(pairing, level, seed)
    for places in together.values():
        out |= zip(places, _together(evidence, [matches[i] for i in places], level, seed), strict=True)
    return out


def _together(evidence: Evidence, matches: list[Match], level: float, seed: int) -> list[Measured]:
    known = {id(row): evidence.oriented(row) for match in matches for row in (match.a, match.b)}
    place = {key: at for at, key in enumerate(known)}
    pairs = [(place[id(match.a)], place[id(match.b)]) for match in matches]
    values = np.column_stack(list(known.values()))
    clusters = evidence.known(matches[0].a).cluster
    differences = stats.paired_differences(values, pairs, clusters=clusters, level=level, seed=seed)
    units = _units(clusters, len(values))
    apart = [
        _apart(result, values[:, i] - values[:, j], clusters) for result, (i, j) in zip(differences, pairs, strict=True)
    ]
    return [Measured(one, len(values), 0, units, df, "") for one, df in zip(differences, apart, strict=True)]


def _alone(pairing: Pairing, level: float, seed: int) -> Measured:
    result = stats.paired_difference(pairing.a, pairing.b, clusters=pairing.cluster, level=level, seed=seed)
    unmatched = pairing.only_a + pairing.only_b
    partial = (
        f"{counted(pairing.matched, 'item')} matched, {unmatched:,} without a partner left out" if unmatched else ""
    )
    df, units = _apart(result, pairing.a - pairing.b, pairing.cluster), _units(pairing.cluster, pairing.matched)
    return Measured(result, pairing.matched, unmatched, units, df, text_note(*pairing.notes, partial))


def _apart(result: stats.PairedDifference, differences: np.ndarray, clusters: Any) -> float:
    """Return what the error of a paired difference is worth in an average: the units that separate the two models."""
    if clusters is None:
        return degrees((result.wins or 0) + (result.losses or 0))
    return degrees(separating(differences, clusters))


def _units(clusters: Any, n: int) -> int:
    return n if clusters is None else len(np.unique(clusters))
