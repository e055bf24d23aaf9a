"""Studies that lack something, each as a small collection; every view of a merge is driven over all of them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from mergekit_eval.collect.folders import Collection

ITEMS = 40
RATES = {"base": 0.5, "a": 0.8, "b": 0.6, "c": 0.7, "m": 0.75, "m1": 0.7, "m2": 0.65, "chance": 0.25}
DOMAINS = {"a": frozenset({"math"}), "b": frozenset({"code"}), "c": frozenset({"knowledge"})}
TASKS = {
    "gsm": {"capability": "math", "chance": 0.0},
    "prog": {"capability": "code", "chance": 0.0},
    "facts": {"capability": "knowledge", "chance": 0.25},
}
ROLES = {"base": "base", "a": "parent", "b": "parent", "c": "parent", "chance": "parent"}


class World(NamedTuple):
    """A collection, its merges, and the domains of its parents."""

    collection: Collection
    merges: pd.DataFrame
    domains: dict[str, frozenset[str]]


def answers(models: list[str], tasks: list[str], seed: int = 5) -> dict[tuple[str, str], np.ndarray]:
    rng = np.random.default_rng(seed)
    hard = {task: rng.random(ITEMS) for task in TASKS}
    return {(m, t): (0.7 * hard[t] + 0.3 * rng.random(ITEMS) < RATES[m]).astype(float) for m in models for t in tasks}


def world(make: Callable, merging: Callable, models: list[str], *merges: tuple, values: dict | None = None) -> World:
    held = answers(models, list(TASKS)) if values is None else values
    roles = {name: ROLES.get(name, "merge") for name, _ in held}
    return World(make(roles, TASKS, held), merging(*merges), DOMAINS)


def worlds(make: Callable, merging: Callable) -> dict[str, World]:
    family, plain = ["base", "a", "b", "m"], ("m", ("a", "b"), "base")
    apart = answers(["base", "a", "b"], ["gsm", "prog"]) | answers(["m"], ["facts"])
    flat = {key: (values.mean(), ITEMS) for key, values in answers(family, list(TASKS)).items()}
    bare = {key: (values.mean(), None) for key, values in answers(family, list(TASKS)).items()}
    return {
        "no base": world(make, merging, ["a", "b", "m"], ("m", ("a", "b"), "")),
        "base not evaluated": world(make, merging, ["a", "b", "m"], plain),
        "one parent": world(make, merging, ["base", "a", "m"], ("m", ("a",), "base")),
        "no parent known": world(make, merging, ["base", "m"], ("m", (), "base")),
        "a parent not evaluated": world(make, merging, ["base", "a", "m"], ("m", ("a", "ghost"), "base")),
        "disjoint tasks": world(make, merging, [], plain, values=apart),
        "merges of merges": world(
            make, merging, ["base", "a", "b", "c", "m1", "m2"], ("m1", ("a", "b"), "base"), ("m2", ("m1", "c"), "base")
        ),
        "a parent at chance": world(make, merging, ["base", "chance", "b", "m"], ("m", ("chance", "b"), "base")),
        "merge not evaluated": world(make, merging, ["base", "a", "b"], plain),
        "aggregates only": world(make, merging, [], plain, values=flat),
        "aggregates without n": world(make, merging, [], plain, values=bare),
        "no merge at all": world(make, merging, ["base", "a", "b"]),
    }
