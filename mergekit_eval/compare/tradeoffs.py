"""Trade-offs: one capability against another, and quality against the cost of making the merge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.engine import OVERALL
from mergekit_eval.compare.references import BASE
from mergekit_eval.errors import DataError, explain
from mergekit_eval.rows import merge_rows, reached
from mergekit_eval.schema import require

ORIENTED = ("oriented", "oriented_low", "oriented_high")


@tables.makes("pareto")
def pareto_table(capabilities: pd.DataFrame, x: str = "", y: str = "") -> pd.DataFrame:
    """Return two capabilities of every model and whether another model is at least as good in both and better in one.

    Parameters
    ----------
    capabilities : DataFrame
        From `capability_table`, or `score_table`: then the front goes by the oriented scores.
    x, y : str
        Two of its tasks; where one is '' the first of the table that is not the other.

    Returns
    -------
    DataFrame
        Table `pareto`. ``front`` goes by the numbers; ``surely_dominated`` where a model's interval lies below
        another's in both, so that a model off the front without it may just be unlucky. A model without both values
        stays, without place. With fewer than two tasks there are no rows.
    """
    require(capabilities, ("task", "model", "role", "value", "low", "high"), "pareto_table")
    known = list(capabilities["task"].drop_duplicates())
    if len(known) < 2:
        why = "a trade-off needs two capabilities, there is " + (f"only {known[0]}" if known else "none")
        return tables.empty("pareto", why)
    x = x or next(name for name in known if name != y)
    y = y or next(name for name in known if name != x)
    if gone := [name for name in (x, y) if name not in known]:
        raise DataError(explain("pareto_table", "task", gone[0], ", ".join(map(str, known))))
    sides = {}
    for name, task in (("x", x), ("y", y)):
        rows = capabilities[capabilities["task"] == task].drop_duplicates("model").set_index("model")
        named = {"value": name, "low": f"{name}_low", "high": f"{name}_high"}
        sides[name] = rows[[*named, "n"]].rename(columns={**named, "n": f"n_{name}"})
    roles = capabilities.drop_duplicates("model").set_index("model")["role"]
    out = roles.to_frame().join(sides["x"]).join(sides["y"]).reset_index()
    values, lows, highs = _cubes(capabilities, [x, y], out["model"])
    front, sure = undominated(values), _surely(lows, highs)
    note = np.where(np.isnan(values).any(axis=1), "not measured on both", "")
    out = out.assign(front=front, surely_dominated=sure, n=out[["n_x", "n_y"]].min(axis=1), note=note)
    return out.assign(x_name=x, y_name=y).reindex(columns=tables.columns("pareto"))


def _cubes(table: pd.DataFrame, tasks: list[str], models: pd.Series) -> list[np.ndarray]:
    """Return models x tasks of the oriented scores and their limits; those of capabilities are oriented already."""
    columns = ORIENTED if set(ORIENTED) <= set(table) else ("value", "low", "high")
    places = pd.MultiIndex.from_product([models, tasks])
    rows = table.drop_duplicates(["model", "task"]).set_index(["model", "task"]).reindex(places)
    shape = len(models), len(tasks)
    return [pd.to_numeric(rows[name]).to_numpy(float).reshape(shape) for name in columns]


def undominated(values: np.ndarray) -> np.ndarray:
    """Return, for points of shape (n, k) with higher better, whether no other is as good everywhere and better once.

    A point with a missing coordinate is never on the front and dominates nothing.
    """
    whole = ~np.isnan(values).any(axis=1)
    filled = np.where(whole[:, None], values, -np.inf)
    better = (filled[None] >= filled[:, None]).all(axis=2) & (filled[None] > filled[:, None]).any(axis=2)
    return np.asarray(whole & ~(better & whole[None]).any(axis=1))


def _surely(lows: np.ndarray, highs: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        below = np.asarray((lows[None] > highs[:, None]).all(axis=2))
    return np.asarray(below.any(axis=1))


def pareto_front(capabilities: pd.DataFrame) -> pd.DataFrame:
    """Return, per model, whether it is undominated over all capabilities at once.

    Returns
    -------
    DataFrame
        Table `front`; ``dominated_by`` names the models as good in every capability and better in one. Models that
        lack a capability are named with what they lack and take no part.
    """
    require(capabilities, ("task", "model", "role", "value", "low", "high"), "pareto_front")
    models, tasks = capabilities.drop_duplicates("model"), list(capabilities["task"].drop_duplicates())
    values, lows, highs = _cubes(capabilities, tasks, models["model"])
    front, sure = undominated(values), _surely(lows, highs)
    rows = []
    for at, (model, role) in enumerate(zip(models["model"], models["role"], strict=True)):
        gaps = [str(task) for task, v in zip(tasks, values[at], strict=True) if np.isnan(v)]
        above = (values >= values[at]).all(axis=1) & (values > values[at]).any(axis=1)
        rows.append(
            {"model": model, "role": role, "front": bool(front[at]), "surely_dominated": bool(sure[at])}
            | {"dominated_by": ", ".join(models["model"][above]), "capabilities": len(tasks)}
            | {"note": f"not measured on {', '.join(gaps)}" if gaps else ""}
        )
    return tables.conform(rows, "front")


def merge_costs(output: str | Path) -> pd.DataFrame:
    """Return what every merge of a study cost to make, from the ``merge.json`` beside each and ``cells.json``.

    Parameters
    ----------
    output : path
        The study's output folder.

    Returns
    -------
    DataFrame
        Table `merge_costs`. A merge whose file is missing or broken is a row with a note; a folder without merges gives
        no row. ``evaluation_seconds`` adds up the runs that evaluated the merge, missing where none is recorded.
    """
    folder = Path(output)
    spent = _evaluations(folder / "cells.json")
    rows = [_cost(path, spent) for path in sorted(folder.glob("merges/*")) if path.is_dir()]
    return tables.conform(rows, "merge_costs")


def _cost(folder: Path, spent: dict[str, float]) -> dict[str, Any]:
    row: dict[str, Any] = {"merge": folder.name, "evaluation_seconds": spent.get(folder.name, np.nan), "note": ""}
    try:
        made = json.loads((folder / "merge.json").read_text(encoding="utf-8"))
        wanted = {"wall_seconds": float(made["wall_seconds"]), "peak_memory_mb": float(made["peak_memory_mb"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return row | {"note": f"cost unknown: {folder / 'merge.json'}: {type(error).__name__}: {error}"}
    return row | wanted | {"method": str(made.get("method", "")), "mergekit": str(made.get("mergekit", ""))}


def _evaluations(file: Path) -> dict[str, float]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        spent: dict[str, float] = {}
        for row in rows:
            if float(row["seconds"]) > 0:
                spent[row["model"]] = spent.get(row["model"], 0.0) + float(row["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return spent


@tables.makes("costs")
def cost_table(costs: pd.DataFrame, recipes: pd.DataFrame, relations: pd.DataFrame) -> pd.DataFrame:
    """Return quality beside cost, tuning included.

    Parameters
    ----------
    costs : DataFrame
        From `merge_costs`.
    recipes : DataFrame
        From `recipe_table`: merges of one method and the same parents are settings that were ``tried``.
    relations : DataFrame
        From `relation_table`: quality is the overall gain over the base.

    Returns
    -------
    DataFrame
        Table `costs`: ``value`` (gain over the base, with its interval), ``wall_seconds`` of this merge,
        ``tuning_seconds`` of all settings tried to find it, merging and evaluating (MergeBench's runtime axis), and of
        the merges it is made of; what is not recorded is missing and named, not taken as 0. ``front``: no merge is as
        good and as cheap to tune.
    """
    require(costs, tables.columns("merge_costs"), "cost_table")
    gains = relations[relations["level"].eq(OVERALL) & relations["relation"].eq(BASE)]
    quality = gains.set_index("merge")[["gain", "gain_low", "gain_high"]]
    key = {r.merge: (r.method, tuple(r.parents)) for r in merge_rows(recipes)}
    known = costs.set_index("merge")
    rows = []
    for merge in costs["merge"]:
        mates = [name for name in known.index if key.get(name) == key.get(merge)] if merge in key else [merge]
        # the merges they are made of had to be made and judged first
        sources = reached(mates, lambda name: [one for one in key.get(name, ("", ()))[1] if one in known.index])
        tuning, why = _tuning(known.loc[sources])
        told = quality.loc[merge] if merge in quality.index else pd.Series(dtype=float)
        rows.append(
            {**known.loc[merge].to_dict(), "merge": merge, "role": "merge", "tried": len(mates)}
            | {"value": told.get("gain"), "low": told.get("gain_low"), "high": told.get("gain_high")}
            | {"tuning_seconds": tuning, "note": "; ".join(filter(None, [known.loc[merge, "note"], why]))}
        )
    out = pd.DataFrame(rows, columns=tables.columns("costs"))
    numbers = [pd.to_numeric(out["value"]).to_numpy(float), -pd.to_numeric(out["tuning_seconds"]).to_numpy(float)]
    return out.assign(front=undominated(np.column_stack(numbers)) if len(out) else False)


def _tuning(mates: pd.DataFrame) -> tuple[float, str]:
    merging, testing = mates["wall_seconds"].astype(float), mates["evaluation_seconds"].astype(float)
    if merging.isna().any():
        return np.nan, f"tuning cost unknown: no merge time of {', '.join(mates.index[merging.isna()])}"
    if testing.isna().any():
        return float(merging.sum()), "tuning without evaluation: its time is not recorded"
    return float(merging.sum() + testing.sum()), ""
