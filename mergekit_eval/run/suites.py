"""Suites: which lm-eval tasks are run together, with how many shots, and which metric stands for each."""

from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from mergekit_eval.benchmark import Benchmark
from mergekit_eval.errors import StudyError, explain, unknown
from mergekit_eval.strict import Count, Positive, Reading, Text, load_yaml
from mergekit_eval.tiny import TASKS

BUILT_IN = Path(__file__).parents[1] / "suites"


class TaskSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of a suite: a task, group or tag of lm-eval, its shots, its headline metric and filter."""

    task: Annotated[Text, Meta(description="a task, group or tag of lm-eval")]
    num_fewshot: Annotated[Count | None, Meta(description="a whole number >= 0; without it the task's own")] = None
    metric: Annotated[Text, Meta(description="a metric of the task, e.g. acc_norm")] = ""
    filter: Annotated[Text, Meta(description="a filter of the task, e.g. strict-match")] = "none"
    unsafe_code: Annotated[bool, Meta(description="true if the task runs code that the model wrote")] = False
    note: Annotated[Text, Meta(description="a line of text")] = ""
    benchmark: Annotated[Text, Meta(description="the vote that its score belongs to, e.g. math")] = ""


class Suite(Struct, frozen=True, forbid_unknown_fields=True):
    """A checked suite.

    ``split`` makes one cell per entry instead of one for the whole suite, so that a crash in the sixth hour
    costs one task. ``include_path`` holds the suite's own tasks; then lm-eval's task tree is not indexed
    unless an entry is not found there.
    """

    file: Path
    tasks: Annotated[
        tuple[TaskSpec, ...], Meta(description="a list of {task, num_fewshot, metric}, at least one", min_length=1)
    ]
    name: Annotated[Text, Meta(description="the name of the suite")] = field(name="suite")
    title: Annotated[Text, Meta(description="a line of text")] = ""
    about: Annotated[Text, Meta(description="text: what it measures and where the settings come from")] = ""
    include_path: Annotated[
        Path | None, Meta(description="an existing folder with lm-eval task files, relative to the suite file")
    ] = None
    split: Annotated[bool, Meta(description="true (one cell per entry) or false")] = False
    limit: Annotated[Positive | None, Meta(description="first N items per task, > 0")] = None
    bootstrap_iters: Annotated[
        Count, Meta(description="a whole number >= 0; 0 leaves out bootstrapped standard errors")
    ] = 100_000
    apply_chat_template: Annotated[
        bool | None, Meta(description="true or false; without it the study's backend decides")
    ] = None
    fewshot_as_multiturn: Annotated[bool | None, Meta(description="true or false")] = None
    system_instruction: Annotated[Text | None, Meta(description="text")] = None
    gen_kwargs: Annotated[dict[str, Any], Meta(description="a mapping, e.g. {max_gen_toks: 512}")] = {}
    benchmarks: Annotated[
        dict[str, Benchmark], Meta(description="a mapping: benchmark -> {tasks} of what other programs measure")
    ] = {}


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
        With a line for every mistake: file, key, value, what is allowed, and the nearest known name.
    """
    file = _find(str(name), folder)
    raw = load_yaml(file)
    if isinstance(tasks := raw.get("tasks"), list):
        raw["tasks"] = [{"task": entry} if isinstance(entry, str) else entry for entry in tasks]
    if raw.get("include_path") == "tiny:tasks":
        raw["include_path"] = str(TASKS)
    reading = Reading(file)
    suite = reading.struct(raw, Suite, file=file)
    if suite.name != file.stem:
        reading.wrong("suite", suite.name, f"the name of its file, {file.stem!r}")
    names = [spec.task for spec in suite.tasks or ()]
    if twice := sorted({task for task in names if task and names.count(task) > 1}):
        reading.wrong("tasks", twice, "each task once")
    folder = suite.include_path and reading.existing("include_path", file.parent, suite.include_path)
    if folder and not folder.is_dir():
        reading.wrong("include_path", str(suite.include_path), "a folder")
    reading.finish()
    return replace(suite, include_path=folder)


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
