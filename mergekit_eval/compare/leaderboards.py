"""The averages of the two Open LLM Leaderboards, normalised so that guessing is 0, with intervals through the cut."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.engine import PSEUDO
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.scores import score_table
from mergekit_eval.errors import DataError, explain
from mergekit_eval.packaged import packaged_yaml
from mergekit_eval.schema import Tables, require, subset
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import share_of

AVERAGE = "average"
NEEDED = """model role task task_key variant metric filter value stderr n chance n_shot""".split()
DRAWS = 2000
Floats = np.ndarray


@cache
def suites() -> dict[str, Any]:
    """Return the facts of ``suites.yaml``."""
    return packaged_yaml("compare/suites.yaml")


def by_variant(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return one model's rows by variant where it was measured in several; what has no twin goes with each.

    A variant is 0-shot or 5-shot, or one set of generation settings; it is "" where the model was measured once.
    """
    twice = rows.duplicated(["task_key", "metric", "filter"], keep=False)
    if not twice.any():
        return [("", rows)]
    return [(name, rows[~twice | rows["variant"].eq(name)]) for name in rows.loc[twice, "variant"].drop_duplicates()]


@tables.makes("score_table")
@shares_checked
def board_scores(collection: Tables, *, level: float = 0.95) -> pd.DataFrame:
    """Return the rows of ``score_table(collection, primary=False)`` that leaderboards and IFEval are made of."""
    parts = [one for version in suites()["leaderboards"].values() for one in version.values()]

    def counts(task: str) -> bool:
        return "ifeval" in task.lower() or any(_fits(task, one) for one in parts)

    return score_table(subset(collection, "task", counts), level=level, primary=False)


