"""What a test decides, in one wording for every table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mergekit_eval import stats

TINY = float(np.finfo(float).tiny)
# A share of less than one point of the reference is a number divided by noise.
LEAST_REFERENCE = 0.01
POWER = float(special.ndtri(0.8))


def tail(z: float, df: float) -> float:
    """Return the chance of a t variable (normal if df is infinite) above z."""
    return float(special.stdtr(df, -z))


def quantile(level: float, df: float) -> float:
    """Return the two-sided t quantile of a confidence level (normal if df is infinite)."""
    return float(special.stdtrit(df, (1 + level) / 2))


def tested(gain: float, stderr: float, df: float, level: float) -> dict[str, Any]:
    """Return gain, interval, two-sided p and the smallest gain seen with 80 % power; only the gain without an error."""
    row = {"gain": gain, "stderr": stderr}
    if not (stderr > 0 and np.isfinite(stderr) and df > 0):
        return row | {"note": "no error known"}
    half = quantile(level, df) * stderr
    p = min(1.0, max(2 * tail(abs(gain) / stderr, df), TINY))
    limits = {"gain_low": gain - half, "gain_high": gain + half}
    return row | limits | {"p": p, "mde": (quantile(level, np.inf) + POWER) * stderr}


def averaged(
    parts: Sequence[tuple[float, float, float]], weights: ArrayLike | None = None
) -> tuple[float, float, float]:
    """Return the mean of (estimate, standard error, df) of tasks with distinct items, with its error and df.

    Weights sum to 1; without any, each task weighs the same. Degrees of freedom after Satterthwaite (1946,
    doi:10.2307/3002019).
    """
    estimates, errors, dfs = np.array(parts, dtype=float).T
    share = np.full(len(parts), 1 / len(parts)) if weights is None else np.asarray(weights, dtype=float)
    variances = (share * errors) ** 2
    total = float(variances.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = float((variances**2 / dfs).sum())
    df = total**2 / spread if spread > 0 else np.inf
    return float(share @ estimates), float(np.sqrt(total)), df


def worded(table: pd.DataFrame, **missing: str) -> pd.DataFrame:
    """Return a copy whose text columns hold text only: what is missing in each reads as given, '' for the note."""
    told = {"note": "", **missing}
    return table.assign(**{name: table[name].astype(object).where(table[name].notna(), told[name]) for name in told})


def corrected(
    table: pd.DataFrame,
    column: str = "p",
    families: Sequence[str] = (),
    step: Callable[[pd.Series], NDArray[np.float64]] = stats.holm,
) -> pd.Series:
    """Return p of a column corrected within each value of ``families``, by Holm unless told; missing stays missing."""
    p = pd.to_numeric(table[column]).astype(float).dropna()
    keys = [table.loc[p.index, name] for name in families] or np.zeros(len(p))
    return p.groupby(keys, sort=False).transform(step).reindex(table.index)


def outcome(
    gain: pd.Series, p_adjusted: pd.Series, alpha: float, words: tuple[str, str] = ("better", "worse")
) -> np.ndarray:
    """Return better, worse (or other ``words``) or undecided; '' where nothing could be tested."""
    p, gain = pd.to_numeric(p_adjusted).astype(float), pd.to_numeric(gain).astype(float)
    return np.select([p.isna(), p.le(alpha) & gain.gt(0), p.le(alpha) & gain.lt(0)], ["", *words], "undecided")


def decide(table: pd.DataFrame, p_adjusted: pd.Series, alpha: float, gain: str = "gain") -> pd.DataFrame:
    """Return a copy with the adjusted p and what it decides, see `outcome`."""
    return table.assign(p_adjusted=p_adjusted, decided=outcome(table[gain], p_adjusted, alpha))


def claims(
    table: pd.DataFrame, words: Mapping[str, str], families: Sequence[str], alpha: float
) -> tuple[pd.Series, np.ndarray]:
    """Return the adjusted p of the surest claim of each row, and its word: undecided above alpha, '' if none is tested.

    Parameters
    ----------
    table : DataFrame
        With a column of p per claim, each corrected for itself.
    words : mapping
        Column -> what its claim decides.
    families : sequence of str
        Columns whose values are families of their own.
    alpha : float
        Family-wise error rate (Holm).
    """
    each = pd.DataFrame({name: corrected(table, name, families) for name in words})
    lowest, surest = each.min(axis=1), each.fillna(2.0).idxmin(axis=1).map(dict(words))
    return lowest, np.select([lowest.isna(), lowest.le(alpha)], ["", surest], "undecided")


def gain_share(table: pd.DataFrame) -> pd.Series:
    """Return the gain as a share of the reference's score (0.5: half as much again); missing where that is about 0."""
    gain, reference = (pd.to_numeric(table[name]).astype(float) for name in ("gain", "reference_value"))
    return gain / reference.where(reference.ge(LEAST_REFERENCE))


def with_names(table: pd.DataFrame, column: str, flags: pd.Series) -> pd.DataFrame:
    """Return a table whose overall rows name, in ``column``, the tasks of their merge that are flagged."""
    flagged = table[flags & table["level"].eq("task")].groupby("merge", sort=False)["task"].agg(tuple).to_dict()
    levels = zip(table["level"], table["merge"], strict=True)
    names = [flagged.get(merge, ()) if level == "overall" else () for level, merge in levels]
    return table.assign(**{column: pd.Series(names, index=table.index, dtype=object)})
