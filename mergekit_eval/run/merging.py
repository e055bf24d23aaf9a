"""Build the merges of a study with mergekit, in worker processes that share one import."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from mergekit_eval.errors import RunError
from mergekit_eval.files import read_json
from mergekit_eval.run import resources
from mergekit_eval.run.engine import Job, run_jobs
from mergekit_eval.run.lock import only_one
from mergekit_eval.run.merge_identity import is_finished, merge_facts, merge_key
from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.run.progress import Progress, became, chosen, log_reason, note, require, say
from mergekit_eval.run.recipes import with_paths, written
from mergekit_eval.study import Study
from mergekit_eval.wording import counted


class MergeRecord(NamedTuple):
    """What became of a merge: done (found finished), ran (built now), failed, or todo (dry run).

    ``seconds`` and ``peak_memory_mb`` are what building it took, now or in the earlier run that did it.
    """

    name: str
    status: str
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    folder: str = ""
    log: str = ""
    reason: str = ""

    def __repr__(self) -> str:
        return became(self.name, self.status, self.seconds, self.reason, self.log)


def merge_all(
    study: Study, only: Iterable[str] | None = None, force: bool = False, dry_run: bool = False
) -> list[MergeRecord]:
    """Build every merge of ``study`` that is not finished yet; a merge of merges waits for its parents.

    A finished merge (same parents' files, same recipe, seed and mergekit version) is not built again. A failed
    one leaves its log and reason and stops only the merges made of it.

    Parameters
    ----------
    study : Study
    only : iterable of str, optional
        Names of merges; their unfinished parents are built with them.
    force : bool
        Build finished ones again.
    dry_run : bool
        Only say what would be built.

    Returns
    -------
    list of MergeRecord
        In the order of the study.

    Raises
    ------
    RunError
        If the output folder cannot be written, another run holds it, mergekit is not installed, or a name in
        ``only`` is no merge.
    """
    require("mergekit")
    names = _chosen(study, only)
    if dry_run:
        digests = Digests(study.output / "cells" / "digests.json")
        return [_dry(study, name, digests, force) for name in names]
    with only_one(study.output):
        return _build(study, names, force)


def _chosen(study: Study, only: Iterable[str] | None) -> list[str]:
    if only is None:
        return list(study.merges)
    needed = chosen(only, study.file, study.merges)
    for _ in study.merges:
        needed |= {parent for name in needed for parent in _sources(study, name)}
    return [name for name in study.merges if name in needed]


def _sources(study: Study, name: str) -> list[str]:
    merge = study.merges[name]
    return [parent for parent in (*merge.parents, merge.base) if parent in study.merges]


def _build(study: Study, names: list[str], force: bool) -> list[MergeRecord]:
    records: dict[str, MergeRecord] = {}
    parents = {study.model_path(name) for merge in study.merges.values() for name in merge.parents}
    # Merges are built on the CPU whatever the backend's device is.
    slots = resources.slots(replace(study.backend, device="cpu"), sorted(parents))
    progress = Progress("merge", len(names))
    say(f"merge: {counted(len(names), 'merge')}, {slots} at a time")
    while left := [name for name in names if name not in records]:
        digests = Digests(study.output / "cells" / "digests.json")
        jobs = []
        for name in [name for name in left if not set(_sources(study, name)) & set(left)]:
            failed = [source for source in _sources(study, name) if records[source].status == "failed"]
            reason = f"its parent {failed[0]} could not be built" if failed else ""
            known = MergeRecord(name, "failed", reason=reason) if failed else _known(study, name, digests, force)
            if known.status == "todo":
                jobs.append(_job(study, name, digests))
                continue
            if known.status == "failed":
                log_reason(_log(study, name), known.reason)
            records[name] = known._replace(log=str(_log(study, name)))
            progress.line(name, known.status + (f": {known.reason}" if known.reason else ""))
        digests.save()
        for outcome in run_jobs(jobs, slots=slots):
            name, log = outcome.job.name, str(outcome.job.log)
            record = (
                _finished(study, name, "ran", outcome.value)
                if outcome.ok
                else MergeRecord(name, "failed", outcome.seconds, log=log, reason=outcome.reason)
            )
            records[name] = record
            progress.ended(record, f", {record.peak_memory_mb:.0f} MB")
            _note(study, records)
    _note(study, records)
    return [records[name] for name in names]


def _note(study: Study, records: dict[str, MergeRecord]) -> None:
    note(study.output / "merges.json", records.values(), lambda row: row["name"] in study.merges)


def _known(study: Study, name: str, digests: Digests, force: bool) -> MergeRecord:
    """Return what can be said of a merge without building it."""
    folder = Path(study.model_path(name))
    try:
        _, _, facts = merge_facts(study, study.merges[name], digests)
    except (RunError, OSError) as problem:
        return MergeRecord(name, "failed", reason=str(problem))
    if not force and is_finished(folder, merge_key(facts), digests):
        return _finished(study, name, "done", read_json(folder / "merge.json"))
    return MergeRecord(name, "todo", folder=str(folder))


def _dry(study: Study, name: str, digests: Digests, force: bool) -> MergeRecord:
    folders = [study.model_path(source) for source in _sources(study, name)]
    if not all(Path(folder).is_dir() for folder in folders):
        return MergeRecord(name, "todo", folder=study.model_path(name))
    return _known(study, name, digests, force)


def _job(study: Study, name: str, digests: Digests) -> Job:
    config, paths, facts = merge_facts(study, study.merges[name], digests)
    words = {model: written(study, model, path) for model, path in paths.items()}
    payload = {
        "output": str(study.output),
        "folder": study.model_path(name),
        "config": with_paths(config, paths),
        "stated": with_paths(config, words),
        "written": {path: words[model] for model, path in paths.items()},
        "seed": study.merges[name].seed,
        "facts": {"name": name, "key": merge_key(facts), **facts},
    }
    # One thread unless told otherwise: norms and means then add up in one order, and the bytes are the same anywhere.
    threads = study.backend.threads or 1
    target = "mergekit_eval.run.build_merge:build"
    return Job(name, target, payload, _log(study, name), threads, study.backend.time_limit)


def _log(study: Study, name: str) -> Path:
    return study.output / "logs" / "merge" / f"{name}.log"


def _finished(study: Study, name: str, status: str, made: dict[str, Any]) -> MergeRecord:
    seconds, memory = made.get("wall_seconds", 0.0), made.get("peak_memory_mb", 0.0)
    return MergeRecord(name, status, seconds, memory, study.model_path(name), str(_log(study, name)))
