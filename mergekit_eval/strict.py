"""Read YAML written by people: safe, no duplicate keys, every unknown or mistyped key named."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from mergekit_eval.errors import KitError, StudyError, explain


class Field(NamedTuple):
    """One allowed key: how its value is checked, what to tell a person, and its default."""

    check: Callable[[Any], bool]
    allowed: str
    default: Any = None
    required: bool = False


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses a key written twice, which YAML would silently resolve to the last one."""


def _mapping(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict:
    loader.flatten_mapping(node)
    pairs = [(loader.construct_object(key, deep=True), value) for key, value in node.value]
    seen: set = set()
    for (key, _), (key_node, _) in zip(pairs, node.value, strict=True):
        if not isinstance(key, str | int | float | bool):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a plain word", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is written twice", key_node.start_mark)
        seen.add(key)
    return {key: loader.construct_object(value, deep=True) for key, value in pairs}


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_yaml(path: Path, error: type[KitError] = StudyError) -> dict[str, Any]:
    """Return the mapping in ``path``.

    Raises
    ------
    KitError
        (``error``) If the file is missing, not UTF-8, not YAML, has a key twice, or is no mapping.
    """
    try:
        loaded = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_Loader)
    except (OSError, UnicodeDecodeError) as problem:
        raise error(f"{path}: cannot be read: {problem}") from problem
    except (yaml.YAMLError, RecursionError) as problem:
        raise error(f"{path}: not valid YAML: {problem}") from problem
    if not isinstance(loaded, dict):
        raise error(explain(path, "(whole file)", loaded, "a mapping of keys to values"))
    return loaded


def checked(
    raw: object, fields: Mapping[str, Field], where: object, key: str, error: type[KitError] = StudyError
) -> dict[str, Any]:
    """Return ``raw`` with defaults filled in, after checking every key and value against ``fields``."""
    if not isinstance(raw, Mapping):
        raise error(explain(where, key or "(whole file)", raw, f"a mapping with the keys {list(fields)}"))
    for name, value in raw.items():
        if name not in fields:
            raise error(unknown(where, f"{key}.{name}".lstrip("."), name, fields))
        if not fields[name].check(value):
            raise error(explain(where, f"{key}.{name}".lstrip("."), value, fields[name].allowed))
    for name, field in fields.items():
        if field.required and name not in raw:
            raise error(f"{where}: {key}.{name}".replace(": .", ": ") + f" is missing; allowed: {field.allowed}.")
    return {name: raw.get(name, field.default) for name, field in fields.items()}


def unknown(where: object, key: str, value: object, allowed: Mapping | list | tuple) -> str:
    """Return the message for a name that is not in ``allowed``, with the nearest one that is."""
    near = difflib.get_close_matches(str(value), [str(name) for name in allowed], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{where}: {key}: {str(value)[:200]!r} is not known; allowed: {', '.join(map(str, allowed))}.{hint}"