@shares_checked
def leaderboard_table(
    scores: pd.DataFrame, version: str = "v2", *, normalised: bool = True, level: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Return every model's parts of a leaderboard and their average.

    Parameters
    ----------
    scores : DataFrame
        From `board_scores`: IFEval counts with two of its metrics.
    version : {"v1", "v2"}
        v1: ARC, HellaSwag, MMLU, TruthfulQA, Winogrande, GSM8K. v2: IFEval, BBH, MATH lvl 5, GPQA, MuSR, MMLU-Pro.
    normalised : bool
        Take the score of guessing off every leaf, (score - chance) / (1 - chance), and cut at 0; this is how v2 is
        defined. v1 averaged the plain scores: False.
    level, seed
        Of the intervals: each leaf is redrawn from a normal law with its own error and pushed through the cut, because
        the cut makes errors near chance lopsided. Nested subsets (GPQA) and two metrics of one run (IFEval) are drawn
        together.

    Returns
    -------
    DataFrame
        Table `leaderboard`, with the columns of a score plot; ``task`` is the part or "average", ``raw`` its plain
        mean. A part that lacks a leaf, and an average that lacks a part, has no value and says what is missing: an
        average over fewer parts would be another number under the same name. A model measured in several variants
        (shots, generation settings) comes once per variant, named after it.
    """
    require(scores, NEEDED, "leaderboard_table")
    known = suites()["leaderboards"]
    if version not in known:
        raise DataError(explain("leaderboard_table", "version", version, ", ".join(known)))
    tasks = {task for task in scores["task_key"].unique() if any(_fits(task, part) for part in known[version].values())}
    involved = scores[scores["task_key"].isin(tasks)]
    generator = np.random.default_rng(seed)
    rows = [
        row
        for model, every in involved.groupby("model", sort=False)
        for variant, mine in by_variant(_official(every, known[version]))
        for row in _model(f"{model} {variant}".strip(), mine, known[version], normalised, level, generator)
    ]
    return tables.conform(rows, "leaderboard", f"no task of the leaderboard {version} among the scores")


def _official(rows: pd.DataFrame, parts: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows without those of other shots, where one of several has the shots of the leaderboard."""
    drop: list[Any] = []
    for part in parts.values():
        mine = rows[[_fits(task, part) for task in rows["task_key"]]]
        right = mine["n_shot"].eq(part.get("shots", -1)).fillna(False).astype(bool)
        drop += mine.index[~right & mine["task_key"].isin(mine.loc[right, "task_key"])].tolist()
    return rows.drop(index=drop)


def _fits(task: str, part: Mapping[str, Any]) -> bool:
    return task == part.get("published") or any(fnmatchcase(task, pattern) for pattern in part["tasks"])


def _model(
    model: str, mine: pd.DataFrame, parts: Mapping[str, Any], normalised: bool, level: float, rng: np.random.Generator
) -> list[dict[str, Any]]:
    head = {"model": model, "role": mine["role"].iloc[0], "higher_is_better": True, "chance": np.nan, "scale": "unit"}
    head |= {"metric": "normalised score" if normalised else "score"}
    rows, draws = [], []
    for name, part in parts.items():
        leaves, why = _leaves(mine, part)
        leaves, why = (_published(mine, part, normalised), "") if leaves.empty else (leaves, why)
        why = "not measured" if leaves.empty else why
        row = head | {"task": name, "n_tasks": len(leaves), "note": why}
        drawn = None
        if not why:
            drawn, found = _part(leaves, part, normalised, level, rng)
            row |= found
        rows.append(row)
        draws.append(drawn)
    return [*rows, head | {"task": AVERAGE} | _average(rows, draws, level)]


def _leaves(mine: pd.DataFrame, part: Mapping[str, Any]) -> tuple[pd.DataFrame, str]:
    """Return the rows that a part averages, or why it cannot be."""
    for pattern in part["tasks"]:
        rows = mine[[fnmatchcase(task, pattern) for task in mine["task_key"]]]
        if rows.empty:
            continue
        chosen = _with_metric(rows, part)
        if chosen.empty:
            continue
        wanted = part.get("leaves", 1) if "*" in pattern else 1
        wanted *= len(part["metrics"]) if part.get("all_metrics") else 1
        if chosen.duplicated(["task_key", "metric", "filter"]).any():
            return chosen, "several measurements under one name: choose one"
        if len(chosen) < wanted:
            return chosen, share_of(len(chosen), wanted, "leaf", "leaves")
        if len(chosen) == wanted:
            return chosen, "" if chosen["value"].notna().all() else "a leaf has no value"
    return mine.iloc[:0], ""


def _published(mine: pd.DataFrame, part: Mapping[str, Any], normalised: bool) -> pd.DataFrame:
    """Return the row of a published table that holds a part already averaged."""
    wanted = "normalized" if normalised else "raw"
    return mine[mine["task_key"].eq(part.get("published", "")) & mine["metric"].eq(wanted)].head(1)


def _with_metric(rows: pd.DataFrame, part: Mapping[str, Any]) -> pd.DataFrame:
    found = []
    for metric in part["metrics"]:
        name, _, wanted = metric.partition(",")
        here = rows[rows["metric"].eq(name) & (rows["filter"].eq(wanted) if wanted else rows["filter"].eq("none"))]
        if len(here) and not part.get("all_metrics"):
            return here
        found.append(here)
    return pd.concat(found) if part.get("all_metrics") else rows.iloc[:0]


def _part(
    leaves: pd.DataFrame, part: Mapping[str, Any], normalised: bool, level: float, rng: np.random.Generator
) -> tuple[Floats, dict[str, Any]]:
    values, n = leaves["value"].to_numpy(float), pd.to_numeric(leaves["n"]).to_numpy(float)
    done = bool(leaves["metric"].eq("normalized").all())
    chance = np.zeros(len(values)) if done else _chance(leaves, part)
    if normalised and np.isnan(chance).any():
        return np.full(DRAWS, np.nan), {"note": "the score of guessing is unknown for a leaf"}
    weights = n / n.sum() if part.get("by_size") and np.isfinite(n).all() else np.full(len(values), 1 / len(values))
    z = rng.standard_normal((DRAWS, 1 if part.get("nested") or part.get("all_metrics") else len(values)))
    spread = np.sqrt(leaves["stderr"].to_numpy(float) ** 2 + PSEUDO / n**2)
    drawn = np.clip(values + z * spread, 0, 1)

    def scaled(x: Floats) -> Floats:
        return np.asarray((stats.normalise(x, chance) if normalised else x) @ weights)

    draws, value = scaled(drawn), float(scaled(values))
    known = bool(np.isfinite(spread).all())
    note = "" if known else "no interval: a leaf has no error"
    size = int(n.sum()) if np.isfinite(n).all() and not part.get("all_metrics") else (int(n[0]) if n[0] > 0 else None)
    found = {"value": value, "raw": np.nan if done else float(values @ weights), "n": size, "note": note}
    return draws, found | (_limits(draws, value, level) if known else {})


def _chance(leaves: pd.DataFrame, part: Mapping[str, Any]) -> Floats:
    return np.full(len(leaves), part["chance"]) if "chance" in part else leaves["chance"].to_numpy(float)


def _limits(draws: Floats, value: float, level: float) -> dict[str, float]:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return {"low": float(min(low, value)), "high": float(max(high, value))}


def _average(rows: list[dict[str, Any]], draws: list[Floats | None], level: float) -> dict[str, Any]:
    gone = [row["task"] for row in rows if not np.isfinite(row.get("value", np.nan))]
    if gone:
        return {"n_tasks": len(rows) - len(gone), "note": f"no average: {', '.join(gone)} missing"}
    value = float(np.mean([row["value"] for row in rows]))
    joined = np.mean([d for d in draws if d is not None], axis=0)
    sizes = [row["n"] for row in rows]
    known = bool(np.isfinite(joined).all())
    return {
        "value": value, "raw": float(np.mean([row["raw"] for row in rows])), "n_tasks": len(rows),
        "n": None if None in sizes else sum(sizes), "note": text_note("" if known else "no interval: a part has none"),
    } | (_limits(joined, value, level) if known else {})  # fmt: skip
