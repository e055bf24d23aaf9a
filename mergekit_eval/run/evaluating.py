"""Evaluate a study: plan the cells, run what is not done, say what became of each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import asdict

from mergekit_eval.errors import RunError
from mergekit_eval.files import read_json
from mergekit_eval.run import resources
from mergekit_eval.run.commit_results import restore, retire
from mergekit_eval.run.engine import Job, Outcome, run_jobs
from mergekit_eval.run.lock import only_one
from mergekit_eval.run.modelfiles import Digests, check_model
from mergekit_eval.run.plan import Cell, harness_folder, plan_cells
from mergekit_eval.run.progress import Progress, became, say
from mergekit_eval.run.run_log import note
from mergekit_eval.run.taskfiles import version
from mergekit_eval.study import Study
from mergekit_eval.wording import counted


class CellRecord(NamedTuple):
    """What became of a cell: done (found complete), ran, failed, or todo (dry run).

    ``seconds`` is what its evaluation took, in this run or the earlier one that did it; 0.0 where it never ran.
    """

    model: str
    suite: str
    part: str
    status: str
    seconds: float
    log: str
    results_file: str
    reason: str

    @property
    def name(self) -> str:
        """Return ``model/suite`` or ``model/suite.part``."""
        return f"{self.model}/{self.suite}" + (f".{self.part}" if self.part else "")

    def __repr__(self) -> str:
        return became(self.name, self.status, self.seconds, self.reason, self.log)


def evaluate(study: Study, only: Iterable[str] | None = None, dry_run: bool = False) -> list[CellRecord]:
    """Evaluate every model and merge of ``study`` on its suites with lm-eval.

    A cell whose model files, tasks, data, settings and lm-eval version are those of an earlier run is not run
    again. A failed cell leaves its log and reason and stops nobody else. Results appear only complete, in
    ``<output>/harness/<model>/results_<time>.json`` with their samples beside them.

    Parameters
    ----------
    study : Study
    only : iterable of str, optional
        Model names, suite names or ``model/suite``.
    dry_run : bool
        Only say what would run.

    Returns
    -------
    list of CellRecord
        In the order of the plan.

    Raises
    ------
    RunError
        If the output folder cannot be written, another run holds it, or lm-eval is not installed.
    StudyError
        If a suite does not exist or is not valid.
    """
    if not version("lm_eval"):
        raise RunError("lm-eval is not installed; install the kit with its run extra: pip install 'mergekit-eval[run]'")
    if dry_run:
        return [_planned(cell) for cell in plan_cells(study, only)]
    with only_one(study.output):
        digests = Digests(study.output / "cells" / "digests.json")
        cells = plan_cells(study, only, digests)
        digests.save()
        return _run(study, cells)


def _run(study: Study, cells: list[Cell]) -> list[CellRecord]:
    for cell in cells:
        restore(harness_folder(cell), read_json(cell.record), cell.key)
    records = {cell.name: _known(cell) for cell in cells}
    todo = {cell.name: cell for cell in cells if records[cell.name].status == "todo"}
    for cell in cells:
        if records[cell.name].status != "done":
            retire(harness_folder(cell), read_json(cell.record))
    slots = resources.slots(study.backend, [cell.path for cell in todo.values()])
    say(f"evaluate: {counted(len(cells), 'cell')}, {len(todo)} to run, {slots} at a time")
    _refuse([record for record in records.values() if record.status == "failed"])
    for record in records.values():
        if record.status == "todo" and record.reason:
            say(f"[evaluate] {record.name}: {record.reason}")
    _note(study, records)
    progress = Progress("evaluate", len(todo), slots)
    jobs = [_job(study, cell, slots) for cell in todo.values()]
    index = any(not cell.settings["include_path"] for cell in todo.values())
    for outcome in run_jobs(jobs, slots=slots, devices=resources.gpus(study.backend, slots), index=index):
        name = outcome.job.name
        records[name] = _record(todo[name], outcome)
        progress.line(name, _told(records[name]))
        _note(study, records)
    return [records[cell.name] for cell in cells]


def _refuse(records: list[CellRecord]) -> None:
    """Give cells that cannot even start a log and a line too."""
    for record in records:
        Path(record.log).parent.mkdir(parents=True, exist_ok=True)
        Path(record.log).write_text(record.reason + "\n", encoding="utf-8")
        say(f"[evaluate] {record.name}: FAILED: {record.reason} (log: {record.log})")


def _note(study: Study, records: dict[str, CellRecord]) -> None:
    suites = {Path(name).stem for name in study.suites}
    note(study.output / "cells.json", records.values(), lambda r: r["model"] in study.names() and r["suite"] in suites)


def _told(record: CellRecord) -> str:
    if record.status == "failed":
        return f"FAILED after {record.seconds:.1f} s: {record.reason} (log: {record.log})"
    return f"{record.seconds:.1f} s"


def _planned(cell: Cell) -> CellRecord:
    """Return what would become of a cell if its merge were built first."""
    known = _known(cell)
    return known._replace(status="todo") if cell.unbuilt and not cell.problem else known


def _known(cell: Cell) -> CellRecord:
    """Return what can be said of a cell without running it."""
    log = str(cell.log)
    if cell.status == "done":
        return _finished(cell, "done")
    reason = cell.problem or cell.unbuilt
    try:
        if cell.backend.kind == "hf" and not reason:
            check_model(cell.path)
    except (RunError, OSError) as problem:
        reason = str(problem)
    status = "failed" if reason else "todo"
    if cell.damage and not reason:
        reason = f"{', '.join(cell.damage)}: missing, or not as written; evaluated again"
    return CellRecord(cell.model, cell.suite, cell.part, status, 0.0, log, "", reason)


def _finished(cell: Cell, status: str) -> CellRecord:
    known = read_json(cell.record)
    file = harness_folder(cell) / next(name for name in known["files"] if name.startswith("results_"))
    seconds = known.get("seconds", 0.0)
    return CellRecord(cell.model, cell.suite, cell.part, status, seconds, str(cell.log), str(file), "")


def _record(cell: Cell, outcome: Outcome) -> CellRecord:
    if outcome.ok:
        return _finished(cell, "ran")
    return CellRecord(cell.model, cell.suite, cell.part, "failed", outcome.seconds, str(cell.log), "", outcome.reason)


def _job(study: Study, cell: Cell, slots: int) -> Job:
    payload = {
        "output": str(study.output),
        "model": cell.model,
        "path": cell.path,
        "backend": asdict(cell.backend),
        "settings": cell.settings,
        "inputs": cell.inputs,
        "key": cell.key,
        "record": str(cell.record),
    }
    limit, threads = cell.backend.time_limit, resources.threads(cell.backend, slots)
    return Job(cell.name, "mergekit_eval.run.worker:run_cell", payload, cell.log, threads, limit)
