"""Intervals that hold together: the same sign flips of the items for all comparisons of a family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from mergekit_eval import stats, tables
from mergekit_eval.compare.engine import PAIRED, UNPAIRED
from mergekit_eval.compare.item_index import Evidence, Key, Results
from mergekit_eval.compare.multiplicity import check, members
from mergekit_eval.compare.shared_units import Asked, Ints, Shared, outside, shared_units, unit_sums
from mergekit_eval.compare.unpaired import unpaired_degrees
from mergekit_eval.rows import ScoreRow
from mergekit_eval.shares import shares_checked
from mergekit_eval.stats.binary import newcombe
from mergekit_eval.stats.intervals import unseen_limits
from mergekit_eval.stats.joint import FamilyT
from mergekit_eval.stats.resample import Draws, pair_moments
from mergekit_eval.wording import counted

Floats = NDArray[np.float64]
SHARED, ALONE = "max-T", "Bonferroni"
NO_BOUND = FamilyT(np.empty((0, 0)), None, None)


class Place(NamedTuple):
    """The place of a row of the table among the shared items: block of items, pair of models."""

    row: int
    block: int
    pair: int


class SharedItems:
    """The comparisons of a table that are over the same items in full, ready to be redrawn together.

    Parameters
    ----------
    evidence : Evidence
        What the table was made from.
    table : DataFrame
        From `differences`.
    seed : int
        Of the sign flips.
    draws : int
        How many.
    """

    def __init__(self, evidence: Evidence, table: pd.DataFrame, seed: int, draws: int) -> None:
        self.seed, self.draws = seed, draws
        self.places: list[Place] = []
        self.values: list[Floats] = []
        self.clusters: list[Any] = []
        self.questions: list[Ints | None] = []
        self._blocks: dict[Key, int] = {}
        self._pairs: dict[tuple[int, int], int] = {}
        models = list(dict.fromkeys([*table["merge"], *table["reference"]]))
        self._model = {name: at for at, name in enumerate(models)}
        whole = table["p"].notna() & table["evidence"].eq(PAIRED) & table["unmatched"].eq(0)
        who = list(zip(table["merge"], table["reference"], table["task"], strict=True))
        for at in np.flatnonzero(whole.to_numpy()).tolist():
            merge, reference, task = who[at]
            self._add(evidence, at, evidence.by_model[merge][task], evidence.by_model[reference][task])

    def _add(self, evidence: Evidence, at: int, a: ScoreRow, b: ScoreRow) -> None:
        if (key := evidence.shared(a, b)) is None:
            return
        sides = evidence.oriented(a), evidence.oriented(b)
        if key not in self._blocks:
            self._blocks[key] = len(self.values)
            self.values.append(np.full((len(sides[0]), len(self._model)), np.nan))
            self.clusters.append(evidence.known(a).cluster)
            self.questions.append(evidence.questions.of(a))
        block, pair = self._blocks[key], (self._model[a.model], self._model[b.model])
        for model, values in zip(pair, sides, strict=True):
            self.values[block][:, model] = values
        self.places.append(Place(at, block, self._pairs.setdefault(pair, len(self._pairs))))

    @cached_property
    def _drawn(self) -> tuple[Any, Any, Any]:
        pairs = np.array(list(self._pairs), dtype=np.intp)
        sides = zip(self.values, self.questions, self.clusters, strict=True)
        groups, units = shared_units([Asked(*one) for one in sides]), list(self.clusters)
        for group in groups:
            for at, ids in zip(group.places, group.units, strict=True):
                units[at] = np.unique(ids, return_inverse=True)[1]
        return self._flipped(groups), pair_moments(self.values, pairs, units), pairs

    def _flipped(self, groups: Sequence[Shared]) -> Draws:
        """Return joint sign flips of all blocks; a question has one sign in all blocks that ask it."""
        if not groups:
            return self._flips(self.values, self.clusters, 0)
        flip = np.empty((len(self.values), self.draws, len(self._model)), dtype=np.float32)
        if alone := outside(groups, len(self.values)):
            flip[alone] = self._flips([self.values[at] for at in alone], [self.clusters[at] for at in alone], 0)
        for stream, group in enumerate(groups, 1):
            known = [np.nan_to_num(self.values[at]) for at in group.places]
            sums = [unit_sums(one, ids, group.size) for one, ids in zip(known, group.units, strict=True)]
            (drawn,) = self._flips([np.hstack(sums)], [None], stream)
            flip[group.places] = np.split(drawn, len(sums), axis=1)
        return flip

    def _flips(self, values: Sequence[Floats], clusters: Sequence[Any], stream: int) -> Draws:
        seed = np.random.SeedSequence([self.seed, stream]) if stream else self.seed
        return stats.flip_draws(values, clusters=clusters, n_resamples=self.draws, seed=seed, workers=2)

    def family(self, rows: NDArray[np.bool_], level: float) -> tuple[dict[int, float], FamilyT]:
        """Return row -> max-T p for those of ``rows`` that share items, and the bound (`FamilyT`)."""
        shared = [place for place in self.places if rows[place.row]]
        if not shared:
            return {}, NO_BOUND
        flip, moments, pairs = self._drawn
        chosen = np.zeros(moments.diff.shape, dtype=bool)
        for place in shared:
            chosen[place.block, place.pair] = True
        bound = stats.family_max_t(flip, moments, pairs, chosen, level=level)
        return {place.row: float(bound.p[place.block, place.pair]) for place in shared}, bound

    @cached_property
    def binary(self) -> set[int]:
        """Rows whose items are right or wrong and independent."""
        alone = [ids is None or len(np.unique(ids)) == len(ids) for ids in self.clusters]
        plain = [((v == 0) | (v == 1)).all(axis=0) & one for v, one in zip(self.values, alone, strict=True)]
        pairs = list(self._pairs)
        return {place.row for place in self.places if plain[place.block][list(pairs[place.pair])].all()}


@tables.makes("joint")
@shares_checked
def simultaneous(
    collection: Results,
    table: pd.DataFrame,
    *,
    alpha: float = 0.05,
    family: str = "all",
    seed: int = 0,
    draws: int = 10_000,
) -> pd.DataFrame:
    """Return the differences with intervals that hold for all comparisons of a family at once.

    Parameters
    ----------
    collection : Collection
        What was read.
    table : DataFrame
        From `differences`.
    alpha : float
        Chance that any interval of a family misses its true difference, at most.
    family : {"all", "merge", "task", "relation"}
        Which comparisons hold together.
    seed, draws : int
        Of the joint sign flips.

    Returns
    -------
    DataFrame
        The table with ``joint_low`` and ``joint_high`` (of ``gain``), ``joint_level`` (what each has on its own),
        ``joint_from`` and ``p_joint``. Where the models share all items, the bound is the quantile of the largest
        studentised difference over joint sign flips (max-T), which knows how much the comparisons move together; right
        and wrong answers get Newcombe's interval at the level of that bound, graded ones that many standard errors.
        The rest gets Bonferroni; a family of both kinds divides alpha between them by their numbers.

    Raises
    ------
    DataError
        For a family that is not known.
    """
    check(family, "holm")
    evidence, out = Evidence.of(collection), table.reset_index(drop=True)
    shared = SharedItems(evidence, out, seed, draws)
    parts: list[pd.DataFrame] = [tables.empty("joint")[tables.columns("joint")]]
    measured = out.assign(df=_degrees(evidence, out, 1 - alpha))
    for name, rows in members(out, family):
        parts += [part.assign(family=name) for part in _family(measured, rows.to_numpy(), shared, alpha)]
    joint = pd.concat(parts).reindex(out.index)[tables.columns("joint")]
    return pd.concat([out, joint.fillna({"family": "", "joint_from": ""})], axis=1)


def _degrees(evidence: Evidence, table: pd.DataFrame, level: float) -> Floats:
    """Return what the limits of each comparison have: Welch's for aggregates, as those of the comparison alone."""
    n = table["n"].to_numpy(float, na_value=np.nan)
    df = np.where(n >= 2, n - 1, np.inf)
    places = np.flatnonzero(table["evidence"].eq(UNPAIRED))
    if len(places):
        sides = table.iloc[places][["merge", "reference", "task"]].to_numpy(object)
        pairs = [(evidence.by_model[merge][task], evidence.by_model[other][task]) for merge, other, task in sides]
        df[places] = unpaired_degrees(evidence, pairs, level)
    return df


