"""Alarms of the fairness audit where nothing is amiss: every model shows every sign as often as the others."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from benchmarks.calibration.cells import Cell, Cells
from mergekit_eval.compare.audit import asymmetry_table
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.paired_differences import contrasts
from mergekit_eval.schema import conform
from mergekit_eval.signs import bit

RATES = {"cut_inferred": 0.05, "unparsed": 0.1, "empty": 0.02, "loop": 0.01, "refusal": 0.03, "role": 0.01}
TASKS, ITEMS, PARENTS = 6, 150, 3
SHARED = 0.5  # of the chance of a sign that hangs on the question, alike for all models
ALPHA = 0.05
PLACE = {"run": "r", "metric": "exact_match", "filter": "none"}


def fairness(reps: int, rng: np.random.Generator) -> Cells:
    """Share of clean studies with any alarm, with 1 and 12 merges."""
    for merges in (1, 12):
        alarms = sum(_alarm(merges, rng) for _ in range(reps))
        setting = (
            f"{merges} {'merge' if merges == 1 else 'merges'}, {PARENTS} parents, {TASKS} tasks, {len(RATES)} signs"
        )
        yield Cell("audit", "any alarm (kit)", setting, ITEMS, "observed level", alarms / reps, reps)


def _alarm(merges: int, rng: np.random.Generator) -> bool:
    names = [*(f"m{at}" for at in range(merges)), *(f"p{at}" for at in range(PARENTS)), "base"]
    evidence = Evidence(clean(names, rng))
    parents = tuple(name for name in names if name[0] == "p")
    table = pd.DataFrame({"merge": names[:merges], "parents": [parents] * merges, "base": "base", "method": "slerp"})
    return bool(asymmetry_table(evidence, contrasts(table), alpha=ALPHA)["decided"].any())


def clean(names: list[str], rng: np.random.Generator) -> SimpleNamespace:
    """Return scores and items of some models whose answers show the signs at the same rates."""
    items = [
        _items(name, task, seen) for task in range(TASKS) for name, seen in zip(names, _shown(names, rng), strict=True)
    ]
    scores = [{"model": name, "task": f"t{task}", "value": 0.5} for task in range(TASKS) for name in names]
    known = {"kind": "task", "primary": True, "scale": "unit", "higher_is_better": True, "n": ITEMS, **PLACE}
    return SimpleNamespace(
        scores=conform([row | known for row in scores], "scores"),
        items=conform(pd.concat(items), "items"),
        problems=None,
    )


def _items(name: str, task: int, seen: np.ndarray) -> pd.DataFrame:
    keys = [f"k{at}" for at in range(ITEMS)]
    held = {"item_key": keys, "value": np.arange(ITEMS) % 2.0, "line": np.arange(ITEMS), "signs": seen, "prompt": -1}
    return pd.DataFrame({"model": name, "task": f"t{task}", "cluster": "", "occurrence": 0, **PLACE, **held})


def _shown(names: list[str], rng: np.random.Generator) -> np.ndarray:
    """Return the bits of all models on one task, (models, items)."""
    out = np.full((len(names), ITEMS), bit("text", "filtered", "limit"), dtype=np.int32)
    for name, rate in RATES.items():
        question, own = rng.random(ITEMS) < 0.5, rng.random((len(names), ITEMS))
        chance = rate * (1 - SHARED) + 2 * rate * SHARED * question
        out |= np.where(own < chance, bit(name), 0).astype(np.int32)
    return out
