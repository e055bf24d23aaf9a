"""Short labels of what tells conditions apart: at most 60 characters, made of what differs."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping

LONGEST = 60
VALUE = 24
ABSENT = "-"

Variants = Mapping[str, Mapping[str, str]]


def labels(variants: Variants) -> dict[str, str]:
    """Return a label for each variant, no two alike.

    Keys with path-like values come first, then short ones; as many as fit are shown, and labels that are not enough to
    tell their variants apart end in a digest.

    Parameters
    ----------
    variants : mapping of mapping
        Name of a variant -> its settings.
    """
    values = {key: {name: _line(mine.get(key)) for name, mine in variants.items()} for key in differing(variants)}
    shown = {key: _shown(list(mine.values())) for key, mine in values.items()}

    def rank(key: str) -> tuple[bool, int, str]:
        return not any(map(_is_path, values[key].values())), len(key) + max(map(len, shown[key].values())), key

    parts = {name: [f"{key}={shown[key][values[key][name]]}" for key in sorted(values, key=rank)] for name in variants}
    counts = range(1, len(values) + 1)
    fits = [count for count in counts if max(len(", ".join(mine[:count])) for mine in parts.values()) <= LONGEST]
    found = {name: cut(", ".join(mine[: max(fits, default=1)])) for name, mine in parts.items()}
    often = Counter(found.values())
    wholes = {name: repr([values[key][name] for key in values]) for name in variants}
    return {name: cut(label, wholes[name]) if often[label] > 1 else label for name, label in found.items()}


def differing(variants: Variants) -> list[str]:
    """Return the keys in which variants differ."""
    keys = dict.fromkeys(key for one in variants.values() for key in one)
    return [key for key in keys if len({str(one.get(key, ABSENT)) for one in variants.values()}) > 1]


def ends_of(paths: Iterable[str]) -> dict[str, str]:
    """Return the shortest ends of paths that tell them apart."""
    pieces = {path: [part for part in path.split("/") if part] or [path] for path in paths}
    for depth in range(1, max(map(len, pieces.values()), default=0) + 1):
        ends = {path: posixpath.join(*mine[-depth:]) for path, mine in pieces.items()}
        if len(set(ends.values())) == len(ends):
            return ends
    return {path: path for path in pieces}


def cut(label: str, whole: str = "") -> str:
    """Return a label of at most `LONGEST` characters; one that is cut, or stands for ``whole``, ends in a digest."""
    if len(label) <= LONGEST and not whole:
        return label
    mark = f" #{hashlib.sha256((whole or label).encode('utf-8', 'backslashreplace')).hexdigest()[:8]}"
    kept = label[: LONGEST - len(mark) - 1]
    return f"{kept}…{mark}" if len(kept) < len(label) else label + mark


def _line(value: object) -> str:
    return ABSENT if value is None else " ".join(str(value).split())


def _is_path(value: str) -> bool:
    return "/" in value and " " not in value


def _shown(values: list[str]) -> dict[str, str]:
    """Return value -> what a label shows of it: the ends of paths, and long texts from where they begin to differ."""
    told = [value for value in dict.fromkeys(values) if value != ABSENT]
    if all(map(_is_path, told)):
        ends = ends_of(told)
    else:
        apart = next((at for at, chars in enumerate(zip(*told, strict=False)) if len(set(chars)) > 1), 0)
        start = max(told[0].rfind(mark, 0, apart) + 1 for mark in " ./_-{") if max(map(len, told)) > VALUE else 0
        ends = {value: value if start < VALUE // 4 else f"…{value[start:]}" for value in told}
    return {ABSENT: ABSENT} | {v: end if len(end) <= VALUE else f"{end[: VALUE - 1]}…" for v, end in ends.items()}


def as_ids(names: Iterable[str]) -> str:
    """Return what to do so that names of result files are a model of a study, as the line to write."""
    listed = ", ".join(json.dumps(name, ensure_ascii=False) for name in names)
    return f"in a study write under models: `NAME: {{role: ..., ids: [{listed}]}}`"
