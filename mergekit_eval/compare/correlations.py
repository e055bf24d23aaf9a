"""Correlations between tasks over models: interval, n and reason for every pair."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.cluster import hierarchy

from mergekit_eval import stats, tables
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.plot_data import Tree
from mergekit_eval.compare.testing import corrected
from mergekit_eval.rows import Row, grouped
from mergekit_eval.shares import shares_checked
from mergekit_eval.stats.confounding import LEAST_RELIABILITY
from mergekit_eval.stats.defaults import LIST_PERMUTATIONS_UP_TO
from mergekit_eval.wording import counted

Pairs = dict[tuple[str, str], Row]


@tables.makes("correlations")
@shares_checked
def correlations(
    scores: pd.DataFrame, *, method: str = "kendall", level: float = 0.95, alpha: float = 0.05, seed: int = 0
) -> pd.DataFrame:
    """Return the correlation of every pair of tasks over the models that have both.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`. A task where lower is better enters with its sign turned, so that positive always means
        "who is good at one is good at the other"; a task of unknown direction enters as it is and says so.
    method : {"pearson", "spearman", "kendall"}
        Kendall is tau-b.
    level : float
        Confidence level of the intervals.
    alpha : float
        False discovery rate (Benjamini-Hochberg over the table).

    Returns
    -------
    DataFrame
        Table `correlations`; ``reliable`` is False where there is no valid interval, below six models, and where more
        than half of a task's spread between models is item noise (`task_reliability`). A missing score is missing: the
        pair is correlated over the models that have both, and ``n`` counts those.
    """
    wide = oriented(scores)
    rows = _rows(wide, method, level, seed)
    out = pd.DataFrame(rows, columns=tables.columns("correlations"))
    out["p_adjusted"] = corrected(out, step=stats.benjamini_hochberg)
    noisy = set(task_reliability(scores).loc[lambda table: table["reliability"].lt(LEAST_RELIABILITY), "task"])
    out["reliable"] = out["low"].notna() & out["n"].ge(6) & ~out["x"].isin(noisy) & ~out["y"].isin(noisy)
    pairs = zip(out["x"], out["y"], out["note"].fillna(""), strict=True)
    out["note"] = [text_note(note, *(f"{t}: mostly item noise" for t in (x, y) if t in noisy)) for x, y, note in pairs]
    return out


def task_reliability(scores: pd.DataFrame) -> pd.DataFrame:
    """Return, per task, how much of the spread between models is more than item noise.

    Returns
    -------
    DataFrame
        task, models (with score and standard error), reliability (1 - mean squared error / variance over models; what
        is below 0.5 is mostly noise, and can be negative), note. Missing where fewer than three models have an error.
    """
    rows = []
    for task, group in scores.groupby("task", sort=False):
        known = group[np.isfinite(group["value"].astype(float)) & np.isfinite(group["stderr"].astype(float))]
        share = stats.reliability(known["value"], known["stderr"]) if len(known) > 2 else None
        few = "fewer than three models with a known error"
        note = "" if share is not None else "all scores are equal" if len(known) > 2 else few
        rows.append({"task": task, "models": len(known), "reliability": share, "note": note})
    return tables.conform(rows, "reliability")


def task_tree(correlations: pd.DataFrame) -> Tree:
    """Return the tree of tasks at distance 1 - r (average linkage), over the tasks that have an r with every other.

    Returns
    -------
    Tree
        ``table`` holds the joins (first, second, distance, size) that the linkage is made of; ``note`` names the
        tasks that were left out. With fewer than three tasks there is no tree.
    """
    names = list(dict.fromkeys([*correlations["x"], *correlations["y"]]))
    at, square = {name: place for place, name in enumerate(names)}, np.diag(np.ones(len(names)))
    x, y = ([at[name] for name in correlations[side]] for side in ("x", "y"))
    square[x, y] = square[y, x] = correlations["r"].astype(float)
    dropped: list[str] = []
    while np.isnan(square).any():
        most = int(np.isnan(square).sum(axis=0).argmax())
        dropped.append(names.pop(most))
        square = np.delete(np.delete(square, most, axis=0), most, axis=1)
    note = f"without a correlation with every other: {', '.join(dropped)}" if dropped else ""
    leaves = names
    if len(leaves) < 3:
        return Tree(
            tables.empty("task_tree"), np.empty((0, 4)), leaves, text_note("fewer than three tasks: no tree", note)
        )
    distance = np.clip(1 - square, 0, None)
    linkage = hierarchy.linkage(distance[np.triu_indices(len(leaves), 1)], "average")
    return Tree(pd.DataFrame(linkage, columns=tables.columns("task_tree")), linkage, leaves, note)


def oriented(scores: pd.DataFrame) -> pd.DataFrame:
    """Return models x tasks, higher is better, unknown directions as they are; NaN where a model lacks a task."""
    known = scores.assign(oriented=scores["oriented"].fillna(scores["value"]))
    return known.pivot_table(index="model", columns="task", values="oriented", sort=False)


def _rows(wide: pd.DataFrame, method: str, level: float, seed: int) -> list[Row]:
    if method == "kendall" and len(wide) > LIST_PERMUTATIONS_UP_TO and not np.isinf(wide.to_numpy()).any():
        names = list(wide.columns)
        pairs = stats.correlate_all(wide.to_numpy(float), method=method, level=level, seed=seed)
        return [{"x": names[i], "y": names[j], **one._asdict()} for i, j, one in pairs]
    blocks = {pair: row for rows in _by_pattern(wide, method, level, seed) for pair, row in rows.items()}
    return [blocks[pair] for pair in combinations(wide.columns, 2)]


def _by_pattern(wide: pd.DataFrame, method: str, level: float, seed: int) -> Iterator[Pairs]:
    """Yield the pairs of tasks, those measured on the same models together: they share their permutations."""
    known = wide.notna()
    columns = list(grouped(map(str, wide), lambda task: tuple(known[task])).values())
    for at, first in enumerate(columns):
        for other in columns[at:]:
            names = list(dict.fromkeys([*first, *other]))
            yield _pattern_pairs(wide[names].dropna(), set(first), set(other), method, level, seed)


def _pattern_pairs(both: pd.DataFrame, first: set[str], other: set[str], method: str, level: float, seed: int) -> Pairs:
    names = list(both.columns)
    if len(both) < 2 or not np.isfinite(both.to_numpy()).all():
        few = counted(len(both), "model has both tasks", "models have both tasks")
        note = few if len(both) < 2 else "a score is infinite"
        empty = {"n": len(both), "method": method, "note": note}
        return {(x, y): {"x": x, "y": y, **empty} for x in names for y in names if x != y}
    rows = {}
    for i, j, correlation in stats.correlate_all(both.to_numpy(float), method=method, level=level, seed=seed):
        x, y = names[i], names[j]
        if (x in first and y in other) or (x in other and y in first):
            rows[x, y] = {"x": x, "y": y, **correlation._asdict()}
            rows[y, x] = {"x": y, "y": x, **correlation._asdict()}
    return rows


def most_reliable(table: pd.DataFrame, most: int = 100) -> pd.DataFrame:
    """Return the rows among at most ``most`` tasks: those with the most reliable correlations, in the table's order.

    Parameters
    ----------
    table : DataFrame
        From `correlations`. Without any correlation there are no rows, and the notes are the reason.
    most : int
        How many tasks.
    """
    tasks = pd.concat([table["x"], table["y"]])
    if table["r"].isna().all():
        return tables.because(table.iloc[:0], "; ".join(table["note"].unique()) or "one task only")
    if tasks.nunique() <= most:
        return table
    clear = table[table["reliable"].astype(bool) & (table["low"].gt(0) | table["high"].lt(0))]
    counts = pd.concat([clear["x"], clear["y"]]).value_counts().reindex(tasks.unique(), fill_value=0)
    chosen = counts.sort_values(ascending=False, kind="stable").index[:most]
    return table[table["x"].isin(chosen) & table["y"].isin(chosen)]
