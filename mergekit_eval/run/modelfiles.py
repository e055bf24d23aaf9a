"""What lies in a model folder: is it complete, and which exact files is it. No torch, no loading of weights."""

import hashlib
import json
from collections.abc import Set
from pathlib import Path
from typing import Any

from mergekit_eval.errors import RunError
from mergekit_eval.files import digest, read_json, write_json
from mergekit_eval.wording import share_of

NOT_THE_MODEL = {"README.md", "merge.json", "mergekit_config.yml", ".gitattributes", "model_card.json"}
READ_WHOLE = 1 << 28
PIECE, EVERY = 1 << 12, 1 << 24


def is_local(path: str) -> bool:
    """Say whether ``path`` means a folder of this machine rather than a hub id."""
    return Path(path).is_absolute() or path.startswith((".", "~")) or Path(path).is_dir()


def check_model(path: str) -> None:
    """Raise `RunError` if the local model folder ``path`` cannot be loaded; a hub id is not looked at.

    Reads headers only, so a 15 GB model costs milliseconds. A flipped bit inside the weights is not seen.
    """
    if not is_local(path):
        return
    folder = Path(path)
    if not folder.is_dir():
        raise RunError(f"{path}: no such model folder. Build or copy the model there, or correct the study's path.")
    if not (folder / "config.json").is_file():
        raise RunError(f"{path}: config.json is missing, so this is no model folder.")
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise RunError(f"{path}: no *.safetensors file. Convert the weights to safetensors; pickled ones are refused.")
    from safetensors import SafetensorError, safe_open

    for file in weights:
        try:
            with safe_open(file, framework="np"):
                pass
        except SafetensorError as problem:
            raise RunError(f"{file}: corrupt safetensors file: {problem}. Copy it again.") from problem
    _check_shards(folder)


def _check_shards(folder: Path) -> None:
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return
    try:
        shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, AttributeError, TypeError) as problem:
        raise RunError(f"{index}: unreadable ({problem!r}).") from problem
    if missing := sorted(name for name in shards if not (folder / str(name)).is_file()):
        raise RunError(f"{folder}: {share_of(len(missing), len(shards), 'weight file')} missing, first {missing[0]}.")


class Digests:
    """SHA-256 of files, remembered in one JSON file.

    A file of up to `READ_WHOLE` bytes is read once by every process that asks. A larger one is read again only if its
    size or a time of it changed, or one of the samples of its content: damage that leaves size and times alone.
    """

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        entries = read_json(cache).items()
        self.known: dict[str, list[Any]] = {path: e for path, e in entries if isinstance(e, list) and len(e) == 5}
        self.seen: set[str] = set()

    def file(self, path: Path) -> str:
        """Return the digest of one file."""
        stat, name = path.stat(), str(path)
        # The time of the last change of the entry too: no program can set it, so a restored time of writing shows.
        stamp = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        entry = self.known.get(name, [])
        if entry[:3] != stamp or name not in self.seen:
            sample = _sample(path, stat.st_size) if stat.st_size > READ_WHOLE else ""
            if not sample or entry[:4] != [*stamp, sample]:
                self.known[name] = [*stamp, sample, digest(path)]
            self.seen.add(name)
        return str(self.known[name][4])

    def changed(self, folder: Path, files: object) -> list[str]:
        """Return the names in ``files`` (name -> digest) that ``folder`` lacks or has with another content."""
        if not isinstance(files, dict) or not files:
            return ["the list of its files"]
        return [name for name in files if not (folder / name).is_file() or self.file(folder / name) != files[name]]

    def tree(self, folder: Path, *, without: Set[str] = frozenset()) -> str:
        """Return one digest of names and contents below ``folder``, leaving out hidden and cached files."""
        files = sorted(p for p in folder.rglob("*") if p.is_file() and _counts(p.relative_to(folder), without))
        lines = [f"{p.relative_to(folder).as_posix()}\0{self.file(p)}" for p in files]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def model(self, path: str) -> str:
        """Return the identity of a model: its files' digest, or the hub id as it is written."""
        return self.tree(Path(path), without=NOT_THE_MODEL) if is_local(path) else f"hub:{path}"

    def save(self) -> None:
        """Write the cache; without it the next run only takes longer."""
        write_json(self.cache, self.known)


def _sample(path: Path, size: int) -> str:
    """Return a digest of the file's begin and end and of a piece out of every 16 MiB: milliseconds for gigabytes."""
    found = hashlib.sha256()
    with path.open("rb") as handle:
        for place in (*range(0, size - PIECE, EVERY), size - PIECE):
            handle.seek(place)
            found.update(handle.read(PIECE))
    return found.hexdigest()


def _counts(path: Path, without: Set[str]) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return not hidden and path.name not in without
