"""More invented finished tables: items, ranks, sweeps, trade-offs, clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval.wording import counted
from tools.synthetic import CAPABILITIES, METHODS, difference_table, models, task_names


def verdict_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return ``count`` verdicts of every kind, one without a gain."""
    rng, names = np.random.default_rng(seed), models(count + 3)[0][3:]
    gain, half = rng.normal(-0.02, 0.06, count), rng.uniform(0.02, 0.05, count)
    kinds = np.select(
        [gain < -0.1, gain - half > 0, gain + half < 0],
        ["collapsed", "better than every parent", "worse than every parent"],
        "not decided",
    )
    kinds = np.where((kinds == "not decided") & (np.arange(count) % 3 == 0), "between", kinds)
    if count > 3:
        gain[-1], kinds[-1] = np.nan, "not decided"
    return pd.DataFrame(
        {"merge": names, "verdict": kinds, "gain": gain, "gain_low": gain - half, "gain_high": gain + half}
    )


def place_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return the gains of ``count`` merges over their base and a parent, with their places."""
    table = difference_table(count, 1, 2, seed=seed)
    decided = table["decided"].map({"better": "above", "worse": "below"}).fillna("not decided")
    relation = ["base" if reference == table["reference"].iloc[0] else "parent" for reference in table["reference"]]
    return table.assign(relation=relation, place=decided)


def item_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return counts of items kept, gained, lost, of synergy and of lost consensus for ``count`` merges."""
    rng, names = np.random.default_rng(seed), models(count + 3)[0][3:]
    draw = rng.multinomial(600, [0.5, 0.14, 0.05, 0.22, 0.09], size=count)
    return pd.DataFrame(draw, columns=["kept", "gained", "synergy", "lost", "lost_consensus"]).assign(merge=names)


def rank_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return mean ranks with intervals of ``count`` models, best first."""
    rng, (names, roles) = np.random.default_rng(seed), models(count)
    rank = np.sort(np.clip(np.arange(1, count + 1) + rng.normal(0, count / 12, count), 1, count))
    half = np.maximum(0.5, count / 10)
    low, high = np.clip(np.floor(rank - half), 1, None), np.clip(np.ceil(rank + half), None, count)
    order = rng.permutation(count)
    shuffled = {"model": [names[i] for i in order], "role": [roles[i] for i in order]}
    return pd.DataFrame({**shuffled, "rank": rank, "low": low, "high": high})


def critical(count: int) -> dict[str, Any]:
    """Return Nemenyi's critical difference for `rank_table`, as if of 100 tasks, and the groups it leaves together."""
    from scipy import stats

    table, tasks, alpha = rank_table(count), 100, 0.05
    quantile = float(stats.studentized_range.isf(alpha, count, np.inf)) / np.sqrt(2)
    difference = quantile * np.sqrt(count * (count + 1) / (6 * tasks))
    ranks, names = table["rank"].to_numpy(), list(table["model"])
    ends = np.searchsorted(ranks, ranks + difference, side="right")
    cliques = [names[i:end] for i, end in enumerate(ends) if end > i + 1 and (i == 0 or ends[i - 1] < end)]
    return {
        "cliques": cliques,
        "difference": difference,
        "test": f"Nemenyi's test over {counted(tasks, 'task')}, alpha = {alpha}",
    }


def retention_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return retained shares of ``count`` merges, every ninth refused."""
    rng, names = np.random.default_rng(seed), models(count + 3)[0][3:]
    share, half = rng.uniform(0.6, 1.1, count), rng.uniform(0.02, 0.06, count)
    decided = np.select([share - half > 0.95, share + half < 0.95], ["kept", "lost"], "undecided").astype(object)
    frame = pd.DataFrame(
        {"merge": names, "retention": share, "low": share - half, "high": share + half, "decided": decided, "note": ""}
    )
    frame.loc[frame.index % 9 == 5, ["retention", "low", "high"]] = np.nan
    frame.loc[frame.index % 9 == 5, ["decided", "note"]] = ["", "refused: parent near chance"]
    return frame


def sweep_table(series: int, seed: int = 0) -> pd.DataFrame:
    """Return scores of ``series`` methods along eleven weights."""
    rng, weights = np.random.default_rng(seed), np.linspace(0, 1, 11)
    frames = []
    for index in range(series):
        value = (
            0.5
            + 0.2 * np.sin(np.pi * weights) * rng.uniform(0.2, 1)
            + 0.1 * weights * rng.normal()
            + rng.normal(0, 0.01, 11)
        )
        name = METHODS[index % 10] + (f" s{index // 10}" if index >= 10 else "")
        frames.append(
            pd.DataFrame(
                {"series": name, "setting": weights, "value": value, "low": value - 0.03, "high": value + 0.03}
            )
        )
    return pd.concat(frames, ignore_index=True).assign(
        parameter="weight of the math parent", higher_is_better=True, scale="unit"
    )


def trade_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return two capabilities of ``count`` models and whether each is undominated."""
    rng, (names, roles) = np.random.default_rng(seed), models(count)
    x, y = rng.uniform(40, 70, count), rng.uniform(35, 65, count)
    front = [not any((x > x[i]) & (y > y[i])) for i in range(count)]
    bounds = {"x_low": x - 1.5, "x_high": x + 1.5, "y_low": y - 1.5, "y_high": y + 1.5}
    return pd.DataFrame({"model": names, "role": roles, "x": x, "y": y, "front": front, **bounds})


