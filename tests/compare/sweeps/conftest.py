"""Recipes that differ in one weight, and three that differ in their seed."""

import pandas as pd

PARENTS = ("a", "b")


WEIGHTS = {"w2": 0.2, "w5": 0.5, "w8": 0.8}


def recipes(*rows: tuple) -> pd.DataFrame:
    """Return recipes from (merge, method, parameters, seed)."""
    full = [(name, method, PARENTS, "", parameters, seed, "float32") for name, method, parameters, seed in rows]
    return pd.DataFrame(full, columns=["merge", "method", "parents", "base", "parameters", "seed", "dtype"])


RECIPES = recipes(
    *((name, "linear", {"weight": weight}, None) for name, weight in WEIGHTS.items()),
    *((f"s{k}", "dare_ties", {"weight": 0.5, "density": 0.5}, k) for k in (1, 2, 3)),
)
SEED_TWICE = RECIPES.assign(seed=RECIPES["seed"].replace(3, 2))
