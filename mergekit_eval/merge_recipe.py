"""What a recipe of mergekit says of a merge's origin, by the rules of mergekit's configuration and planner.

mergekit is not needed to read it. What each method does with its base is data (``merge_methods.yaml``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import yaml

from mergekit_eval.merge_methods import methods
from mergekit_eval.readers._lm_eval import DEFAULT_REVISIONS, tidy

LARGEST = 1 << 20
MARKS = re.compile(r"^\s*['\"]?(merge_method|experts|slices|genome)['\"]?\s*:", re.MULTILINE)
# Stands for a value that is neither 0 nor 1: a default, or no number at all.
OTHER = float("inf")
_UNKNOWN = {"base": "unknown", "silent": {}}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Reference(NamedTuple):
    """A model as mergekit names it: path or hub id, revision, and the adapter put on it ("" for none)."""

    path: str
    revision: str = ""
    adapter: str = ""

    def __str__(self) -> str:
        at, on = f"@{self.revision}" if self.revision else "", f"+{self.adapter}" if self.adapter else ""
        return f"{self.path}{at}{on}"


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


class Source(NamedTuple):
    """One model in one place of a recipe; its settings from the nearest to the most general."""

    model: Reference
    settings: tuple[Mapping[str, Any], ...]


class Group(NamedTuple):
    """Models that are mixed with one another: all of a ``models:`` list, or one slice."""

    sources: tuple[Source, ...]
    base: Reference | None
    whole: bool
    settings: tuple[Mapping[str, Any], ...]


def documents_of(text: str) -> list[dict[str, Any]]:
    """Return the YAML documents of a text that are mappings.

    Raises
    ------
    ValueError
        If it is longer than `LARGEST`, or not YAML.
    """
    if len(text) > LARGEST:
        raise ValueError(f"{len(text):,} characters; a recipe of more than {LARGEST:,} is not read")
    try:
        return [one for one in yaml.load_all(text, _LOADER) if isinstance(one, dict)]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ValueError(f"not valid YAML: {' '.join(str(error).split())[:200]}") from error


def is_recipe(document: Mapping[str, Any]) -> bool:
    """Say whether a YAML document is a merge: it names a method, or the experts of a mixture."""
    inner = _inner(document)
    return isinstance(inner.get("merge_method"), str) or isinstance(inner.get("experts"), list)


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
    recipes = [_inner(one) for one in documents if is_recipe(one)]
    if not recipes:
        return []
    stages = _Stages(recipes, known_from)
    merge = _final(stages, last_wins)
    others = [one for one in map(stages.recipe, range(len(recipes))) if one.name and one is not merge]
    return [merge, *others]


def _final(stages: _Stages, last_wins: bool) -> Recipe:
    ends = stages.unused()
    without_name = [place for place in ends if not stages.names[place]]
    if 1 in (len(ends), len(without_name)):
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
        used = {ref.path for i, one in enumerate(self.recipes) for ref in _references(one) if self.names[i] != ref.path}
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
        method = _method(document)
        facts = methods().get(method, _UNKNOWN)
        if facts is _UNKNOWN:
            unclear.append(f"method {method!r} is not known; its base_model is taken for a base that is no parent")
        groups = list(_groups(document, unclear))
        parents, inert, bases = _roles(groups, facts)
        if facts["base"] == "ancestor" and not bases:
            unclear.append(f"{method} starts at a base_model and the recipe names none")
        if len(bases) > 1:
            unclear.append(f"slices start at several bases: {', '.join(map(str, bases))}")
        used = [stage for model in (*parents, *inert, *bases) if (stage := self.stage(model))]
        base, origin = self._base(bases, parents, unclear)
        names = dict.fromkeys([*self._expanded(parents), *origin])
        names = {name: None for name in names if not (bases and name == base)}
        base = "" if base in names else base
        silent = dict.fromkeys(self._silent(used, inert))
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

    def _silent(self, stages: list[Recipe], inert: list[Reference]) -> Iterator[str]:
        """Yield names of models that add nothing, here or in a stage."""
        yield from self._expanded(inert)
        for stage in stages:
            yield from stage.inert


def _once(stages: list[Recipe]) -> tuple[Recipe, ...]:
    return tuple({stage.name: stage for stage in stages}.values())


def _inner(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition that mergekit-evolve keeps under ``genome``, else the document itself."""
    inner = document.get("genome")
    return dict(inner) if isinstance(inner, dict) and "merge_method" in inner else dict(document)


def _method(document: Mapping[str, Any]) -> str:
    stated = document.get("merge_method")
    method = stated.strip() if isinstance(stated, str) else "moe"
    return method.lower() if method.lower() in methods() else method


def _roles(
    groups: Iterable[Group], facts: Mapping[str, Any]
) -> tuple[list[Reference], list[Reference], list[Reference]]:
    """Return the models that go in, those that add nothing, and the bases, each once and in order."""
    named: dict[Reference, None] = {}
    acting: dict[Reference, None] = {}
    bases: dict[Reference, None] = {}
    groups = list(groups)
    experts = {source.model for group in groups for source in group.sources}
    for group in groups:
        sources, base, role = group.sources, group.base, facts["base"]
        listed = base in {source.model for source in sources}
        if base and (role in ("ancestor", "optional", "unknown") or (role == "shell" and base not in experts)):
            bases[base] = None
            sources = tuple(source for source in sources if source.model != base)
        elif base and not listed and (role == "input" or (role == "ignored" and group.whole)):
            sources = (*sources, Source(base, group.settings))
        silent = _silenced(sources, base, group.settings, facts["silent"])
        named |= dict.fromkeys(source.model for source in sources)
        acting |= dict.fromkeys(source.model for source in sources if source.model not in silent)
    return list(acting), [model for model in named if model not in acting], list(bases)


