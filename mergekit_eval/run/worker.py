"""One cell: lm-eval's Python API on one model, its result files checked before they appear."""

import difflib
import logging
import os
import time
from pathlib import Path
from typing import Any

from mergekit_eval.errors import RunError
from mergekit_eval.files import unfinished
from mergekit_eval.run.backends import kind_of
from mergekit_eval.run.commit_results import checked, publish
from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.run.plan import Cell
from mergekit_eval.run.suites import load_suite
from mergekit_eval.run.taskfiles import task_digest


def run_cell(*, cell: Cell) -> str:
    """Evaluate one cell and return the path of its results file; runs in a process of its own.

    Raises
    ------
    RunError
        If a task is unknown, runs code without permission, a result file could not be written whole, or model or
        task files changed meanwhile.
    """
    began = time.perf_counter()
    _allow_code(cell.settings)
    kind_of(cell.backend).check_machine(cell.backend)
    saving = _Warnings()
    logging.getLogger("lm_eval.loggers.evaluation_tracker").addHandler(saving)
    with unfinished(cell.output) as scratch:
        counts = _evaluate(scratch, cell)
        made = checked(scratch, counts, "; ".join(saving.lines[-2:]))
        _check_unchanged(cell)
        return publish(made, cell.folder, cell.record, cell.key, time.perf_counter() - began)


def _check_unchanged(cell: Cell) -> None:
    """Raise `RunError` if the key of the cell, taken before it ran, no longer says what was evaluated."""
    digests = Digests(cell.digests.cache)
    tasks = task_digest(load_suite(cell.suite_file), digests)
    model = kind_of(cell.backend).identity(cell.path, cell.backend, digests)
    same = {"tasks": tasks == cell.task_digest, "model": model == cell.model_digest}
    if changed := [name for name in same if not same[name]]:
        raise RunError(f"files of the {' and the '.join(changed)} changed while the cell ran; run again")


class _Warnings(logging.Handler):
    """Keeps what lm-eval logs while it saves: it reports a failed save only there."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _allow_code(settings: dict[str, Any]) -> None:
    unsafe = [spec["task"] for spec in settings["tasks"] if spec["unsafe_code"]]
    if unsafe and os.environ.get("HF_ALLOW_CODE_EVAL") != "1":
        raise RunError(
            f"{', '.join(unsafe)}: runs code that the model wrote. In a machine you can afford to lose, "
            "set the environment variable HF_ALLOW_CODE_EVAL=1 and run again."
        )


def _evaluate(scratch: Path, cell: Cell) -> dict[str, int]:
    """Let lm-eval evaluate and save into ``scratch``; return task -> rows that its samples file must have."""
    from lm_eval import simple_evaluate
    from lm_eval.loggers import EvaluationTracker

    logging.getLogger("lm_eval").setLevel(logging.INFO)
    logging.basicConfig(level=logging.INFO)
    kind, settings = kind_of(cell.backend), cell.settings
    arguments = kind.arguments(cell.path, cell.backend) | cell.backend.model_args
    manager = _manager(settings, arguments)
    tracker = EvaluationTracker(output_path=str(scratch))
    results = simple_evaluate(
        model=kind.MODEL,
        model_args=arguments,
        tasks=_tasks(manager, settings["tasks"]),
        task_manager=manager,
        batch_size=cell.backend.batch_size,
        device=cell.backend.device,
        limit=settings["limit"],
        bootstrap_iters=settings["bootstrap_iters"],
        apply_chat_template=settings["apply_chat_template"],
        fewshot_as_multiturn=settings["fewshot_as_multiturn"],
        system_instruction=settings["system_instruction"],
        gen_kwargs=settings["gen_kwargs"],
        evaluation_tracker=tracker,
        confirm_run_unsafe_code=any(spec["unsafe_code"] for spec in settings["tasks"]),
        **settings["seeds"],
    )
    samples = results.pop("samples")
    counts = {task: len(rows) for task, rows in samples.items()}
    tracker.save_results_aggregated(results=results, samples=samples)
    for task in results["configs"]:
        tracker.save_results_samples(task_name=task, samples=samples[task])
    return counts


def _manager(settings: dict[str, Any], arguments: dict[str, Any]) -> Any:
    """Return the smallest task index that knows every entry: the suite's own, the preloaded, or both anew."""
    from lm_eval.tasks import TaskManager

    from mergekit_eval.run import warm_imports

    include = settings["include_path"]
    if include:
        own = TaskManager(include_path=include, include_defaults=False, metadata=arguments)
        if all(spec["task"] in own.task_index for spec in settings["tasks"]):
            return own
    if not include and warm_imports.index is not None:
        return warm_imports.index
    return TaskManager(include_path=include or None, metadata=arguments)


def _tasks(manager: Any, specs: list[dict[str, Any]]) -> list[Any]:
    """Return lm-eval task and group objects with the suite's shots; a task fixed at 0 shots keeps them."""
    chosen: list[Any] = []
    for spec in specs:
        if spec["task"] not in manager.task_index:
            near = ", ".join(difflib.get_close_matches(spec["task"], manager.all_tasks, n=3)) or "none"
            names = f"{len(manager.all_tasks)} names are, nearest: {near}. `lm-eval ls tasks` lists them."
            raise RunError(f"lm-eval: task: {spec['task'][:200]!r} is not known; {names}")
        loaded = manager.load([spec["task"]])
        for task in loaded["tasks"].values():
            if spec["num_fewshot"] is not None and task.get_config("num_fewshot") != 0:
                task.set_config(key="num_fewshot", value=spec["num_fewshot"])
        group = loaded.get("groups", {}).get(spec["task"])
        chosen += [group] if group is not None else list(loaded["tasks"].values())
    return chosen
