"""Holmes beside the harness: Kendall's tau-b between probing datasets and tasks, over models.

Two ways to sum up a group of datasets against a group of tasks, which are not the same number: the mean of all single
taus, and the tau of the two groups' mean scores. Both are given, each named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from mergekit_eval import stats, tables
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.testing import TINY, corrected, quantile
from mergekit_eval.rows import grouped
from mergekit_eval.schema import require
from mergekit_eval.shares import shares_checked
from mergekit_eval.stats.correlation import limits
from mergekit_eval.wording import counted

MEAN_OF_TAUS, TAU_OF_MEANS = "mean of taus", "tau of means"
FEWEST, FLIPS, NORMAL_FROM = 5, 1999, 20
Floats = np.ndarray


def wide_scores(table: pd.DataFrame, column: str = "task") -> pd.DataFrame:
    """Return models x columns of scores, oriented where a direction is known; NaN where a model lacks one.

    Parameters
    ----------
    table : DataFrame
        From `score_table` (column "task") or `holmes_probes` (column "dataset").
    column : str
        What becomes the columns.
    """
    require(table, ("model", column, "value"), "wide_scores")
    value = table["oriented"].fillna(table["value"]) if "oriented" in table else table["value"]
    return table.assign(value=value).pivot_table(index="model", columns=column, values="value", sort=False)


@tables.makes("agreement")
@shares_checked
def agreement(
    x: pd.DataFrame,
    y: pd.DataFrame,
    *,
    x_groups: Mapping[str, str] | None = None,
    y_groups: Mapping[str, str] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Return tau-b of every column of x with every column of y over the models that have both.

    Parameters
    ----------
    x, y : DataFrame
        From `wide_scores`: models down.
    x_groups, y_groups : mapping, optional
        Column -> group (competency, task group); columns of no group keep ''.
    level : float
        Confidence level (Fieller, Hartley & Pearson 1957).
    seed : int
        Of the permutations of models behind p (the normal law from 20 models on); Benjamini-Hochberg over the table.

    Returns
    -------
    DataFrame
        Table `agreement`. ``n`` counts models, never datasets. ``reliable`` is False where there is no valid interval.
    """
    rows = []
    for names_x, names_y, signs_x, signs_y, n in _blocks(x, y):
        taus, p = _taus(signs_x, signs_y, n, seed)
        for i, name_x in enumerate(names_x):
            for j, name_y in enumerate(names_y):
                rows.append({"x": name_x, "y": name_y} | _pair(taus[i, j], p[i, j], n, level))
    out = pd.DataFrame(rows, columns=tables.columns("agreement"))
    out["x_group"] = [(x_groups or {}).get(name, "") for name in out["x"]]
    out["y_group"] = [(y_groups or {}).get(name, "") for name in out["y"]]
    return _adjusted(out).assign(method="kendall")


def _adjusted(out: pd.DataFrame) -> pd.DataFrame:
    """Correct p within each table, kind by kind where there are several."""
    p = corrected(out, families=["kind"] if "kind" in out else [], step=stats.benjamini_hochberg)
    return out.assign(p_adjusted=p, reliable=out["low"].notna() & out["n"].ge(6))


def _pair(tau: float, p: float, n: int, level: float) -> dict[str, Any]:
    if n < FEWEST:
        return {"n": n, "note": f"{counted(n, 'model')}: below {FEWEST} no correlation is reported"}
    if np.isnan(tau):
        return {"n": n, "note": "one side is the same for all models"}
    low, high, note = limits(float(tau), n, "kendall", level)
    return {"r": float(tau), "low": low, "high": high, "p": float(p), "n": n, "note": note}


def _blocks(x: pd.DataFrame, y: pd.DataFrame) -> list[tuple[list[str], list[str], Floats, Floats, int]]:
    """Return columns with the same models missing together: names and normalised signs of all pairs of models."""
    models = [name for name in x.index if name in set(y.index)]
    sides = [_patterns(table.reindex(models)) for table in (x, y)]
    found = []
    for here, names_x in sides[0].items():
        for there, names_y in sides[1].items():
            both = np.frombuffer(here, dtype=bool) & np.frombuffer(there, dtype=bool)
            kept = [model for model, has in zip(models, both, strict=True) if has]
            left, right = (t.loc[kept, n].to_numpy(float) for t, n in ((x, names_x), (y, names_y)))
            found.append((names_x, names_y, signs(left), signs(right), len(kept)))
    return found


def _patterns(table: pd.DataFrame) -> dict[bytes, list[str]]:
    return grouped(table.columns, lambda name: np.isfinite(table[name].to_numpy(float)).tobytes())


def signs(values: Floats) -> Floats:
    """Return, per column, the signs of the differences of all pairs of rows, scaled to length 1.

    The product of two such columns is Kendall's tau-b; a constant column is NaN.
    """
    first, second = np.triu_indices(len(values), 1)
    raw = np.sign(values[first] - values[second])
    length = np.sqrt((raw**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(raw / length)


def reordered(scaled: Floats, n: int, order: Floats) -> Floats:
    """Return signs of pairs after the rows behind them have been put into another order."""
    square = np.zeros((n, n, *scaled.shape[1:]), dtype=scaled.dtype)
    upper = np.triu_indices(n, 1)
    square[upper] = scaled
    square -= square.swapaxes(0, 1)
    out: Floats = square[np.ix_(order, order)][upper]
    return out


def _taus(left: Floats, right: Floats, n: int, seed: int) -> tuple[Floats, Floats]:
    """Return tau-b of all columns and its two-sided p: (b + 1) / (m + 1) from shared orders, or the normal law."""
    taus = np.clip(left.T @ right, -1, 1)
    if n < FEWEST:
        return taus, np.full_like(taus, np.nan)
    if n >= NORMAL_FROM:
        spread = np.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1)))
        return taus, np.clip(2 * special.ndtr(-np.abs(taus) / spread), TINY, 1)
    hits, rng = np.zeros_like(taus), np.random.default_rng(seed)
    for _ in range(FLIPS):
        drawn = reordered(right, n, rng.permutation(n))
        hits += np.abs(left.T @ drawn) >= np.abs(taus) * (1 - 1e-9)
    return taus, (hits + 1) / (FLIPS + 1)


