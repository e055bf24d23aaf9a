"""Facts about metrics and tasks that result files do not state, or state wrongly: one YAML file per tool, one lookup.

The facts lie in ``facts/*.yaml`` of this package, in ``tiny/metrics.yaml`` and in the user's ``params/metrics.yaml``;
all have the same format (described in ``facts/README.md``), and a later file wins, fact by fact.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from fnmatch import translate
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from mergekit_eval.facts_file import direction, merge, read_facts
from mergekit_eval.files import fingerprint

# Stands for the facts of the package alone, so that their digest is known before they are read.
BUILT_IN = "built-in"
# One shared empty table, so that the cache of compiled tables, kept by identity, never sees a recycled one.
_NONE: dict[str, Any] = {}


class MetricInfo(NamedTuple):
    """What is known of one (tool, task, metric, filter); None or "" where nobody knows.

    Parameters
    ----------
    primary : bool or None
        Whether this metric may stand for the task (`Registry.primary` picks the one that does); None where the registry
        does not say for this task.
    direction : dict
        The columns that say which scores are better (`facts_file.direction`); empty where nobody knows.
    scale : str
        unit (0-1), percent (0-100), natural (unbounded), or "".
    scale_stated : bool
        Whether the user's own file states the scale: then the values do not decide it, they can only contradict it.
    chance : float or None
        Score of guessing, on the scale of the value.
    n : int or None
        Items of the full task.
    capability, cluster_key, task : str
        Capability measured; field of the item whose equal values belong together; today's task name.
    items : str
        How the values of items make the score: mean; each (a list per item, every element counts); nll
        (log-likelihoods, exp of minus their mean); nll_ratio, bits_ratio (pairs of log-likelihood and weight); none
        (only a corpus has a score); "" where nobody knows.
    """

    primary: bool | None
    direction: Mapping[str, Any]
    scale: str
    chance: float | None
    n: int | None
    capability: str
    cluster_key: str
    task: str
    items: str
    scale_stated: bool = False

    @property
    def higher_is_better(self) -> bool | None:
        """Whether a higher score is better; None where nobody knows."""
        return self.direction.get("higher_is_better")


class Registry:
    """The merged facts of the package and the user's ``own``; see `load_registry`."""

    def __init__(self, base: Mapping[str, Mapping[str, Any]], own: Mapping[str, Mapping[str, Any]] = _NONE) -> None:
        self.base, self.own = base, own
        self.tools: dict[str, Any] = deepcopy(dict(base)) if own else dict(base)
        merge(self.tools, deepcopy(dict(own)))
        self._tables: dict[int, Patterns] = {}
        self._spelled = {tool: _folded(facts) for tool, facts in self.tools.items()}
        self.lookup = lru_cache(maxsize=65536)(self._find)
        self.wanted = lru_cache(maxsize=65536)(self._primary_of)

    def __reduce__(self) -> tuple[type[Registry], tuple[Any, Any]]:
        return Registry, (self.base, self.own)

    @cached_property
    def digest(self) -> str:
        """Hash of all facts, so that what was read with others is read again; `BUILT_IN` for those of the package."""
        return fingerprint([self.tools, self.own])

    def primary(self, tool: str, task: str, candidates: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
        """Return the one (metric, filter) of those a file holds that stands for the task, None where nobody knows.

        An unknown task has a primary metric only if the file leaves no choice.
        """
        if len(candidates) == 1:
            return candidates[0]
        for name in self.wanted(tool, task):
            for metric, filter in candidates:
                if name == f"{metric},{filter}" or (name == metric and filter == "none"):
                    return metric, filter
        return None

    def stated_elsewhere(self, tool: str, task: str) -> list[str]:
        """Return the other tools under which the user's own file states the scale of a task of this name."""
        found = []
        for other in self.own:
            tasks = self.own[other].get("tasks", _NONE)
            entries = [tasks[name] for name in self._matching(tasks, self.today(other, task))]
            scaled = any("scale" in one for entry in entries for one in (entry, *entry.get("metrics", _NONE).values()))
            found += [other] if scaled and other != tool else []
        return found

    def stated(self, tool: str, task: str, metric: str) -> dict[str, Any]:
        """Return what the user's own file states of one metric of one task."""
        return self._facts(self.own, tool, self.today(tool, task), metric, "none")

    def _primary_of(self, tool: str, task: str) -> list[str]:
        wanted = self._facts(self.tools, tool, self.today(tool, task), "", "none").get("primary", [])
        return [wanted] if isinstance(wanted, str) else wanted

    def today(self, tool: str, task: str, metric: str = "") -> str:
        """Return today's name of a task; some old tasks became one task per metric."""
        renamed = self.tools.get(tool, {}).get("renamed", _NONE)
        for name in (f"{task},{metric}", task):
            for old in self._matching(renamed, name):
                return _rename(old, renamed[old], name)
        known = task in self.tools.get(tool, _NONE).get("tasks", _NONE)
        return task if known else self._spelled.get(tool, _NONE).get(fold(task), task)

    def _find(self, tool: str, task: str, metric: str, filter: str = "none") -> MetricInfo:
        """Return the facts of one metric of one task, as one tool reports it; old task names are mapped."""
        name = self.today(tool, task, metric)
        known = self._facts(self.tools, tool, name, metric, filter)
        stated = self._facts(self.own, tool, name, metric, filter)
        if "scale" in stated:
            # What guessing scores has to be on the scale that the user states.
            before, scale = self._facts(self.base, tool, name, metric, filter), stated["scale"]
            chance = on_scale(before.get("chance"), before.get("scale", scale), scale)
            known |= {"scale": scale, "chance": stated.get("chance", chance)}
        return MetricInfo(
            primary=_is_primary(known.get("primary"), metric, filter),
            direction=direction(known),
            scale=known.get("scale", ""),
            chance=known.get("chance"),
            n=known.get("n"),
            capability=known.get("capability", ""),
            cluster_key=known.get("cluster", ""),
            task=name,
            items=known.get("items", ""),
            scale_stated="scale" in stated,
        )

    def _matching(self, table: Mapping[str, Any], name: str) -> list[str]:
        known = self._tables.get(id(table))
        if known is None:
            known = self._tables[id(table)] = Patterns(table)
        return known.matching(name)

    def _add(self, known: dict[str, Any], metrics: Mapping[str, Any], metric: str, filter: str) -> None:
        for name in (metric, f"{metric},{filter}"):
            for pattern in reversed(self._matching(metrics, name)):
                known |= metrics[pattern]

    def _facts(
        self, tools: Mapping[str, Mapping[str, Any]], tool: str, name: str, metric: str, filter: str
    ) -> dict[str, Any]:
        facts = tools.get(tool, {})
        known: dict[str, Any] = {}
        self._add(known, facts.get("metrics", _NONE), metric, filter)
        tasks = facts.get("tasks", _NONE)
        for pattern in reversed(self._matching(tasks, name)):
            entry = tasks[pattern]
            # What guessing scores on a task says nothing of its perplexities and other unbounded metrics.
            unbounded = known.get("scale") == "natural"
            known |= {key: v for key, v in entry.items() if key != "metrics" and not (key == "chance" and unbounded)}
            self._add(known, entry.get("metrics", _NONE), metric, filter)
        return known


def own_facts(folder: Path) -> Path | None:
    """Return ``params/metrics.yaml`` below a study's or the working folder, None where there is none."""
    path = folder / "params" / "metrics.yaml"
    return path if path.is_file() else None


def load_registry(extra: Path | None = None) -> Registry:
    """Return the built-in facts, with those of a user's file on top.

    Raises
    ------
    DataError
        If a file is not valid; the message names file, key, value and what is allowed.
    """
    tools = _built_in()
    own = read_facts(Path(extra)) if extra else _NONE
    made = Registry(tools, {tool: _respelled(facts, tools.get(tool, _NONE)) for tool, facts in own.items()})
    if extra is None:
        made.digest = BUILT_IN
    return made


@cache
def _built_in() -> dict[str, Any]:
    """Return the facts of the package; every registry shares them, and none changes them."""
    package = files("mergekit_eval")
    paths = sorted((p for p in package.joinpath("facts").iterdir() if p.name.endswith(".yaml")), key=lambda p: p.name)
    paths += [p for p in [package.joinpath("tiny", "metrics.yaml")] if p.is_file()]
    tools: dict[str, Any] = {}
    for path in paths:
        merge(tools, read_facts(path))
    return tools


class Patterns:
    """A mapping of patterns, asked for the entries that fit a name, the most literal first."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self.entries = entries
        globs = sorted((p for p in entries if "*" in p or "?" in p), key=lambda p: -len(re.sub(r"[*?]", "", p)))
        self.globs = [(pattern, re.compile(translate(pattern))) for pattern in globs]

    def matching(self, name: str) -> list[str]:
        """Return the patterns that fit a name: the name itself, then the most literal."""
        exact = [name] if name in self.entries else []
        with_filter = "," in name  # a pattern without a filter must not win over the exact name of a metric
        globs = [pattern for pattern, fits in self.globs if pattern != name and fits.match(name)]
        return exact + [pattern for pattern in globs if ("," in pattern) == with_filter]


def _respelled(facts: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return a user's facts with tasks under the name that a tool with ``fold`` knows them by."""
    spelled = _folded(known)
    tasks: dict[str, Any] = {}
    for task, entry in facts.get("tasks", _NONE).items():
        merge(tasks, {spelled.get(fold(str(task)), task): entry})
    return facts | ({"tasks": tasks} if tasks else {})


def on_scale(value: float | None, before: str, after: str) -> float | None:
    """Return a value on another scale, None where there is no way from one to the other."""
    if value is None or before == after:
        return value
    return {("unit", "percent"): value * 100, ("percent", "unit"): value / 100}.get((before, after))


def _rename(pattern: str, new: str, name: str) -> str:
    if "*" not in pattern:
        return new
    found = re.fullmatch(re.escape(pattern).replace(r"\*", "(.*)"), name, re.DOTALL)
    return new.replace("*", found[1], 1) if found else name


def fold(name: str) -> str:
    """Return a name without what people spell as they like: case, ``-``, ``_`` and spaces."""
    return re.sub(r"[-_\s]+", "", name).casefold()


def _folded(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return {folded name: today's name} of a tool that allows it; a spelling of two names stands for neither."""
    if not facts.get("fold"):
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    renamed = facts.get("renamed", _NONE)
    for old, today in [*((task, task) for task in facts.get("tasks", _NONE)), *renamed.items()]:
        if not re.search(r"[*?]", str(old)):
            found[fold(str(old))].add(today)
    return {name: names.pop() for name, names in found.items() if len(names) == 1}


def _is_primary(primary: str | list[str] | None, metric: str, filter: str) -> bool | None:
    if primary is None:
        return None
    allowed = [primary] if isinstance(primary, str) else primary
    return f"{metric},{filter}" in allowed or (filter == "none" and metric in allowed)
