"""Evaluate a study: plan the cells, run what is not done, say what became of each."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mergekit_eval.files import read_json
from mergekit_eval.run import resources
from mergekit_eval.run.commit_results import restore, retire
from mergekit_eval.run.engine import Job, run_jobs
from mergekit_eval.run.lock import only_one
from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.run.plan import Cell, plan_cells
from mergekit_eval.run.progress import Progress, became, log_reason, note, require, say
from mergekit_eval.study import Study
from mergekit_eval.wording import counted

CALL = "mergekit_eval.run.worker:run_cell"  # what a job calls in its process


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
    require("lm-eval")
    if dry_run:
        return [_planned(cell) for cell in plan_cells(study, only)]
    with only_one(study.output):
        digests = Digests(study.output / "cells" / "digests.json")
        cells = plan_cells(study, only, digests)
        digests.save()
        return _run(study, cells)


def _run(study: Study, cells: list[Cell]) -> list[CellRecord]:
    for cell in cells:
        restore(cell.folder, read_json(cell.record), cell.key)
    records = {cell.name: _known(cell) for cell in cells}
    todo = {cell.name: cell for cell in cells if records[cell.name].status == "todo"}
    for cell in cells:
        if records[cell.name].status != "done":
            retire(cell.folder, read_json(cell.record))
    slots = resources.slots(study.backend, [cell.path for cell in todo.values()])
    say(f"evaluate: {counted(len(cells), 'cell')}, {len(todo)} to run, {slots} at a time")
    for record in sorted(records.values(), key=lambda record: record.status):  # the failed first
        if record.status == "failed":
            log_reason(Path(record.log), record.reason)
            say(f"[evaluate] {record.name}: FAILED: {record.reason} (log: {record.log})")
        elif record.reason:
            say(f"[evaluate] {record.name}: {record.reason}")
    _note(study, records)
    progress = Progress("evaluate", len(todo))
    jobs = [
        Job(cell.name, CALL, {"cell": cell}, cell.log, resources.threads(cell.backend, slots), cell.backend.time_limit)
        for cell in todo.values()
    ]
    index = any(not cell.settings["include_path"] for cell in todo.values())
    for outcome in run_jobs(jobs, slots=slots, devices=resources.gpus(study.backend, slots), index=index):
        cell, why = todo[outcome.job.name], outcome.reason
        record = _finished(cell, "ran") if outcome.ok else _record(cell, "failed", outcome.seconds, reason=why)
        records[cell.name] = record
        progress.ended(record)
        _note(study, records)
    return [records[cell.name] for cell in cells]


def _note(study: Study, records: dict[str, CellRecord]) -> None:
    suites = {Path(name).stem for name in study.suites}
    note(study.output / "cells.json", records.values(), lambda r: r["model"] in study.names() and r["suite"] in suites)


def _planned(cell: Cell) -> CellRecord:
    """Return what would become of a cell if its merge were built first."""
    known = _known(cell)
    return known._replace(status="todo") if cell.unbuilt and not cell.problem else known


def _known(cell: Cell) -> CellRecord:
    """Return what can be said of a cell without running it."""
    if cell.status == "done":
        return _finished(cell, "done")
    if reason := cell.problem or cell.unbuilt:
        return _record(cell, "failed", reason=reason)
    damaged = f"{', '.join(cell.damage)}: missing, or not as written; evaluated again" if cell.damage else ""
    return _record(cell, "todo", reason=damaged)


def _finished(cell: Cell, status: str) -> CellRecord:
    known = read_json(cell.record)
    file = cell.folder / next(name for name in known["files"] if name.startswith("results_"))
    return _record(cell, status, known.get("seconds", 0.0), str(file))


def _record(cell: Cell, status: str, seconds: float = 0.0, file: str = "", reason: str = "") -> CellRecord:
    return CellRecord(cell.model, cell.suite, cell.part, status, seconds, str(cell.log), file, reason)