@tables.makes("group_agreement")
@shares_checked
def group_agreement(
    x: pd.DataFrame,
    y: pd.DataFrame,
    x_groups: Mapping[str, str],
    y_groups: Mapping[str, str],
    *,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Return, per pair of groups, the mean of all taus and the tau of the groups' means.

    Parameters
    ----------
    x, y : DataFrame
        From `wide_scores`. Only columns with a group count.
    x_groups, y_groups : mapping
        Column -> group.
    level, seed
        As for `agreement`.

    Returns
    -------
    DataFrame
        Table `group_agreement`, two rows per pair of groups. Both figures use the models that have every column of both
        groups, and the columns that at least half of the models have; ``note`` counts what was left out. The mean of
        taus has a jackknife interval over models and a p from permuting the models of one side together; its taus are
        no independent pieces of evidence, whatever their number (``pairs``).
    """
    models = [name for name in x.index if name in set(y.index)]
    rows = []
    for group_x, names_x in _by_group(x, x_groups).items():
        for group_y, names_y in _by_group(y, y_groups).items():
            head = {"x": group_x, "y": group_y, "method": "kendall"}
            left, right, note = _complete(x.reindex(models)[names_x], y.reindex(models)[names_y])
            for kind, found in _cell(left, right, level, seed).items():
                rows.append(head | {"kind": kind} | found | {"note": text_note(found.get("note", ""), note)})
    out = pd.DataFrame(rows, columns=tables.columns("group_agreement"))
    return _adjusted(out)


def _by_group(table: pd.DataFrame, groups: Mapping[str, str]) -> dict[str, list[str]]:
    return grouped([name for name in table.columns if groups.get(name)], lambda name: groups[name])


def _complete(left: pd.DataFrame, right: pd.DataFrame) -> tuple[Floats, Floats, str]:
    kept = [side.loc[:, side.notna().mean() >= 0.5] for side in (left, right)]
    gone = left.shape[1] + right.shape[1] - kept[0].shape[1] - kept[1].shape[1]
    whole = kept[0].notna().all(axis=1) & kept[1].notna().all(axis=1)
    columns = f"left out: {counted(gone, 'column')} that most models lack" if gone else ""
    absent = counted((~whole).sum(), "model that lacks", "models that lack")
    rows = "" if whole.all() else f"left out: {absent} a column"
    return kept[0][whole].to_numpy(float), kept[1][whole].to_numpy(float), text_note(columns, rows)


def _cell(left: Floats, right: Floats, level: float, seed: int) -> dict[str, dict[str, Any]]:
    n, pairs = len(left), left.shape[1] * right.shape[1]
    head: dict[str, Any] = {"n": n, "pairs": pairs}
    if n < FEWEST or not pairs:
        note = f"{counted(n, 'model')}: below {FEWEST} no correlation is reported" if pairs else "no column left"
        return dict.fromkeys((MEAN_OF_TAUS, TAU_OF_MEANS), head | {"note": note})
    means = signs(np.column_stack([left.mean(axis=1), right.mean(axis=1)]))
    taus, p = _taus(means[:, :1], means[:, 1:], n, seed)
    one = head | _pair(taus[0, 0], p[0, 0], n, level)
    return {MEAN_OF_TAUS: head | _mean_of_taus(left, right, level, seed), TAU_OF_MEANS: one}


def _mean_of_taus(left: Floats, right: Floats, level: float, seed: int) -> dict[str, Any]:
    # tau-b is a product of sign vectors, so the mean over all pairs of columns is one product of two mean vectors
    n, a, b = len(left), _mean_signs(left), _mean_signs(right)
    value = float(a @ b)
    rng = np.random.default_rng(seed)
    drawn = (float(a @ reordered(b, n, rng.permutation(n))) for _ in range(FLIPS))
    hits = sum(abs(one) >= abs(value) * (1 - 1e-9) for one in drawn)
    keep = [np.arange(n) != i for i in range(n)]
    without = np.array([float(_mean_signs(left[k]) @ _mean_signs(right[k])) for k in keep])
    error = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
    half = quantile(level, n - 1) * error
    found = {"r": value, "low": max(value - half, -1.0), "high": min(value + half, 1.0), "p": (hits + 1) / (FLIPS + 1)}
    flat = int(np.isnan(signs(left)).any(axis=0).sum() + np.isnan(signs(right)).any(axis=0).sum())
    same = counted(flat, "column that is", "columns that are")
    return found | {"note": f"not counted: {same} the same for all models" if flat else ""}


def _mean_signs(values: Floats) -> Floats:
    scaled = signs(values)
    live = ~np.isnan(scaled).any(axis=0)
    return scaled[:, live].mean(axis=1) if live.any() else np.zeros(len(scaled))


def strongest(table: pd.DataFrame, most: int = 40) -> pd.DataFrame:
    """Return the rows of at most ``most`` columns on either side: those with the strongest single correlation.

    Parameters
    ----------
    table : DataFrame
        From `agreement`.
    """
    size = table.assign(size=table["r"].astype(float).abs())
    x, y = (size.groupby(side)["size"].max().nlargest(most).index for side in ("x", "y"))
    return table[table["x"].isin(x) & table["y"].isin(y)]
