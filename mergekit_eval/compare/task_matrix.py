"""Several models on one task: their means, how these vary together, and the items where there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergekit_eval.compare.comparability_rules import judged
from mergekit_eval.compare.engine import PAIRED, PSEUDO, UNPAIRED, evidence_of
from mergekit_eval.compare.item_index import Evidence, text_note
from mergekit_eval.compare.scores import standard_error
from mergekit_eval.compare.shared_units import Asked, degrees, separating
from mergekit_eval.rows import ScoreRow
from mergekit_eval.wording import share_of

Floats = NDArray[np.float64]


class Block(NamedTuple):
    """Models side by side on one task, turned so that higher is better.

    Parameters
    ----------
    models : tuple of str
        Those that may be compared with the first, the first included.
    means : (m,)
        Their scores.
    cov : (m, m)
        Covariance of the means: paired over shared items, zero towards a model that has only an aggregate. Each share
        has half an item of variance more (`PSEUDO`), for ratios and single means close to 0 and 1.
    extra : (m,)
        That half item, which the difference of two models does not have.
    values : (n, m) or None
        Scores of the shared items; a column of NaN for a model without items.
    clusters : (n,) or None
        Items of one number belong together.
    places : (n,) or None
        Where each item stands among the items of the first model.
    rows : tuple
        The rows of ``scores``.
    n : int or None
        Items behind the means.
    df : float
        Degrees of freedom of the covariance; infinite for aggregates.
    chance : float
        Score of a guesser; NaN where unknown.
    absent : dict
        Model -> why it is not here.
    note : str
        What to know before trusting the numbers.
    partial : bool
        Whether items are left out because not all models with items have them.
    questions : (n,) or None
        Number of the source question of each item, see `Asked`.
    """

    models: tuple[str, ...]
    means: Floats
    cov: Floats
    extra: Floats
    values: Floats | None
    clusters: NDArray[np.intp] | None
    places: NDArray[np.intp] | None
    rows: tuple[ScoreRow, ...]
    n: int | None
    df: float
    chance: float
    absent: dict[str, str]
    note: str
    partial: bool = False
    questions: NDArray[np.intp] | None = None

    @property
    def paired(self) -> bool:
        """Whether the first model and every other one are compared item by item."""
        return self.values is not None and bool(np.isfinite(self.values).all())

    @property
    def with_items(self) -> NDArray[np.bool_]:
        """Which models have the shared items, the others being held against them by their aggregates."""
        if self.values is None:
            return np.zeros(len(self.models), dtype=bool)
        return np.asarray(np.isfinite(self.values).all(axis=0))

    def separates(self, one: int, other: int) -> bool:
        """Return whether two models differ on some item, or have no items to tell."""
        return self.values is None or bool((self.values[:, one] != self.values[:, other]).any())

    def evidence(self, places: Sequence[int]) -> str:
        """Return what the first model's comparison with those at ``places`` rests on."""
        whole = [self.values is not None and bool(np.isfinite(self.values[:, [0, at]]).all()) for at in places]
        return evidence_of(PAIRED if one else UNPAIRED for one in whole)

    def only(self, models: Sequence[str]) -> Block:
        """Return some of the models beside one another."""
        at = [self.models.index(name) for name in models]
        values = None if self.values is None else self.values[:, at]
        rows = tuple(self.rows[place] for place in at)
        return self._replace(
            models=tuple(models), means=self.means[at], cov=self.cov[np.ix_(at, at)], extra=self.extra[at],
            values=values, rows=rows,
        )  # fmt: skip

    def contrast(self, weights: Floats) -> tuple[float, float, float]:
        """Return a weighted sum of the means, its standard error and its degrees of freedom.

        A difference (weights of sum zero) has the error of the paired differences and is worth the units that separate
        the models; where none does, half an item for each model stands in.
        """
        at = np.flatnonzero(weights)  # two of a thousand models, often
        w, cov = np.asarray(weights, dtype=float)[at], self.cov[at[:, None], at]
        value, variance = float(w @ self.means[at]), float(w @ cov @ w)
        if abs(w.sum()) > 1e-9:
            return value, float(np.sqrt(max(variance, 0.0))), self.df
        half = float(w**2 @ self.extra[at])
        plain = variance - half
        none = plain <= 1e-12 * float(w**2 @ np.diag(cov))
        return value, float(np.sqrt(half if none else plain)), self._worth(w, at)

    def _worth(self, weights: Floats, at: NDArray[np.intp]) -> float:
        if self.values is None or not np.isfinite(self.values[:, at]).all():
            return float(np.inf)
        return degrees(separating(self.values[:, at] @ weights, self.clusters))

    def asked(self, mix: Floats) -> Asked | None:
        """Return weighted sums of the models item by item; None where a model has no items, or no other task asks any.

        Parameters
        ----------
        mix : (k, m)
            Weights of the models in each sum.
        """
        at = (mix != 0).any(axis=0)
        if self.questions is None or self.values is None or not np.isfinite(self.values[:, at]).all():
            return None
        difference = bool((np.abs(mix.sum(axis=1)) <= 1e-9).all())
        return Asked(self.values[:, at] @ mix[:, at].T, self.questions, self.clusters, difference)


