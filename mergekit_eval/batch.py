"""The whole path of a study: the project's own notebooks, one after another, each by papermill.

Notebooks that only read the tables run side by side. A failing notebook does not stop the others.
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from mergekit_eval.errors import ParameterError
from mergekit_eval.files import write_json
from mergekit_eval.kernels import side_by_side
from mergekit_eval.notebooks import Outcome, execute, find, number
from mergekit_eval.run.lock import only_one
from mergekit_eval.run.progress import noted
from mergekit_eval.study import Study

FIRST = ("01", "02", "03")
LAST = "report"  # whatever its number, it reads what all others write
INDEPENDENT = ("00",)


class Step(NamedTuple):
    """One notebook of the batch and where its executed copy goes."""

    name: str
    output: Path


def plan(study: Study, steps: str = "") -> list[Step]:
    """Return the steps of a study, in order; ``steps`` is '' for all, '03-07', '05' (all its parts), '05a' or
    '03,05-07'. The report comes last, whatever its number.
    """
    known = [name for name in find(workspace=study.folder) if number(name) not in INDEPENDENT]
    wanted = known if not steps else [name for part in steps.split(",") for name in _range(part.strip(), known)]
    return [
        Step(name, study.output / "notebooks" / f"{name}.ipynb") for name in sorted(dict.fromkeys(wanted), key=_place)
    ]


def _place(name: str) -> tuple[bool, str]:
    return name.endswith(f"_{LAST}"), name


def _range(part: str, known: list[str]) -> list[str]:
    first, _, last = part.partition("-")
    numbers = {number(name) for name in known}
    if exact := [name for name in known if name.split("_")[0] == part]:
        return exact
    if first not in numbers or (last and last not in numbers):
        raise ParameterError(f"steps = {part!r}; allowed: {', '.join(sorted(numbers))}, ranges like 03-07, and commas.")
    return [name for name in known if first <= number(name) <= (last or first)]


def run(study: Study, steps: str = "", *, say: Callable[[str], None], time_limit: float = 24 * 3600) -> list[Outcome]:
    """Run the batch and return what became of every step; ``status.json`` beside the notebooks always tells too.

    Steps 01-03 stop the batch where they fail, since all others read what they write. The others do not.

    Raises
    ------
    RunError
        If another run is working on the study's output folder; nothing is written then.
    """
    todo, files = plan(study, steps), find(workspace=study.folder)
    done: list[Outcome] = []
    first, last = ([s for s in todo if number(s.name) in FIRST], [s for s in todo if _place(s.name)[0]])
    phases = [*([s] for s in first), [s for s in todo if s not in first + last], last]
    broken = ""
    with only_one(study.output) as lock:
        for phase in filter(None, phases):
            if broken:
                done += [Outcome(step.name, "skipped", 0.0, "", f"needs {broken}") for step in phase]
                continue
            run_one = partial(execute, given={"study": str(study.file)}, time_limit=time_limit, lock=lock)
            calls = [partial(run_one, files[step.name], output=step.output) for step in phase]
            try:
                _status(study, todo, done, phase, "running")
                stopped = partial(_status, study, todo, done, phase, "stopped")
                for outcome in side_by_side(calls, at_once=2, stopped=stopped):
                    done.append(outcome)
                    reason = f" - {outcome.reason}" if outcome.reason else ""
                    say(f"{outcome.name}: {outcome.state} in {outcome.seconds:.1f} s{reason}")
                    _status(study, todo, done, phase, "running")
            except BaseException:
                _status(study, todo, done, phase, "stopped")
                raise
            broken = next((o.name for o in done if o.state == "failed" and number(o.name) in FIRST), "")
        _status(study, todo, done)
    return sorted(done, key=lambda outcome: _place(outcome.name))


def _status(study: Study, todo: list[Step], done: list[Outcome], phase: Iterable[Step] = (), state: str = "") -> None:
    """Write the batch status: every step with its state, so that a killed batch still says how far it came."""
    rows = {step.name: {"name": step.name, "state": "pending", "output": str(step.output)} for step in todo}
    for step in phase:
        rows[step.name]["state"] = state
    rows |= {outcome.name: outcome._asdict() for outcome in done}
    write_json(study.output / "notebooks" / "status.json", [rows[name] for name in sorted(rows)])


def failed_cells(study: Study) -> list[dict[str, Any]]:
    """Return the merges and evaluation cells of the last run that failed, with log and reason."""
    rows = [row for name in ("merges", "cells") for row in noted(study.output / f"{name}.json")]
    return [row for row in rows if row.get("status") == "failed"]
