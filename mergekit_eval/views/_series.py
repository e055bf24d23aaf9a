"""Many merges at once: conflicts, sweeps, winners, seeds, trade-offs, costs."""

from __future__ import annotations

import pandas as pd

from mergekit_eval.views._numbers import points
from mergekit_eval.views._shape import bare, picked, shares, words


def conflicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return every pair of parents: what the company of the second does to the first one's skill, and its loss."""
    if table.empty:
        return bare(table.attrs.get("reason", "no two parents with a known domain"))
    return pd.DataFrame(
        {
            "skill of": table["skill"],
            "together with": table["other"],
            "effect (points)": [points(r.effect, r.low, r.high) for r in table.itertuples()],
            "decided": table["decided"],
            "merges with, without": table["with_other"].astype(str) + ", " + table["without_other"].astype(str),
            "loss in merges with both": [points(r.loss, r.loss_low, r.loss_high) for r in table.itertuples()],
            "note": words(table["note"]),
        }
    )


def sweeps(table: pd.DataFrame) -> pd.DataFrame:
    """Return the overall rows of a sweep, which its figure draws, without those that have no score."""
    mine = table[table["level"].eq("overall") & table["value"].notna()].reset_index(drop=True)
    mine.attrs["reason"] = table.attrs.get("reason") or "; ".join(
        f"{row.series}: {row.note}" for row in table.itertuples() if row.note
    )
    return mine


def winners(table: pd.DataFrame) -> pd.DataFrame:
    """Return the winners: what they promise, and what is left on other items."""
    return pd.DataFrame(
        {
            "picked among": table["group"] + " (" + table["candidates"].astype(str) + ")",
            "winner": words(table["winner"]),
            "on the items that picked it": [shares(v, float("nan"), 0) for v in table["naive"]],
            "on other items": [shares(r.cross_fitted, r.low, r.high) for r in table.itertuples()],
            "picked again": [shares(v, float("nan"), 0) for v in table["picked"]],
            "tasks": table["n_tasks"],
            "n": table["n"],
            "note": words(table["note"]),
        }
    )


def seeds(table: pd.DataFrame) -> pd.DataFrame:
    """Return the overall spread over seeds beside the part that the items explain."""
    columns = {
        "recipe": "recipe", "seeds": "seeds", "mean": "mean score", "spread": "spread over seeds",
        "item_spread": "of it items", "seed_spread": "of it seeds", "seed_low": "at least", "seed_high": "at most",
        "n_tasks": "tasks", "note": "note",
    }  # fmt: skip
    out = picked(table[table["level"].eq("overall")], columns)
    out.attrs = dict(table.attrs)
    return out


def front(table: pd.DataFrame) -> pd.DataFrame:
    """Return who is undominated over all capabilities at once; of the others, by how many models and which."""
    many = table["dominated_by"].str.split(", ").map(lambda names: len([n for n in names if n]))
    few = table["dominated_by"].where(many.le(3), many.astype(str) + " models")
    columns = {"model": "model", "role": "role", "undominated": "undominated", "sure": "surely dominated",
               "by": "as good everywhere and better once", "note": "note"}  # fmt: skip
    yes = {True: "yes", False: ""}
    told = table.assign(undominated=table["front"].map(yes), sure=table["surely_dominated"].map(yes), by=few)
    return picked(told, columns)


def trade(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of two capabilities in percent, as its figure draws it."""
    ends = [name for name in ("x", "y", "x_low", "x_high", "y_low", "y_high") if name in table]
    out = table.assign(**{name: 100 * pd.to_numeric(table[name]).astype(float) for name in ends})
    out.attrs = dict(table.attrs)
    return out


def costs(table: pd.DataFrame) -> pd.DataFrame:
    """Return quality beside cost, cheapest to tune first."""
    order = table.sort_values("tuning_seconds", na_position="last")
    out = pd.DataFrame(
        {
            "merge": order["merge"],
            "method": order["method"],
            "gain over the base (points)": [points(r.value, r.low, r.high) for r in order.itertuples()],
            "merging (s)": order["wall_seconds"],
            "settings tried": order["tried"],
            "tuning in all (s)": order["tuning_seconds"],
            "peak memory (MB)": order["peak_memory_mb"],
            "as good and as cheap: none": order["front"].map({True: "yes", False: ""}),
            "note": order["note"],
        }
    )
    out.attrs = dict(table.attrs)
    return out


def cost_points(table: pd.DataFrame) -> pd.DataFrame:
    """Return gain over the base (points) against tuning time (seconds), as the figure of trade-offs draws it."""
    named = {"merge": "model", "tuning_seconds": "x", "value": "y", "low": "y_low", "high": "y_high"}
    out = table.rename(columns=named)[["model", "role", "x", "y", "y_low", "y_high", "front"]]
    out = out.assign(**{name: 100 * pd.to_numeric(out[name]).astype(float) for name in ("y", "y_low", "y_high")})
    return out.dropna(subset=["x", "y"]).reset_index(drop=True)
