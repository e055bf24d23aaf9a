"""Holmes results of three seeds, and minimal pairs with their items."""

from math import nan
from statistics import fmean, stdev

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.collect.folders import Collection
from mergekit_eval.schema import conform

VALUES = {  # model -> dataset -> one score per seed
    "a": {"syn-1": (0.60, 0.62, 0.61), "syn-2": (0.70, 0.72, 0.74), "r-1": (0.30, 0.32, 0.28), "stray": (0.9,) * 3},
    "m": {"syn-1": (0.50, 0.52, 0.51), "syn-2": (0.80, 0.82, 0.84), "r-1": (-0.1, -0.12, -0.08), "stray": (0.1,) * 3},
}  # fmt: skip


def holmes_of(values: dict) -> Collection:
    """Return a row per dataset, the mean of its seeds, as the readers give it."""
    rows = [
        {"run": model, "model": model, "role": "merge" if model == "m" else "parent", "tool": "holmes",
         "task": dataset, "metric": "score", "filter": "none", "primary": True,
         "value": fmean(seeds), "seeds": len(seeds),
         "stderr": stdev(seeds) / len(seeds) ** 0.5 if len(seeds) > 1 else nan,
         "higher_is_better": True, "scale": "unit", "kind": "task",
         "capability": {"s": "syntax", "r": "semantics"}.get(dataset[0], "") if dataset != "stray" else ""}
        for model, sets in values.items()
        for dataset, seeds in sets.items()
    ]  # fmt: skip
    return Collection(conform(rows, "scores"), conform([], "items"), conform([], "problems"))


MERGES = pd.DataFrame([("m", "linear", ("a",), "")], columns=["merge", "method", "parents", "base"])


@pytest.fixture(scope="module")
def seeded() -> Collection:
    return holmes_of(VALUES)


@pytest.fixture(scope="module")
def pairs(build):
    rng = np.random.default_rng(9)
    values = {(m, f"blimp_{t}"): (rng.random(50) < r).astype(float)
              for m, r in (("a", 0.9), ("m", 0.6)) for t in ("anaphor_gender_agreement", "causative")}  # fmt: skip
    return build({"a": "parent", "m": "merge"}, {}, values), values
