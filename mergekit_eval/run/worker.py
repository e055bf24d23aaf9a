"""One cell: lm-eval's Python API on one model, its result files checked before they appear."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

from mergekit_eval.errors import RunError
from mergekit_eval.files import unfinished
from mergekit_eval.run.commit_results import checked, publish
from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.run.plan import identity_of
from mergekit_eval.run.suites import load_suite
from mergekit_eval.run.taskfiles import task_digest


def run_cell(
    *,
    output: str,
    model: str,
    path: str,
    backend: dict[str, Any],
    settings: dict[str, Any],
    inputs: dict[str, str],
    key: str,
    record: str,
) -> str:
    """Evaluate one cell and return the path of its results file; runs in a process of its own.

    Raises
    ------
    RunError
        If a task is unknown, runs code without permission, a result file could not be written whole, or model or
        task files changed meanwhile.
    """
    began = time.perf_counter()
    _allow_code(settings)
    _check_device(backend["device"])
    saving = _Warnings()
    logging.getLogger("lm_eval.loggers.evaluation_tracker").addHandler(saving)
    with unfinished(Path(output)) as scratch:
        counts = _evaluate(scratch, path, backend, settings)
        made = checked(scratch, counts, "; ".join(saving.lines[-2:]))
        _check_unchanged(Digests(Path(output) / "cells" / "digests.json"), path, backend, inputs)
        return publish(made, Path(output) / "harness" / model, Path(record), key, time.perf_counter() - began)


def _check_unchanged(digests: Digests, path: str, backend: dict[str, Any], inputs: dict[str, str]) -> None:
    """Raise `RunError` if the key of the cell, taken before it ran, no longer says what was evaluated."""
    tasks = task_digest(load_suite(inputs["suite"]), digests)
    model = identity_of(path, backend["model_args"], digests) if backend["kind"] != "dummy" else inputs["model"]
    now = {"tasks": tasks, "model": model}
    if changed := [name for name in now if now[name] != inputs[name]]:
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


def _check_device(device: str) -> None:
    """Raise `RunError` for a GPU that is not there; lm-eval would take the CPU without a word."""
    import torch

    kind, _, number = device.partition(":")
    there = {"cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}.get(kind, 1)
    if not there or (number.isdigit() and int(number) >= there):
        raise RunError(
            f"backend.device = {device!r}: this machine has {there} such devices; allowed: cpu, or one it has."
        )


def _evaluate(scratch: Path, path: str, backend: dict[str, Any], settings: dict[str, Any]) -> dict[str, int]:
    from lm_eval import simple_evaluate
    from lm_eval.loggers import EvaluationTracker

    logging.getLogger("lm_eval").setLevel(logging.INFO)
    logging.basicConfig(level=logging.INFO)
    arguments = _model_args(path, backend)
    manager = _manager(settings, arguments)
    tracker = EvaluationTracker(output_path=str(scratch))
    results = simple_evaluate(
        model=backend["kind"],
        model_args=arguments,
        tasks=_tasks(manager, settings["tasks"]),
        task_manager=manager,
        batch_size=backend["batch_size"],
        device=backend["device"],
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


def _model_args(path: str, backend: dict[str, Any]) -> dict[str, Any]:
    return {"pretrained": path, "dtype": backend["dtype"], **backend["model_args"]}


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
        loaded = _load(manager, spec["task"])
        for task in loaded["tasks"].values():
            if spec["num_fewshot"] is not None and task.get_config("num_fewshot") != 0:
                task.set_config(key="num_fewshot", value=spec["num_fewshot"])
        group = loaded.get("groups", {}).get(spec["task"])
        chosen += [group] if group is not None else list(loaded["tasks"].values())
    return chosen


def _load(manager: Any, name: str) -> Any:
    if name in manager.task_index:
        return manager.load([name])
    from mergekit_eval.strict import unknown

    near = [known for known in manager.all_tasks if known[:3] == name[:3]][:500]
    raise RunError(unknown("lm-eval", "task", name, near).split("; allowed:")[0] + _hint(name, manager.all_tasks))


def _hint(name: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, n=3)
    return f"; {len(known)} names are, nearest: {', '.join(near) or 'none'}. `lm-eval ls tasks` lists them."