def _silenced(
    sources: Sequence[Source], base: Reference | None, settings: tuple[Mapping[str, Any], ...], rules: Mapping[str, str]
) -> set[Reference]:
    """Return the sources of a group to which its settings leave nothing."""
    found: set[Reference] = set()
    for name, rule in rules.items():
        if rule in ("own", "alone"):
            zero = {source.model for source in sources if possible(name, source.settings) == {0.0}}
            found |= zero if rule == "own" or len(zero) < len(sources) else set()
        else:
            values = possible(name, settings)
            others = {source.model for source in sources if source.model != base}
            found |= others if values == {0.0} else {base} if base and rule == "pair" and values == {1.0} else set()
    return found


def possible(name: str, settings: Iterable[Mapping[str, Any]]) -> set[float]:
    """Return every value a parameter can take, in mergekit's order of precedence.

    A filter may or may not match a tensor, so its value is possible and so is what follows. Where nothing is left that
    matches always, mergekit's default counts, which silences no source.
    """
    found: set[float] = set()
    for scope in settings:
        values, final = _values(scope.get(name))
        found |= values
        if final:
            return found
    return found | {OTHER}


def _values(setting: Any) -> tuple[set[float], bool]:
    """Return the values of a setting (number, gradient, values with filters), and whether one of them always holds."""
    if isinstance(setting, dict):
        setting = [setting]
    if not isinstance(setting, list):
        return ({_number(setting)}, True) if setting is not None else (set(), False)
    if not any(isinstance(one, dict) for one in setting):
        return {_number(one) for one in setting}, bool(setting)
    found: set[float] = set()
    for one in (one for one in setting if isinstance(one, dict)):
        value = one.get("value")
        found |= set(map(_number, value if isinstance(value, list) else [value]))
        if one.get("filter") in (None, "*"):
            return found, True
    return found, False


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return OTHER


def _groups(document: Mapping[str, Any], unclear: list[str]) -> Iterator[Group]:
    """Yield the groups of a recipe in every form that mergekit accepts."""
    base, top = reference(document.get("base_model")), _settings(document)
    if not any(isinstance(document.get(key), list | dict) for key in ("models", "slices", "modules", "experts")):
        unclear.append("it has none of models, slices, modules, experts")
    yield from _form(document, "models", base, (top,), unclear)
    yield from _form(document, "slices", base, (top,), unclear)
    modules = document.get("modules")
    for module in modules.values() if isinstance(modules, dict) else ():
        if isinstance(module, dict):
            for form in ("models", "slices"):
                yield from _form(module, form, base, (_settings(module), top), unclear)
    experts = [*_list(document.get("experts")), *_list(document.get("shared_experts"))]
    if experts and "merge_method" not in document:
        yield Group(tuple(_sources(experts, (top,), unclear, "source_model")), base, False, (top,))


def _form(
    part: Mapping[str, Any],
    form: str,
    base: Reference | None,
    settings: tuple[Mapping[str, Any], ...],
    unclear: list[str],
) -> Iterator[Group]:
    entries = _list(part.get(form))
    if form == "models" and entries:
        yield Group(tuple(_sources(entries, settings, unclear)), base, True, settings)
    for entry in entries if form == "slices" else ():
        own = entry if isinstance(entry, dict) else {}
        inner = (_settings(own), *settings)
        sources = tuple(_sources(_list(own.get("sources")), inner, unclear))
        if sources:
            yield Group(sources, reference(own.get("base_model")) or base, False, inner)
        else:
            unclear.append("a slice without sources")


def _sources(
    entries: list[Any], settings: tuple[Mapping[str, Any], ...], unclear: list[str], key: str = "model"
) -> Iterator[Source]:
    for entry in entries:
        named = reference(entry.get(key) if isinstance(entry, dict) else entry)
        if named:
            yield Source(named, (_settings(entry), *settings))
        else:
            unclear.append(f"an entry names no model: {repr(entry)[:80]}")


def _settings(part: Any) -> Mapping[str, Any]:
    given = part.get("parameters") if isinstance(part, dict) else None
    return given if isinstance(given, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _references(document: Mapping[str, Any]) -> Iterator[Reference]:
    for group in _groups(document, []):
        yield from (source.model for source in group.sources)
        if group.base:
            yield group.base


def reference(value: Any) -> Reference | None:
    """Return a model in mergekit's spellings, None where there is none.

    ``path``, ``path@revision`` and ``path+adapter`` are the short ones; the long one is a mapping with ``model`` and
    ``lora``, each a text or ``{path: ..., revision: ...}``, in which ``+`` is part of a path.
    """
    if isinstance(value, str):
        model, _, adapter = value.partition("+")
        return _reference(model, adapter)
    if isinstance(value, dict):
        return _reference(value.get("model", value if "path" in value else None), value.get("lora"))
    return None


def _reference(model: Any, adapter: Any) -> Reference | None:
    path, revision = _path(model)
    on_it, of_it = _path(adapter)
    if not path:
        return None
    return Reference(path, revision, str(Reference(on_it, of_it)) if on_it else "")


def _path(value: Any) -> tuple[str, str]:
    """Return (path, revision) of a text ``path@revision`` or of a mapping; ("", "") for anything else."""
    if isinstance(value, str):
        path, _, revision = value.partition("@")
    elif isinstance(value, dict) and isinstance(value.get("path"), str):
        path, revision = value["path"], str(value.get("revision") or "")
    else:
        return "", ""
    return tidy(path), "" if revision.strip() in DEFAULT_REVISIONS else revision.strip()