def block(evidence: Evidence, rows: Mapping[str, Any], level: float) -> Block:
    """Return models side by side; whatever may not stand beside the first is named in ``absent`` with its reason."""
    names = [name for name, row in rows.items() if row is not None]
    first, absent = rows[names[0]], {name: "not evaluated on this task" for name, row in rows.items() if row is None}
    kept, notes = [first], []
    for name in names[1:]:
        why, remark = _refusal(evidence, first, rows[name])
        notes.append(remark)
        if why:
            absent[name] = why
        else:
            kept.append(rows[name])
    return _made(evidence, kept, absent, notes, level)


def _refusal(evidence: Evidence, first: ScoreRow, row: ScoreRow) -> tuple[str, str]:
    if (row.metric, row.filter) != (first.metric, first.filter):
        return f"{row.metric},{row.filter} against {first.metric},{first.filter}", ""
    found = judged(evidence.facts(first), evidence.facts(row), evidence.carries(first) and evidence.carries(row))
    refused = [finding.message for finding in found if finding.level == "refuse"]
    return "; ".join(refused), text_note(*(f.message for f in found if f.level == "label"))


def _made(evidence: Evidence, rows: list[ScoreRow], absent: dict[str, str], notes: list[str], level: float) -> Block:
    first = rows[0]
    at = [evidence.carries(row) for row in rows]
    values, clusters, places, remark, partial = _items(evidence, rows, at) if at[0] else (None, None, None, "", False)
    means = np.array([evidence.directed(row) for row in rows])
    lone = [not has or values is None for has in at]
    extra = np.array([_half_item(row) if alone else 0.0 for row, alone in zip(rows, lone, strict=True)])
    errors = [standard_error(evidence, row, level) if alone else 0.0 for row, alone in zip(rows, lone, strict=True)]
    cov = np.diag(np.square(errors) + extra)
    n, df = (None if pd.isna(first.n) else int(first.n)), np.inf
    if values is not None:
        here = np.isfinite(values).all(axis=0)
        means[here] = values[:, here].mean(axis=0)
        cov[np.ix_(here, here)], extra[here], df = covariance(values[:, here], clusters)
        n = len(values)
    names = tuple(row.model for row in rows)
    single = [row.model for row, alone in zip(rows, lone, strict=True) if alone]
    bare = f"only aggregates of {', '.join(single)}: not paired" if single and len(rows) > 1 else ""
    questions = evidence.questions.of(first)
    return Block(
        names, means, cov, extra, values, clusters, places, tuple(rows), n, df, evidence.guessed(first), absent,
        text_note(*notes, remark, bare), partial,
        None if questions is None or places is None else questions[places],
    )  # fmt: skip


def _half_item(row: ScoreRow) -> float:
    share = row.scale != "natural" and not pd.isna(row.n) and row.n > 0
    return PSEUDO / float(row.n) ** 2 if share else 0.0


def covariance(values: Floats, clusters: NDArray[np.intp] | None) -> tuple[Floats, Floats, float]:
    """Return the covariance of column means, what of it is half an item, and its degrees of freedom (units - 1).

    Clusters are CR1. Columns of 0 and 1 get half an item of variance more, see `PSEUDO`.
    """
    n = len(values)
    residuals = values - values.mean(axis=0)
    if clusters is not None and clusters.max() + 1 < n:
        sums = np.zeros((int(clusters.max()) + 1, values.shape[1]))
        np.add.at(sums, clusters, residuals)
        residuals = sums
    units = len(residuals)
    if units < 2:
        return np.full((values.shape[1],) * 2, np.nan), np.zeros(values.shape[1]), 0.0
    binary = ((values == 0) | (values == 1)).all(axis=0)
    extra = np.where(binary, PSEUDO / n**2, 0.0)
    return residuals.T @ residuals * units / (units - 1) / n**2 + np.diag(extra), extra, units - 1.0


def _items(evidence: Evidence, rows: list[ScoreRow], has: list[bool]) -> tuple[Any, Any, Any, str, bool]:
    """Return values, clusters and places of the items that all share, a remark, and whether some are left out."""
    alone = evidence.pair(rows[0], rows[0])
    pairings = {i: evidence.pair(rows[0], rows[i]) for i in range(1, len(rows)) if has[i]}
    values = np.full((alone.matched, len(rows)), np.nan)
    values[:, 0] = alone.a
    if all(p.matched == alone.matched and not p.only_b for p in pairings.values()):
        for i, p in pairings.items():
            values[:, i] = p.b
        note = text_note(*(note for p in pairings.values() for note in p.notes))
        return values, alone.cluster, np.arange(alone.matched), note, False
    return _joined(alone, pairings, len(rows))


def _joined(alone: Any, pairings: dict[int, Any], width: int) -> tuple[Any, Any, Any, str, bool]:
    values = np.full((alone.matched, width), np.nan)
    values[:, 0] = alone.a
    shared = np.ones(alone.matched, dtype=bool)
    for i, p in pairings.items():
        values[p.places, i] = p.b
        shared &= np.isin(np.arange(alone.matched), p.places)
    note = f"{share_of(shared.sum(), alone.matched, 'item')} shared by all"
    if not shared.any():
        return None, None, None, "no item is shared by all", True
    clusters = None if alone.cluster is None else pd.factorize(alone.cluster[shared])[0]
    return values[shared], clusters, np.flatnonzero(shared), note, True