def family_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return ``count`` tasks of several families as points."""
    rng = np.random.default_rng(seed)
    family = [CAPABILITIES[i % 10] for i in range(count)]
    return pd.DataFrame(
        {"name": task_names(count), "family": family, "x": rng.normal(0, 5, count), "y": rng.normal(0, 5, count)}
    )


def completeness_table(count: int, tasks: int = 8, seed: int = 0) -> pd.DataFrame:
    """Return the state of ``count`` models x ``tasks`` tasks; some without items, some missing without a row."""
    rng, names = np.random.default_rng(seed), models(count)[0]
    frame = pd.DataFrame([{"model": m, "task": t} for m in names for t in task_names(tasks)])
    state = rng.choice(["items", "aggregate", "missing"], len(frame), p=[0.8, 0.1, 0.1])
    frame = frame.assign(state=state, n=500)
    return frame.drop(frame.index[frame["state"].eq("missing") & (rng.random(len(frame)) < 0.5)])


def conflict_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return the effect of ``count`` parents on each other's skill."""
    rng, names = (
        np.random.default_rng(seed),
        [f"lab/Tiny-Llama-{c.title()}-{i}" for i, c in enumerate((CAPABILITIES * 4)[:count])],
    )
    frame = pd.DataFrame([{"skill": a, "other": b} for a in names for b in names if a != b])
    effect = rng.normal(-0.01, 0.04, len(frame))
    decided = np.select([effect > 0.04, effect < -0.04], ["better", "worse"], "undecided")
    return frame.assign(effect=effect, decided=decided, scale="unit")


def box_table(series: int, seed: int = 0) -> pd.DataFrame:
    """Return quartiles of four capabilities for ``series`` models."""
    rng, rows = np.random.default_rng(seed), []
    for group in ("syntax", "semantics", "reasoning", "discourse"):
        for name in models(series)[0]:
            five = np.sort(rng.normal(55, 12, 5))
            rows.append(
                {
                    "group": group,
                    "series": name,
                    "n": 24,
                    **dict(zip(("low", "q1", "median", "q3", "high"), five, strict=True)),
                }
            )
    return pd.DataFrame(rows)


def linkage_of(count: int, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Return a linkage of ``count`` tasks and their names."""
    from scipy.cluster import hierarchy

    points = np.random.default_rng(seed).normal(size=(count, 3))
    return hierarchy.linkage(points, "average"), task_names(count)


def impact_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return the ``count`` tasks with the largest gains and losses of one merge, best first."""
    table = difference_table(1, 2 * count, seed=seed, missing=0).sort_values("gain", ascending=False)
    top, bottom = table.head(-(-count // 2)).assign(end="top"), table.tail(count // 2).assign(end="bottom")
    return pd.concat([top, bottom], ignore_index=True)


def position_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return the places of ``count`` merges between their parents, every eighth without a range."""
    rng, names = np.random.default_rng(seed), models(count + 3)[0][3:]
    at, half = rng.normal(0.5, 0.7, count), rng.uniform(0.1, 0.3, count)
    where = np.select(
        [at - half > 1, at + half < 0, (at - half > 0) & (at + half < 1)], ["above", "below", "within"], "undecided"
    )
    frame = pd.DataFrame(
        {"merge": names, "position": at, "position_low": at - half, "position_high": at + half, "where": where}
    )
    frame.loc[frame.index % 8 == 6, ["position", "position_low", "position_high"]] = np.nan
    return frame


def category_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return how many of twenty merges fall into each category, for ``count`` tasks."""
    draw = np.random.default_rng(seed).multinomial(20, [0.2, 0.3, 0.35, 0.15], size=count)
    columns = ["better than all", "between", "undecided", "worse than all"]
    return pd.DataFrame(draw, columns=columns).assign(task=task_names(count))


def noise_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return counts of synergy items of ``count`` merges beside what noise would give."""
    rng, names = np.random.default_rng(seed), models(count + 3)[0][3:]
    expected, seen = rng.uniform(20, 40, count), rng.integers(10, 60, count)
    low, high = expected - 11, expected + 11
    decided = np.select([seen > high, seen < low], ["more than noise", "fewer than noise"], "undecided")
    bounds = {"expected": expected, "noise_low": low, "noise_high": high}
    return pd.DataFrame({"merge": names, "category": "synergy", "count": seen, **bounds, "decided": decided})


def winner_table(count: int, seed: int = 0) -> pd.DataFrame:
    """Return the naive and the honest figure of the winners of ``count`` sweeps."""
    rng, names = np.random.default_rng(seed), models(count + 3)[0][3:]
    honest, gift = rng.uniform(0.5, 0.7, count), rng.uniform(0.002, 0.03, count)
    group = [f"{METHODS[i % 10]} over weight {i // 10}" for i in range(count)]
    bounds = {"low": honest - 0.02, "high": honest + 0.02}
    return pd.DataFrame({"group": group, "winner": names, "naive": honest + gift, "cross_fitted": honest, **bounds})
