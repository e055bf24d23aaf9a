"""Folders of result files in, three tables out: what they say, and what could not be read.

>>> found = collect("results")                                    # doctest: +SKIP
>>> found.scores, found.items, found.problems, found.census       # doctest: +SKIP
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mergekit_eval import lineage as origins
from mergekit_eval.collect import parquet, reruns, roots
from mergekit_eval.collect.assemble import assemble
from mergekit_eval.collect.item_text import item_text
from mergekit_eval.collect.items import Items
from mergekit_eval.collect.leftovers import at_work
from mergekit_eval.collect.pool import read_all
from mergekit_eval.collect.read_file import STATUSES, Record
from mergekit_eval.collect.store import Damaged, Store
from mergekit_eval.collect.walk import Found, walk
from mergekit_eval.files import sweep
from mergekit_eval.registry import BUILT_IN, Registry, load_registry

if TYPE_CHECKING:
    from mergekit_eval.study import Study

TABLES = ("scores", "problems", "items")
CENSUS = "census.json"


class Collection:
    """The three tables of `schema`, as frames that are made when first asked for, and what became of every file.

    Parameters
    ----------
    scores, problems : DataFrame or Path
        The frame, or the parquet file that holds it.
    items : DataFrame, Items or Path
        Likewise.
    census : dict, optional
        files, read, refused, unread, skipped (the last four add up to files), the same ``by_reader``, and ``decided``,
        the number of rows the rule for re-runs left out.
    root : Path, optional
        Folder that holds every file read; tables on disk name files relative to it.
    """

    def __init__(
        self,
        scores: pd.DataFrame | Path,
        items: pd.DataFrame | Items | Path,
        problems: pd.DataFrame | Path,
        census: dict[str, Any] | None = None,
        root: Path | None = None,
    ) -> None:
        self._given: dict[str, pd.DataFrame | Items | Path] = {"scores": scores, "items": items, "problems": problems}
        self.census = census or {}
        self.root = root

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row per (run, model, task, metric, filter)."""
        return self._frame("scores")

    @cached_property
    def problems(self) -> pd.DataFrame:
        """One row per thing that could not be read as it stood."""
        return self._frame("problems")

    @cached_property
    def items(self) -> pd.DataFrame:
        """One row per item of a score."""
        return self._frame("items")

    @property
    def lineage(self) -> pd.DataFrame:
        """Merges as far as files tell, under the files' own names; see `lineage.from_scores`."""
        return origins.from_scores(self.scores)

    def _frame(self, name: str) -> pd.DataFrame:
        given = self._given[name]
        if isinstance(given, Items):
            return given.frame()
        return parquet.read_frame(given, name, self.root) if isinstance(given, Path) else given

    def write(self, folder: Path, home: Path | None = None) -> None:
        """Write the tables into a folder (to be moved to ``home``); a table not looked at yet is passed on as it is."""
        for name in TABLES:
            given = self.__dict__.get(name, self._given[name])
            path = folder / f"{name}.parquet"
            kept = roots.recorded(self.root, home or folder) if self.root and name == "scores" else {}
            if isinstance(given, Items):
                given.write(path, self.root)
            elif isinstance(given, Path):
                parquet.place(given, path, kept)
            else:
                parquet.write_frame(roots.relative(given, name, self.root) if self.root else given, path, kept)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return iter((self.scores, self.items, self.problems))

    def __repr__(self) -> str:
        return f"Collection({', '.join(f'{self.census[name]} {name}' for name in STATUSES if name in self.census)})"


def collect(
    paths: str | Path | Iterable[str | Path],
    *,
    study: Study | None = None,
    rule: str = "newest",
    registry: Registry | None = None,
    cache_dir: str | Path | None = None,
    workers: int | None = None,
) -> Collection:
    """Read every result file below some paths.

    Parameters
    ----------
    paths : path or iterable of paths
        Folders or files.
    study : Study, optional
        Overrides the identity of models and gives them roles.
    rule : {"newest", "first", "best", "all"}
        Which of several runs of one model, task and setting counts.
    registry : Registry, optional
        Facts about metrics; the built-in ones if not given.
    cache_dir : path, optional
        Keeps what was read, so that unchanged files are not parsed again. Without it nothing is written anywhere.
    workers : int, optional
        Processes; by default one per core, at most 8. With 1, files are read in this one, where the limits of memory
        and time that hold for every file are only checked before reading.

    Returns
    -------
    Collection

    Raises
    ------
    DataError
        If a path does not exist, the rule is unknown, or the cache cannot be written. Never because of what a file
        holds: one that takes more than 512 MB of memory or 120 s is a row of ``problems`` (``MERGEKIT_EVAL_FILE_MB``,
        ``MERGEKIT_EVAL_FILE_SECONDS``).
    """
    reruns.check_rule(rule)
    files = walk(paths)
    if cache_dir is None:
        registry = registry or load_registry()
        return _made(files, assemble(list(read_all(files, registry, workers)), registry, study, rule, _in_memory))
    store = Store(Path(cache_dir), registry.digest if registry else BUILT_IN)
    fingerprint = store.fingerprint(files, study, rule)
    with at_work(store.folder, store.leftovers):
        ready = store.tables(fingerprint)
        if ready is None:
            registry = registry or load_registry()
            try:
                ready = _renew(store, fingerprint, files, (registry, study, rule), workers)
            except Damaged:
                store.clear()
                ready = _renew(store, fingerprint, files, (registry, study, rule), workers)
    return read_tables(ready)


def _renew(
    store: Store, fingerprint: str, files: list[Found], given: tuple[Registry, Study | None, str], workers: int | None
) -> Path:
    """Read what is new or changed, and put finished tables into the store."""
    known = store.known(files)
    new = [file for file in files if file.path not in known]
    records = store.keep(new, read_all(new, given[0], workers, store.parts))
    made = _made(files, assemble([*known.values(), *records], *given, store.load))
    return store.finish(fingerprint, lambda folder, home: _save(made, folder, home))


def _made(files: list[Found], assembled: tuple[pd.DataFrame, Items, pd.DataFrame, dict[str, Any]]) -> Collection:
    """Return a collection whose problems name files in their sentences as the tables on disk do."""
    scores, items, problems, census = assembled
    root = roots.common_root([(file.path, file.name) for file in files])
    told = problems if root is None else roots.without(problems, ("message", "todo"), root)
    return Collection(scores, items, told, census, root)


def _in_memory(records: list[Record]) -> list[Any]:
    return [record.items for record in records]


def _save(collection: Collection, folder: Path, home: Path) -> None:
    collection.write(folder, home)
    (folder / CENSUS).write_text(json.dumps(collection.census), encoding="utf-8")


def write_tables(collection: Collection, out_dir: str | Path) -> Path:
    """Write scores, items and problems as parquet into a folder, each atomically, and return the folder."""
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder, below=False)
    collection.write(folder)
    return folder


def read_tables(out_dir: str | Path) -> Collection:
    """Return the collection that `write_tables` wrote into a folder; a table is read when it is first looked at.

    Raises
    ------
    DataError
        If a table is missing; if one has other columns, when it is looked at. The message says which.
    """
    folder = Path(out_dir)
    paths = {name: folder / f"{name}.parquet" for name in TABLES}
    for path in paths.values():
        if not path.is_file():
            parquet.read_frame(path, path.stem)
    census = folder / CENSUS
    told = json.loads(census.read_text(encoding="utf-8")) if census.is_file() else None
    return Collection(paths["scores"], paths["items"], paths["problems"], told, parquet.root_of(paths["scores"]))


__all__ = ["Collection", "collect", "item_text", "read_tables", "write_tables"]