def _family(out: pd.DataFrame, rows: NDArray[np.bool_], shared: SharedItems, alpha: float) -> Iterator[pd.DataFrame]:
    """Yield the joint limits of those of a family that share items, and of the others, under their places."""
    size = int(rows.sum())
    if not size:
        return
    together = sum(bool(rows[place.row]) for place in shared.places)
    drawn, bound = shared.family(rows, 1 - alpha * together / size)
    single = 1 - alpha / size
    level = single if bound.level_each is None else bound.level_each
    if drawn:
        sharing = out.loc[list(drawn)]
        p = np.minimum(np.array(list(drawn.values())) * size / together, 1.0)
        binary = sharing.index.isin(shared.binary)
        limits = _limits(sharing, level, bound.critical, binary)
        origin = f"{SHARED} over {counted(together, 'comparison')}"
        yield limits.assign(joint_level=level, joint_from=origin, p_joint=np.maximum(p, sharing["p"].astype(float)))
    rest = out.loc[np.setdiff1d(np.flatnonzero(rows), list(drawn))]
    if len(rest):
        p = np.minimum(stats.holm(rest["p"].to_numpy(float)) * size / len(rest), 1.0)
        limits = _limits(rest, single, None, np.zeros(len(rest), dtype=bool))
        yield limits.assign(joint_level=single, joint_from=f"{ALONE} over {size:,}", p_joint=p)


