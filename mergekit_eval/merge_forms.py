"""The forms in which mergekit's configuration names models, and what their settings leave of each.

A recipe is a row of groups (a ``models:`` list, or one slice), whatever form it is written in; within a group the fact
of its method says who goes in, and the parameters, resolved in mergekit's order, who adds nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from mergekit_eval.merge_methods import methods
from mergekit_eval.readers._lm_eval import DEFAULT_REVISIONS, tidy

LARGEST = 1 << 18
MARKS = re.compile(r"^\s*['\"]?(merge_method|experts|slices|genome)['\"]?\s*:", re.MULTILINE)
# Stands for a value that is neither 0 nor 1: a default, or no number at all.
OTHER = float("inf")


class Reference(NamedTuple):
    """A model as mergekit names it: path or hub id, revision, and the adapter put on it ("" for none)."""

    path: str
    revision: str = ""
    adapter: str = ""

    def __str__(self) -> str:
        at, on = f"@{self.revision}" if self.revision else "", f"+{self.adapter}" if self.adapter else ""
        return f"{self.path}{at}{on}"


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
        return [one for one in yaml.safe_load_all(text) if isinstance(one, dict)]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ValueError(f"not valid YAML: {' '.join(str(error).split())[:200]}") from error


def is_recipe(document: Mapping[str, Any]) -> bool:
    """Say whether a YAML document is a merge: it names a method, or the experts of a mixture."""
    genome = inner(document)
    return isinstance(genome.get("merge_method"), str) or isinstance(genome.get("experts"), list)


def inner(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition that mergekit-evolve keeps under ``genome``, else the document itself."""
    inner = document.get("genome")
    return dict(inner) if isinstance(inner, dict) and "merge_method" in inner else dict(document)


def method_of(document: Mapping[str, Any]) -> str:
    """Return the method of a recipe as mergekit spells it, "moe" for a mixture of experts."""
    stated = document.get("merge_method")
    method = stated.strip() if isinstance(stated, str) else "moe"
    return method.lower() if method.lower() in methods() else method


def roles(
    groups: Iterable[Group], facts: Mapping[str, Any]
) -> tuple[list[Reference], list[Reference], list[Reference]]:
    """Return the models that go in, those that add nothing, and the bases, each once and in order."""
    named: dict[Reference, None] = {}
    acting: dict[Reference, None] = {}
    bases: dict[Reference, None] = {}
    given = list(groups)
    experts = {source.model for group in given for source in group.sources}
    for group in given:
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


def groups(document: Mapping[str, Any], unclear: list[str]) -> Iterator[Group]:
    """Yield the groups of a recipe in every form that mergekit accepts."""
    base, top = reference(document.get("base_model")), _settings(document)
    if not any(isinstance(document.get(key), list | dict) for key in ("models", "slices", "modules", "experts")):
        unclear.append("it has none of models, slices, modules, experts")
    modules = document.get("modules")
    for part in (document, *(modules.values() if isinstance(modules, dict) else ())):
        settings = (top,) if part is document else (_settings(part), top)
        if models := _list(part, "models"):
            yield Group(tuple(_sources(models, settings, unclear)), base, True, settings)
        for entry in _list(part, "slices"):
            inner = (_settings(entry), *settings)
            if sources := tuple(_sources(_list(entry, "sources"), inner, unclear)):
                yield Group(sources, reference(entry.get("base_model")) or base, False, inner)
            else:
                unclear.append("a slice without sources")
    experts = [*_list(document, "experts"), *_list(document, "shared_experts")]
    if experts and "merge_method" not in document:
        yield Group(tuple(_sources(experts, (top,), unclear, "source_model")), base, False, (top,))


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


def _list(part: Any, key: str) -> list[Any]:
    """Return the list that a part of a recipe has under a key, an empty one where it has none."""
    value = part.get(key) if isinstance(part, dict) else None
    return value if isinstance(value, list) else []


def references(document: Mapping[str, Any]) -> Iterator[Reference]:
    """Yield every model that a recipe names as a source or as a base."""
    for group in groups(document, []):
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
