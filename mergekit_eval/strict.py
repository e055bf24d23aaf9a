"""Read YAML written by people: safe, no duplicate keys, every mistake of a file named at once."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
import yaml
from msgspec import Meta, Struct

from mergekit_eval.errors import KitError, StudyError, explain, unknown

Kind = TypeVar("Kind", bound=Struct)
Text = Annotated[str, Meta(pattern=r"\S")]
Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(gt=0)]
Amount = Positive | Annotated[float, Meta(gt=0)]
Share = Annotated[float, Meta(gt=0, lt=1)]


def one_of(*words: str) -> msgspec.Meta:
    """Return the note on a key whose value is one of ``words``."""
    return Meta(pattern=rf"\A({'|'.join(map(re.escape, words))})\Z", description=", ".join(words))


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses a key written twice, which YAML would silently resolve to the last one."""


def _mapping(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    pairs = [(loader.construct_object(key, deep=True), value) for key, value in node.value]
    seen: set[object] = set()
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


class Reading:
    """One file while it is read into Structs: msgspec converts key by key, and every mistake is kept.

    While there are mistakes, defaults and None stand in the place of what is wrong. They serve to find further
    mistakes; `finish` keeps them from getting out.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.mistakes: dict[str, str] = {}  # key -> what is wrong there

    def wrong(self, key: str, value: object, allowed: str, todo: str = "") -> None:
        """Keep the mistake of a value that is not allowed."""
        self.keep(key, explain(self.file, key, value, allowed, todo))

    def unknown(self, key: str, value: object, allowed: Iterable[object]) -> None:
        """Keep the mistake of a name that is not one of ``allowed``."""
        self.keep(key, unknown(self.file, key, value, allowed))

    def keep(self, key: str, message: str) -> None:
        """Keep a mistake, unless it only follows from one that is known at this key or above it."""
        if not any(f"{key}.".startswith(f"{known}.") for known in self.mistakes):
            self.mistakes[key] = message

    def finish(self) -> None:
        """Raise one `StudyError` that has a line for every mistake, if there are any."""
        if self.mistakes:
            raise StudyError("\n".join(self.mistakes.values()))

    def existing(self, key: str, folder: Path, path: str | Path) -> Path:
        """Return a path that is relative to ``folder``, and keep the mistake if nothing is there."""
        found = (folder / Path(path).expanduser()).resolve()
        if not found.exists():
            self.wrong(key, str(path), "an existing file or folder", f"Nothing is at {found}.")
        return found

    def struct(self, raw: object, kind: type[Kind], key: str = "", **given: Any) -> Kind:
        """Return ``raw`` as a ``kind``; its fields in ``given`` are no keys of the file."""
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind) if field.name not in given}
        allowed = {name: field.type.__metadata__[-1].description for name, field in fields.items()}
        values = {field.name: None for field in fields.values() if field.required} | given
        if not isinstance(raw, Mapping):
            self.wrong(key or "(whole file)", raw, f"a mapping with the keys {', '.join(fields)}")
            return kind(**values)
        for name, value in raw.items():
            place = f"{key}.{name}".lstrip(".")
            if name not in fields:
                self.unknown(place, name, fields)
                continue
            try:
                values[fields[name].name] = self._value(value, fields[name].type, place)
            except msgspec.ValidationError:
                self.wrong(place, value, allowed[name])
        for name in (name for name, field in fields.items() if field.required and name not in raw):
            place = f"{key}.{name}".lstrip(".")
            self.keep(place, f"{self.file}: {place} is missing; allowed: {allowed[name]}.")
        return kind(**values)

    def _value(self, raw: object, kind: Any, key: str) -> Any:
        """Return ``raw`` as the type of a field; Structs in it are read by `struct`, to find each mistake in them."""
        bare = get_args(kind)[0]
        inner = next((part for part in (bare, *get_args(bare)) if isinstance(part, type(Struct))), None)
        if inner and inner is bare:
            return self.struct(raw, bare, key)
        if inner and raw and get_origin(bare) is tuple and isinstance(raw, list):
            return tuple(self.struct(one, inner, f"{key}[{i}]") for i, one in enumerate(raw))
        if inner and raw and get_origin(bare) is dict and isinstance(raw, dict):
            return {name: self.struct(one, inner, f"{key}.{name}", name=name) for name, one in raw.items()}
        return msgspec.convert(raw, kind, dec_hook=_path)


def _path(_: type, text: object) -> Path:
    return Path(msgspec.convert(text, Text))
