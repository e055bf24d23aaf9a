"""From a merge of the study to mergekit's configuration, with names first and paths only at the end."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mergekit_eval.errors import RunError, explain, unknown
from mergekit_eval.merge_methods import buildable
from mergekit_eval.strict import load_yaml
from mergekit_eval.study import Merge, Study
from mergekit_eval.tiny import MODELS

MODEL_KEYS = ("model", "base_model", "tokenizer_source")


def recipe(study: Study, merge: Merge) -> dict[str, Any]:
    """Return mergekit's configuration of ``merge`` with models under their study names.

    Raises
    ------
    RunError
        If a parameter is unknown, missing, or named for a model that is no parent.
    """
    if merge.recipe:
        return load_yaml(merge.recipe, RunError)
    where = f"{study.file}: merges.{merge.name}"
    if merge.method not in buildable():
        raise RunError(explain(where, "method", merge.method, f"{', '.join(buildable())}, or write a recipe file"))
    table = buildable()[merge.method]
    _check(where, merge, table)
    own, shared = _split(where, merge, table)
    config: dict[str, Any] = {"merge_method": merge.method}
    # The first parent stands where the base is an input, or gives no more than the tokenizer.
    first = merge.parents[0]
    if base := {"ancestor": merge.base, "input": first, "ignored": first, "optional": ""}[table["base"]]:
        config["base_model"] = base
    config["models"] = [{"model": name, **({"parameters": own[name]} if own[name] else {})} for name in merge.parents]
    if shared:
        config["parameters"] = shared
    return config | ({} if merge.dtype == "auto" else {"dtype": merge.dtype})


def _check(where: str, merge: Merge, table: dict[str, Any]) -> None:
    low, high = table["inputs"]
    if len(merge.parents) < low or (high and len(merge.parents) > high):
        raise RunError(explain(where, "parents", list(merge.parents), f"{low} to {high or 'any number of'} parents"))
    allowed = [*table["each"], *table["shared"]]
    for name in merge.parameters:
        if name not in allowed:
            raise RunError(unknown(where, f"parameters.{name}", name, allowed or ["no parameters at all"]))
    for name in table["required"]:
        if name not in merge.parameters:
            raise RunError(f"{where}.parameters.{name} is missing; {merge.method} has no default for it.")
    if table["base"] == "ancestor" and not merge.base:
        raise RunError(f"{where}.base is missing; {merge.method} adds differences to a base model.")


def _split(where: str, merge: Merge, table: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Sort parameters into those written per parent and those written once."""
    own: dict[str, dict[str, Any]] = {name: {} for name in merge.parents}
    shared: dict[str, Any] = {}
    for name, value in merge.parameters.items():
        by_parent = isinstance(value, dict) and not set(value) <= {"value", "filter"}
        if not by_parent:
            shared[name] = value
            continue
        if name not in table["each"]:
            raise RunError(explain(where, f"parameters.{name}", value, "one value for the whole merge"))
        for parent in value:
            if parent not in own:
                raise RunError(unknown(where, f"parameters.{name}", parent, list(own)))
        if missing := [parent for parent in own if parent not in value]:
            raise RunError(explain(where, f"parameters.{name}", value, f"a value for every parent; {missing} lack one"))
        for parent, number in value.items():
            own[parent][name] = number
    return own, shared


def models_of(study: Study, merge: Merge, config: dict[str, Any]) -> dict[str, str]:
    """Return every model the configuration names -> the folder or hub id it means.

    A study name means that model; otherwise a folder relative to the recipe; otherwise a hub id.
    """
    here = merge.recipe.parent if merge.recipe else study.folder
    names: set[str] = set()
    _renamed(config, names.add)
    return {name: _meant(study, here, name) for name in sorted(names)}


def _meant(study: Study, here: Path, name: str) -> str:
    if name in study.names():
        return study.model_path(name)
    local = here / Path(name).expanduser()
    return str(local.resolve()) if name.startswith((".", "/", "~")) or local.is_dir() else name


def _is_model(key: str, value: Any) -> bool:
    """Say whether this entry names a model; ``union`` and ``base`` are words of tokenizer_source only."""
    word = key == "tokenizer_source" and value in ("union", "base")
    return key in MODEL_KEYS and isinstance(value, str) and not word


def with_paths(config: dict[str, Any], paths: Mapping[str, str]) -> dict[str, Any]:
    """Return the configuration as mergekit gets it: absolute paths, so that no bare name means a hub id."""
    renamed: dict[str, Any] = _renamed(config, lambda name: _reference(paths[name]))
    return renamed


def _renamed(node: Any, new: Callable[[str], Any]) -> Any:
    """Return a part of a configuration with something else for every name of a model in it."""
    if isinstance(node, list):
        return [_renamed(item, new) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: new(value) if _is_model(key, value) else _renamed(value, new) for key, value in node.items()}


def _reference(path: str) -> Any:
    """Write a path with ``+`` or ``@`` so that mergekit does not read an adapter or a revision into it."""
    return {"model": {"path": path}} if Path(path).is_absolute() and set(path) & set("+@") else path


def written(study: Study, name: str, path: str) -> str:
    """Return how the files of a merge name a model: from the study's folder on, or by the study's name for it.

    Paths of the machine that made the merge say nothing elsewhere, and something about their owner.
    """
    place = Path(path)
    if not place.is_absolute():
        return path
    if place.parent == MODELS:
        return f"tiny:{place.name}"
    if place.is_relative_to(study.folder):
        return f"./{place.relative_to(study.folder).as_posix()}"
    return name if name in study.names() else place.name
