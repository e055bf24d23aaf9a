"""Suites: which lm-eval tasks are run together, with how many shots, and which metric stands for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mergekit_eval.errors import StudyError, explain
from mergekit_eval.strict import Field, checked, load_yaml, unknown

PACKAGE = Path(__file__).parent.parent
BUILT_IN = PACKAGE / "suites"


@dataclass(frozen=True)
class TaskSpec:
    """One entry of a suite: a task, group or tag of lm-eval, its shots, its headline metric and filter."""

    task: str
    num_fewshot: int | None = None
    metric: str = ""
    filter: str = "none"
    unsafe_code: bool = False
    note: str = ""


@dataclass(frozen=True)
class Suite:
    """A checked suite.

    ``split`` makes one cell per entry instead of one for the whole suite, so that a crash in the sixth hour
    costs one task. ``include_path`` holds the suite's own tasks; then lm-eval's task tree is not indexed
    unless an entry is not found there.
    """

    name: str
    title: str
    about: str
    file: Path
    tasks: tuple[TaskSpec, ...]
    include_path: Path | None = None
    split: bool = False
    limit: int | None = None
    bootstrap_iters: int = 100_000
    apply_chat_template: bool | None = None
    fewshot_as_multiturn: bool | None = None
    system_instruction: str | None = None
    gen_kwargs: dict[str, Any] = field(default_factory=dict)


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _flag(value: object) -> bool:
    return isinstance(value, bool)


SUITE = {
    "suite": Field(_text, "the name of the suite", required=True),
    "title": Field(_text, "a line of text", ""),
    "about": Field(_text, "text: what it measures and where the settings come from", ""),
    "tasks": Field(lambda v: isinstance(v, list) and bool(v), "a list of {task, num_fewshot, metric}", required=True),
    "include_path": Field(_text, "a folder with lm-eval task files, relative to the suite file", ""),
    "split": Field(_flag, "true (one cell per entry) or false", False),
    "limit": Field(lambda v: _whole(v) and v > 0, "first N items per task, > 0", None),
    "bootstrap_iters": Field(_whole, "a whole number >= 0; 0 leaves out bootstrapped standard errors", 100_000),
    "apply_chat_template": Field(_flag, "true or false; without it the study's backend decides", None),
    "fewshot_as_multiturn": Field(_flag, "true or false", None),
    "system_instruction": Field(_text, "text", None),
    "gen_kwargs": Field(lambda v: isinstance(v, dict), "a mapping, e.g. {max_gen_toks: 512}", {}),
}
TASK = {
    "task": Field(_text, "a task, group or tag of lm-eval", required=True),
    "num_fewshot": Field(_whole, "a whole number >= 0; without it the task's own", None),
    "metric": Field(_text, "a metric of the task, e.g. acc_norm", ""),
    "filter": Field(_text, "a filter of the task, e.g. strict-match", "none"),
    "unsafe_code": Field(_flag, "true if the task runs code that the model wrote", False),
    "note": Field(_text, "a line of text", ""),
}


def built_in() -> list[str]:
    """Return the names of the suites that come with the kit."""
    return sorted(path.stem for path in BUILT_IN.glob("*.yaml"))


def load_suite(name: str | Path, folder: Path | None = None) -> Suite:
    """Return the suite of this name or in this file.

    Parameters
    ----------
    name : str or Path
        A built-in name, the stem of a file in ``folder/params/suites``, or a path (relative to ``folder``).
    folder : Path, optional
        The workspace of the study.

    Raises
    ------
    StudyError
        With file, key, value, what is allowed, and the nearest known name.
    """
    file = _find(str(name), folder)
    raw = checked(load_yaml(file), SUITE, file, "")
    if raw["suite"] != file.stem:
        raise StudyError(explain(file, "suite", raw["suite"], f"the name of its file, {file.stem!r}"))
    tasks = tuple(_task(file, i, entry) for i, entry in enumerate(raw.pop("tasks")))
    names = [spec.task for spec in tasks]
    if twice := sorted({task for task in names if names.count(task) > 1}):
        raise StudyError(explain(file, "tasks", twice, "each task once"))
    include = _include(file, raw.pop("include_path"))
    return Suite(name=raw.pop("suite"), file=file, tasks=tasks, include_path=include, **raw)


def _find(name: str, folder: Path | None) -> Path:
    own = folder / "params" / "suites" if folder else None
    if name.endswith((".yaml", ".yml")) or "/" in name:
        file = (folder or Path.cwd()) / Path(name).expanduser()
        if not file.is_file():
            raise StudyError(explain("suites", "file", name, "an existing suite file", f"Nothing is at {file}."))
        return file.resolve()
    for place in (own, BUILT_IN):
        if place and (place / f"{name}.yaml").is_file():
            return place / f"{name}.yaml"
    own_names = sorted(path.stem for path in own.glob("*.yaml")) if own and own.is_dir() else []
    raise StudyError(unknown("suites", "suite", name, [*own_names, *built_in()]))


def _task(file: Path, number: int, entry: object) -> TaskSpec:
    return TaskSpec(**checked({"task": entry} if isinstance(entry, str) else entry, TASK, file, f"tasks[{number}]"))


def _include(file: Path, text: str) -> Path | None:
    if not text:
        return None
    found = (PACKAGE / "tiny" / "tasks") if text == "tiny:tasks" else (file.parent / Path(text).expanduser()).resolve()
    if not found.is_dir():
        raise StudyError(explain(file, "include_path", text, "an existing folder", f"Nothing is at {found}."))
    return found