def _limits(rows: pd.DataFrame, level: float, critical: float | None, binary: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the limits of the gain at a level of its own, never inside those of the single comparison."""
    gain, error, df, n = (rows[name].to_numpy(float, na_value=np.nan) for name in ("gain", "stderr", "df", "n"))
    share = rows["scale"].eq("unit").to_numpy()
    reach = (critical or special.stdtrit(df, (1 + level) / 2)) * np.where(error > 0, error, np.nan)
    low, high = gain - reach, gain + reach
    for at in np.flatnonzero(share & (n >= 1) & (error == 0)):
        low[at], high[at] = unseen_limits(float(gain[at]), int(n[at]), level, -1.0)
    if (counts := binary & (n >= 1)).any():
        low[counts], high[counts] = _newcombe(rows[counts], n[counts], level)
    ends = pd.DataFrame({"joint_low": low, "joint_high": high}, index=rows.index)
    ends["joint_low"] = ends["joint_low"].where(~(rows["gain_low"] < low), rows["gain_low"])
    ends["joint_high"] = ends["joint_high"].where(~(rows["gain_high"] > high), rows["gain_high"])
    ends.loc[share] = ends.loc[share].clip(-1.0, 1.0)
    return ends


def _newcombe(rows: pd.DataFrame, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Return Newcombe's limits from the counts."""
    wins, losses = (rows[name].to_numpy(float) for name in ("wins", "losses"))
    both = np.round(rows["merge_oriented"].to_numpy(float) * n) - wins
    return newcombe(both, wins, losses, n - both - wins - losses, level)


def largest_joint(table: pd.DataFrame, count: int = 30) -> pd.DataFrame:
    """Return the rows of a forest plot with intervals that hold together: the largest decided gains and losses.

    Where nothing is decided, the differences nearest to a decision are returned instead.

    Parameters
    ----------
    table : DataFrame
        From `simultaneous`.
    count : int
        How many rows.
    """
    known = with_joint_limits(table)
    decided = known[known["decided"].isin(["better", "worse"])].sort_values("gain", ascending=False, kind="stable")
    chosen = known.loc[known["p_adjusted"].sort_values(kind="stable").index[:count]]
    if len(decided):
        chosen = _ends(decided, count)
    limits = {"gain_low": chosen["joint_low"], "gain_high": chosen["joint_high"]}
    return chosen.assign(**limits).sort_values("gain", ascending=False, kind="stable")


def with_joint_limits(table: pd.DataFrame) -> pd.DataFrame:
    """Return the differences of shares that have joint limits."""
    return table[table["joint_low"].notna() & table["scale"].eq("unit")]


def _ends(rows: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the first and the last rows, half of ``count`` each, more of one end where the signs leave room."""
    up, down = int((rows["gain"] > 0).sum()), int((rows["gain"] < 0).sum())
    top = min(up, max(count // 2, count - down))
    return pd.concat([rows.head(top), rows.tail(min(down, count - top))])
