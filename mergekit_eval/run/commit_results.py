"""From files in a scratch folder to results that are complete or absent."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mergekit_eval.errors import RunError
from mergekit_eval.files import digest, move, read_json, write_json


def checked(scratch: Path, counts: dict[str, int], said: str) -> list[Path]:
    """Return the files of a complete run, samples first.

    Parameters
    ----------
    scratch : Path
        Where lm-eval was told to write.
    counts : dict
        Task -> rows that its samples file must have.
    said : str
        What lm-eval logged while it saved; it goes on after a failed save and tells the reason only there.

    Raises
    ------
    RunError
        If a file is missing, broken or short.
    """
    found = sorted(scratch.rglob("results_*.json"))
    if len(found) != 1:
        raise RunError(f"lm-eval could not save its results: {said}")
    try:
        stamp = found[0].stem.removeprefix("results_")
        json.loads(found[0].read_text(encoding="utf-8"))
    except ValueError as problem:
        raise RunError(f"lm-eval could not save its results, the file is broken ({problem}): {said}") from problem
    samples = [found[0].parent / f"samples_{task}_{stamp}.jsonl" for task in counts]
    for file, count in zip(samples, counts.values(), strict=True):
        lines = file.read_bytes().count(b"\n") if file.is_file() else 0
        if lines != count:
            raise RunError(f"lm-eval saved {lines} of {count} rows of {file.name}: {said}")
    return [*samples, found[0]]


def publish(made: list[Path], folder: Path, record: Path, key: str, seconds: float) -> str:
    """Move complete files into ``folder``, the results last, and note them; older ones of this cell step aside.

    What the cell took is noted with them: a later run that finds it done can still say what it cost.
    """
    folder.mkdir(parents=True, exist_ok=True)
    retire(folder, read_json(record))
    # In the order of the moves: the results come last, and first when they step aside.
    files = {file.name: digest(file) for file in made}
    write_json(record, {"key": key, "seconds": round(seconds, 3), "files": files})
    for file in made:
        move(file, folder / file.name)
    return str(folder / made[-1].name)


def retire(folder: Path, old: dict[str, Any]) -> None:
    """Keep results of other weights or settings, but where nobody reads them as today's."""
    _move(reversed(old.get("files") or {}), folder, _aside(folder))


def restore(folder: Path, old: dict[str, Any], key: str) -> None:
    """Bring back results that stepped aside for settings which were then given up."""
    if old.get("key") == key:
        _move(old.get("files") or {}, _aside(folder), folder)


def _aside(folder: Path) -> Path:
    return folder.parent.parent / "superseded" / folder.name


def _move(names: Iterable[str], source: Path, target: Path) -> None:
    for name in names:
        if (source / name).is_file() and not (target / name).exists():
            move(source / name, target / name)
