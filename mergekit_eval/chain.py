"""The whole path of a study: the project's own notebooks, one after another, each by papermill.

Notebooks that only read the tables run side by side. What one of them breaks, the others still finish.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from mergekit_eval.errors import ParameterError
from mergekit_eval.notebooks import Outcome, execute, find
from mergekit_eval.provenance import write_json
from mergekit_eval.study import Study

FIRST = ("01", "02", "03")
LAST = ("10",)
INDEPENDENT = ("00",)


class Step(NamedTuple):
    """One notebook of the chain and where its executed copy goes."""

    name: str
    output: Path


def plan(study: Study, steps: str = "") -> list[Step]:
    """Return the steps of a study, in order; ``steps`` is '' for all, '03-07', '05' or '03,05-07'."""
    known = [name for name in find(workspace=study.folder) if name.split("_")[0] not in INDEPENDENT]
    wanted = known if not steps else [name for part in steps.split(",") for name in _range(part.strip(), known)]
    return [Step(name, study.output / "notebooks" / f"{name}.ipynb") for name in sorted(dict.fromkeys(wanted))]


def _range(part: str, known: list[str]) -> list[str]:
    first, _, last = part.partition("-")
    numbers = {name.split("_")[0] for name in known}
    if first not in numbers or (last and last not in numbers):
        raise ParameterError(f"steps = {part!r}; allowed: {', '.join(sorted(numbers))}, ranges like 03-07, and commas.")
    return [name for name in known if first <= name.split("_")[0] <= (last or first)]


def run(study: Study, steps: str = "", *, say: Callable[[str], None], time_limit: float = 24 * 3600) -> list[Outcome]:
    """Run the chain and return what became of every step; ``status.json`` beside the notebooks always tells too.

    Steps 01-03 stop the chain where they fail, since all others read what they write. The others stop nobody.
    """
    todo = plan(study, steps)
    done: list[Outcome] = []
    phases = [[s] for s in todo if s.name[:2] in FIRST]
    phases += [[s for s in todo if s.name[:2] not in FIRST + LAST], [s for s in todo if s.name[:2] in LAST]]
    broken = ""
    for phase in filter(None, phases):
        if broken:
            done += [Outcome(step.name, "skipped", 0.0, "", f"needs {broken}") for step in phase]
        else:
            done += _phase(study, phase, done, say, time_limit)
            broken = next((o.name for o in done if o.state == "failed" and o.name[:2] in FIRST), "")
        _status(study, todo, done)
    return done


def _phase(
    study: Study, phase: list[Step], done: list[Outcome], say: Callable[[str], None], time_limit: float
) -> list[Outcome]:
    files = find(workspace=study.folder)

    def one(step: Step) -> Outcome:
        outcome = execute(files[step.name], {"study": str(study.file)}, step.output, time_limit=time_limit)
        say(
            f"{step.name}: {outcome.state} in {outcome.seconds:.1f} s{' - ' + outcome.reason if outcome.reason else ''}"
        )
        return outcome

    _status(study, phase, done)
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(one, phase))


def _status(study: Study, todo: list[Step], done: list[Outcome]) -> None:
    """Write the batch status: every step with its state, so that a killed batch still says how far it came."""
    finished = {outcome.name for outcome in done}
    pending = [{"name": step.name, "state": "pending", "output": str(step.output)} for step in todo]
    rows = [outcome._asdict() for outcome in done] + [row for row in pending if row["name"] not in finished]
    write_json(study.output / "notebooks" / "status.json", sorted(rows, key=lambda row: str(row["name"])))


def failed_cells(study: Study) -> list[dict]:
    """Return the merges and evaluation cells of the last run that failed, with log and reason."""
    rows = []
    for name in ("merges", "cells"):
        path = study.output / f"{name}.json"
        if path.is_file():
            rows += [row for row in json.loads(path.read_text(encoding="utf-8")) if row["status"] == "failed"]
    return rows
