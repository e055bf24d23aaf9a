"""What a recipe of mergekit says of a merge's origin, by the rules of mergekit's configuration and planner.

mergekit is not needed to read it. What each method does with its base is data (``merge_methods.yaml``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mergekit_eval.merge_forms import Reference, groups, inner, is_recipe, method_of, references, roles
from mergekit_eval.merge_methods import methods
from mergekit_eval.readers._lm_eval import tidy

_UNKNOWN = {"base": "unknown", "silent": {}}


@dataclass(frozen=True)
class Recipe:
    """One merge.

    Parameters
    ----------
    method, base : str
        Empty where unknown or without base. The base is where task vectors start, never a model that is mixed in.
    parents : tuple of str
        Models that go in, each once, in the order of the recipe; stages of a staged merge are replaced by theirs.
    parameters : dict
        What the recipe says of the whole merge.
    stages : tuple of Recipe
        Earlier stages of a staged merge that this one uses.
    known_from : str
        Where this was read.
    inert : tuple of str
        Models that the recipe names and that add nothing: weight or density 0 everywhere.
    unclear : tuple of str
        What could not be understood.
    name : str
        What other stages call it.
    """

    method: str
    parents: tuple[str, ...] = ()
    base: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    stages: tuple[Recipe, ...] = ()
    known_from: str = ""
    inert: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    name: str = ""

    def __str__(self) -> str:
        start = f" on {self.base}" if self.base else ""
        return f"{self.name}: {self.method} of {', '.join(self.parents)}{start}"


def understood(documents: Sequence[dict[str, Any]], known_from: str, last_wins: bool = False) -> list[Recipe]:
    """Return the merge that some documents describe, then every stage that has a name; [] where none is a recipe.

    Parameters
    ----------
    documents : sequence of dict
        Stages in any order; they refer to one another by ``name``. The merge is the one that no other uses, of several
        the one without a name, as in ``mergekit-multimerge``.
    known_from : str
        Where they were read.
    last_wins : bool
        Of several that no other uses the last is the merge (blocks of a model card), which is then said in ``unclear``.
    """
    recipes = [inner(one) for one in documents if is_recipe(one)]
    if not recipes:
        return []
    stages = _Stages(recipes, known_from)
    merge = _final(stages, last_wins)
    others = [one for one in map(stages.recipe, range(len(recipes))) if one.name and one is not merge]
    return [merge, *others]


def _final(stages: _Stages, last_wins: bool) -> Recipe:
    ends = stages.unused()
    without_name = [place for place in ends if not stages.names[place]]
    if len(ends) == 1 or (len(without_name) == 1 and not last_wins):
        return stages.recipe((ends if len(ends) == 1 else without_name)[0])
    told = f"{len(ends)} recipes of which no other uses one" if ends else "its stages use one another in a circle"
    if ends and last_wins:
        last = stages.recipe(ends[-1])
        return replace(last, unclear=(*last.unclear, f"{told}; the last is taken for the merge"))
    names = ", ".join(name for name in map(stages.names.__getitem__, ends[:5]) if name)
    return Recipe("unknown", known_from=stages.known_from, unclear=(told + (f": {names}" if names else ""),))


class _Stages:
    """The recipes of one text, each understood once."""

    def __init__(self, recipes: list[dict[str, Any]], known_from: str) -> None:
        self.recipes, self.known_from = recipes, known_from
        self.names = [tidy(str(one["name"])) if one.get("name") else "" for one in recipes]
        self.places = {name: i for i, name in enumerate(self.names) if name}
        self._made: dict[int, Recipe] = {}
        self._open: set[int] = set()

    def unused(self) -> list[int]:
        """Return the places of the recipes that no other uses."""
        used = {ref.path for i, one in enumerate(self.recipes) for ref in references(one) if self.names[i] != ref.path}
        return [i for i, name in enumerate(self.names) if name not in used]

    def recipe(self, place: int) -> Recipe:
        """Return one recipe with the stages it uses replaced by what went into them."""
        if place not in self._made:
            self._open.add(place)
            self._made[place] = self._understood(place)
            self._open.discard(place)
        return self._made[place]

    def stage(self, model: Reference) -> Recipe | None:
        """Return the stage that a model's name means, None for a model of its own (or the recipe itself)."""
        place = self.places.get(model.path)
        return None if place is None or place in self._open else self.recipe(place)

    def _understood(self, place: int) -> Recipe:
        document, unclear = self.recipes[place], list[str]()
        if list(self.names).count(self.names[place]) > 1 and self.names[place]:
            unclear.append(f"two recipes are named {self.names[place]!r}")
        method = method_of(document)
        facts = methods().get(method, _UNKNOWN)
        if facts is _UNKNOWN:
            unclear.append(f"method {method!r} is not known; its base_model is taken for a base that is no parent")
        found = list(groups(document, unclear))
        parents, inert, bases = roles(found, facts)
        if facts["base"] == "ancestor" and not bases:
            unclear.append(f"{method} starts at a base_model and the recipe names none")
        if len(bases) > 1:
            unclear.append(f"slices start at several bases: {', '.join(map(str, bases))}")
        used = [stage for model in (*parents, *inert, *bases) if (stage := self.stage(model))]
        base, origin = self._base(bases, parents, unclear)
        names = dict.fromkeys([*self._expanded(parents), *origin])
        names = {name: None for name in names if not (bases and name == base)}
        base = "" if base in names else base
        silent = dict.fromkeys([*self._expanded(inert), *(name for stage in used for name in stage.inert)])
        if not names:
            unclear.append("no model adds anything to the base" if base else "no model is named that goes in")
        return Recipe(
            method,
            tuple(names),
            base,
            document["parameters"] if isinstance(document.get("parameters"), dict) else {},
            _once(used),
            self.known_from,
            tuple(name for name in silent if name not in names and name != base),
            (*unclear, *(text for stage in _once(used) for text in stage.unclear)),
            self.names[place],
        )

    def _base(
        self, bases: list[Reference], parents: Iterable[Reference], unclear: list[str]
    ) -> tuple[str, tuple[str, ...]]:
        """Return the base, and the parents that come with it where it is a stage."""
        if len(bases) == 1:
            stage = self.stage(bases[0])
            return (stage.base, stage.parents) if stage else (str(bases[0]), ())
        inherited = dict.fromkeys(stage.base for model in parents if (stage := self.stage(model)) and stage.base)
        if len(inherited) > 1:
            unclear.append(f"its stages start at several bases: {', '.join(inherited)}")
        return (next(iter(inherited)) if len(inherited) == 1 and not bases else "", ())

    def _expanded(self, models: Iterable[Reference]) -> Iterator[str]:
        """Yield names of models, a stage replaced by its parents and the adapter that was put on it."""
        for model in models:
            if stage := self.stage(model):
                yield from stage.parents
                yield from [model.adapter] if model.adapter else []
            else:
                yield str(model)


def _once(stages: list[Recipe]) -> tuple[Recipe, ...]:
    return tuple({stage.name: stage for stage in stages}.values())
