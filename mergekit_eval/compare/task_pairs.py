"""One pair of tasks: points, all coefficients, and partial correlations without size and families."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.benchmarks import question_set
from mergekit_eval.compare.correlations import oriented
from mergekit_eval.compare.engine import Floats
from mergekit_eval.compare.lineage_groups import Families, family_label
from mergekit_eval.errors import DataError
from mergekit_eval.rows import Row
from mergekit_eval.shares import shares_checked
from mergekit_eval.stats.correlation import coefficient
from mergekit_eval.stats.defaults import FEWEST_MODELS
from mergekit_eval.wording import coefficient_name, counted, share_of

SHARED_NOISE = "both tasks may ask the same questions: part of their noise is common, and stays in r"


def chosen_pair(correlations: pd.DataFrame, x: str = "", y: str = "") -> tuple[str, str]:
    """Return the pair of tasks to look at: the two that are named, or the most correlated reliable one.

    Parameters
    ----------
    correlations : DataFrame
        From `correlations`.
    x, y : str
        Tasks; with one of them empty its strongest reliable partner is taken, with both the strongest pair at all.

    Returns
    -------
    tuple of str
        ('', '') where there is no pair.

    Raises
    ------
    DataError
        For a task that is not known, or twice the same.
    """
    tasks = list(dict.fromkeys([*correlations["x"], *correlations["y"]]))
    for name, value in (("x_task", x), ("y_task", y)):
        if value and value not in tasks:
            raise DataError(f"{name} = {value!r} is no task of this table; allowed: {', '.join(tasks) or 'none'}.")
    if x and x == y:
        raise DataError(f"x_task and y_task are both {x!r}; allowed: two different tasks.")
    if x and y:
        return x, y
    have = _by_strength(correlations)
    for name in filter(None, (x, y)):
        have = have[have["x"].eq(name) | have["y"].eq(name)]
    if have.empty:
        return "", ""
    strongest = have.iloc[0]
    pair = (str(strongest["x"]), str(strongest["y"]))
    return pair if (not x and not y) or pair[0] == x or pair[1] == y else pair[::-1]


def _by_strength(correlations: pd.DataFrame) -> pd.DataFrame:
    """Return the correlations that are known, the reliable ones first, by size."""
    known = correlations.assign(size=correlations["r"].astype(float).abs()).dropna(subset="size")
    return known.sort_values(["reliable", "size"], ascending=False)


@tables.makes("points")
def scatter_points(scores: pd.DataFrame, x: str, y: str, families: Families) -> pd.DataFrame:
    """Return the models with both tasks as points with their intervals, in percent for shares.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`.
    x, y : str
        Tasks.
    families : mapping
        From `families_of`.
    """
    sides = [_side(scores, task) for task in (x, y)]
    models = [name for name in sides[0].index if name in sides[1].index]
    label = family_label(families, models)
    table = {"name": models, "family": [label[m] for m in models]}
    for axis, side in zip("xy", sides, strict=True):
        table |= {axis: side.loc[models, "value"].to_numpy()}
        table |= {f"{axis}_{end}": side.loc[models, end].to_numpy() for end in ("low", "high")}
    return pd.DataFrame({**table, "n": sides[0].loc[models, "n"].to_numpy()}, columns=tables.columns("points"))


def _side(scores: pd.DataFrame, task: str) -> pd.DataFrame:
    rows = scores[scores["task"].eq(task) & scores["value"].notna()].drop_duplicates("model").set_index("model")
    times = np.where(rows["scale"].eq("unit"), 100.0, 1.0)
    return rows.assign(**{name: rows[name].astype(float) * times for name in ("value", "low", "high")})


def axis_labels(scores: pd.DataFrame, x: str, y: str) -> dict[str, Any]:
    """Return names and directions of the two axes, as `plots.scatter` takes them."""
    labels: dict[str, Any] = {}
    for axis, task in (("x", x), ("y", y)):
        rows = scores[scores["task"].eq(task)]
        if rows.empty:
            return {"x_label": x, "y_label": y}
        row = rows.iloc[0]
        unit = " (%)" if row["scale"] == "unit" else ""
        higher = None if pd.isna(row["higher_is_better"]) else bool(row["higher_is_better"])
        labels |= {f"{axis}_label": f"{task}, {row['metric']}{unit}", f"{axis}_higher": higher}
    return labels


@shares_checked
def pair_detail(
    scores: pd.DataFrame,
    x: str,
    y: str,
    *,
    families: Families | None = None,
    sizes: Mapping[str, float] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Return every reading of one correlation: three coefficients, item noise, sizes and families taken out.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`; tasks where lower is better are turned round.
    x, y : str
        Tasks.
    families, sizes : mapping, optional
        From `families_of` (only families that divide the models are taken out) and `sizes_of`.
    level, seed
        Of intervals and permutations.

    Returns
    -------
    DataFrame
        Table `pair_detail`. What cannot be given has no number and says why in ``note``.
    """
    wide = oriented(scores)
    if x not in wide or y not in wide:
        return tables.empty("pair_detail", "no pair of tasks with a correlation")
    both = wide[[x, y]].dropna()
    a, b = both[x].to_numpy(float), both[y].to_numpy(float)
    rows = []
    for method in ("kendall", "spearman", "pearson"):
        correlation = stats.correlate(a, b, method=method, level=level, seed=seed) if len(a) else None
        rows.append(_reading(coefficient_name(method), correlation, a))
    rows.append(_denoised(scores, both.index, (a, b), (x, y), level, seed))
    rows.append(_without_size(both.index, a, b, sizes or {}, level))
    rows.append(_without_family(both.index, a, b, families or {}, level))
    return tables.conform(rows, "pair_detail")


def _reading(kind: str, correlation: stats.Correlation | None, a: np.ndarray, note: str = "") -> dict[str, Any]:
    if correlation is None:
        return {"kind": kind, "n": len(a), "note": note or "no model has both tasks"}
    return {"kind": kind, **correlation._asdict(), "note": "; ".join(filter(None, (correlation.note, note)))}


def _denoised(
    scores: pd.DataFrame, models: pd.Index, ab: tuple[Floats, Floats], xy: tuple[str, str], level: float, seed: int
) -> Row:
    kind = f"{coefficient_name('pearson')}, item noise taken out"
    errors = [scores[scores["task"].eq(task)].drop_duplicates("model").set_index("model")["stderr"] for task in xy]
    both = [side.reindex(models).to_numpy(float) for side in errors]
    if not len(models) or not all(np.isfinite(side).all() for side in both):
        return _reading(kind, None, ab[0], "a score has no standard error" if len(models) else "")
    shared = SHARED_NOISE if question_set(xy[0]) == question_set(xy[1]) else ""
    return _reading(kind, stats.disattenuate(*ab, *both, level=level, seed=seed), ab[0], shared)


def _without_size(models: pd.Index, a: np.ndarray, b: np.ndarray, sizes: Mapping[str, float], level: float) -> Row:
    kind = f"{coefficient_name('spearman')}, size (log parameters) taken out"
    known = np.array([m in sizes for m in models], dtype=bool)
    if not known.any():
        return _reading(kind, None, a, "no model's number of parameters is known to the study")
    log = np.log([sizes[m] for m in models[known]])
    if np.ptp(log) == 0:
        return _reading(kind, None, a, "all models whose size is known have the same size: nothing to take out")
    unknown = f"{counted((~known).sum(), 'model')} of unknown size left out" if not known.all() else ""
    correlation = stats.partial_correlation(a[known], b[known], controls=log, method="spearman", level=level)
    return _reading(kind, correlation, a, unknown)


def _without_family(models: pd.Index, a: np.ndarray, b: np.ndarray, families: Families, level: float) -> Row:
    kind = f"{coefficient_name('spearman')}, family means taken out"
    member = {m: [name for name, family in families.items() if m in family.members] for m in models}
    if not families or any(len(own) > 1 for own in member.values()):
        why = "families overlap: merges descend from several parents" if families else "no family is known"
        return _reading(kind, None, a, why)
    labels = [own[0] if own else f"alone {m}" for m, own in member.items()]
    return _reading(kind, stats.partial_correlation(a, b, families=labels, method="spearman", level=level), a)


def family_sensitivity(
    scores: pd.DataFrame, correlations: pd.DataFrame, families: Families, *, method: str = "kendall", top: int = 20
) -> pd.DataFrame:
    """Return how far the strongest correlations move when one family of models is left out.

    Parameters
    ----------
    scores, correlations : DataFrame
        From `score_table` and `correlations`.
    families : mapping
        From `families_of`; they may overlap.
    method : str
        As in ``correlations``.
    top : int
        How many pairs, the reliable ones first, by size.

    Returns
    -------
    DataFrame
        Table `family_sensitivity`; ``lowest_without`` names the family whose absence gives the lowest r. Families whose
        absence leaves fewer than five models, or one score for all, cannot be judged and are counted in ``note``.
    """
    wide = oriented(scores)
    strongest = _by_strength(correlations).head(top)
    rows = [_moved(wide, row, families, method) for row in strongest.itertuples()] if families else []
    why = "no correlation to look at" if families else "no family or common parent is known"
    return tables.conform(rows, "family_sensitivity", why)


def _moved(wide: pd.DataFrame, row: Any, families: Families, method: str) -> dict[str, Any]:
    both = wide[[row.x, row.y]].dropna()
    without, sizes = {}, []
    for name, family in families.items():
        rest = both[~both.index.isin(family.members)].to_numpy(float)
        if len(rest) < len(both) and len(rest) >= FEWEST_MODELS and np.ptp(rest, axis=0).all():
            without[name] = coefficient(rest[:, 0], rest[:, 1], method)
            sizes.append(len(rest))
    unjudged = len(families) - len(without)
    out = {"x": row.x, "y": row.y, "method": method, "r": row.r, "families": len(without), "n": len(both)}
    why = "that leave too few models, or hold none of these"
    out["note"] = f"without {share_of(unjudged, len(families), 'family')} {why}" if unjudged else ""
    if not without:
        return out
    low, high = min(without, key=without.__getitem__), max(without, key=without.__getitem__)
    bounds = {
        "moved": without[high] - without[low],
        "lowest": without[low],
        "lowest_without": low,
        "highest": without[high],
        "highest_without": high,
    }
    return out | bounds | {"n_least": min(sizes)}
