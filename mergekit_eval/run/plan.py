"""Models x suites -> cells, each with a key that changes when its result would."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import asdict, replace

from mergekit_eval.errors import RunError, explain
from mergekit_eval.files import read_json
from mergekit_eval.run.merge_identity import not_ready
from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.run.suites import Suite, TaskSpec, load_suite
from mergekit_eval.run.taskfiles import task_digest, version
from mergekit_eval.strict import unknown
from mergekit_eval.study import Backend, Study

SEEDS = {"random_seed": 0, "numpy_random_seed": 1234, "torch_random_seed": 1234, "fewshot_random_seed": 1234}
OF_THE_RESULT = ("kind", "device", "dtype", "batch_size", "model_args")


@dataclass(frozen=True)
class Cell:
    """One evaluation: a model on a suite, or on one entry of a suite that is split.

    ``settings`` is all that lm-eval is told besides the model; ``problem`` says why the cell cannot run, ``unbuilt``
    that its merge has to be built first, ``inputs`` the digests of model and tasks that the key rests on, ``digests``
    where those of files are looked up.
    """

    model: str
    suite: str
    part: str
    path: str
    backend: Backend
    settings: dict[str, Any]
    inputs: dict[str, str]
    key: str
    record: Path
    log: Path
    digests: Digests
    problem: str = ""
    unbuilt: str = ""

    @property
    def name(self) -> str:
        """Return ``model/suite`` or ``model/suite.part``."""
        return f"{self.model}/{self.suite}" + (f".{self.part}" if self.part else "")

    @property
    def status(self) -> str:
        """Return done or todo."""
        return "done" if not self.unbuilt and _is_complete(self) and not self.damage else "todo"

    @property
    def damage(self) -> list[str]:
        """Return the result files for this key that are missing or no longer what was written."""
        return self.digests.changed(harness_folder(self), read_json(self.record)["files"]) if _is_complete(self) else []


def plan_cells(study: Study, only: Iterable[str] | None = None, digests: Digests | None = None) -> list[Cell]:
    """Return the cells of ``study`` in the order of its models and suites.

    Parameters
    ----------
    study : Study
    only : iterable of str, optional
        Model names, suite names or ``model/suite``; everything without it.

    Raises
    ------
    StudyError, RunError
        If a suite or a name in ``only`` does not exist.
    """
    digests = digests or Digests(study.output / "cells" / "digests.json")
    suites = [load_suite(name, study.folder) for name in study.suites]
    pairs = _chosen(study, suites, only)
    tasks = {suite.name: task_digest(suite, digests) for suite in suites}
    return [
        _cell(study, model, suite, part, tasks[suite.name], digests)
        for model, suite in pairs
        for part in (suite.tasks if suite.split else (None,))
    ]


def _is_complete(cell: Cell) -> bool:
    """Say whether the record of the cell tells of results for exactly this key."""
    record = read_json(cell.record)
    return record.get("key") == cell.key and isinstance(record.get("files"), dict)


def harness_folder(cell: Cell) -> Path:
    """Return the folder of the cell's result files: lm-eval's layout with the study's name of the model."""
    return cell.record.parent.parent.parent / "harness" / cell.model


def _chosen(study: Study, suites: list[Suite], only: Iterable[str] | None) -> list[tuple[str, Suite]]:
    pairs = [(model, suite) for model in study.names() for suite in suites]
    if only is None:
        return pairs
    wanted = [only] if isinstance(only, str) else list(only)
    allowed = [*study.names(), *(suite.name for suite in suites), *(f"{m}/{s.name}" for m, s in pairs)]
    for name in wanted:
        if name not in allowed:
            raise RunError(unknown(study.file, "only", name, allowed[: len(study.names()) + len(suites)]))
    return [(m, s) for m, s in pairs if {m, s.name, f"{m}/{s.name}"} & set(wanted)]


def _backend(study: Study, model: str) -> Backend:
    own = study.models[model].backend if model in study.models else {}
    backend = replace(study.backend, **own)
    if backend.model_args.get("trust_remote_code"):
        raise RunError(explain(study.file, "backend.model_args.trust_remote_code", True, "false, always"))
    if twice := {"pretrained", "dtype"} & set(backend.model_args):
        raise RunError(
            explain(study.file, "backend.model_args", sorted(twice), "keys that the study does not set itself")
        )
    return backend


def _cell(study: Study, model: str, suite: Suite, part: TaskSpec | None, tasks: str, digests: Digests) -> Cell:
    path, backend = study.model_path(model), _backend(study, model)
    settings = _settings(suite, part, backend)
    problem, unbuilt, identity = "", "", "dummy"
    if backend.kind != "dummy":
        try:
            unbuilt = not_ready(study, study.merges[model], digests) if model in study.merges else ""
            identity = identity_of(path, backend.model_args, digests)
        except (OSError, RunError) as error:
            problem = str(error)
    inputs = {"suite": str(suite.file), "tasks": tasks, "model": identity}
    facts = {
        "model": identity,
        "tasks": tasks,
        "settings": {key: value for key, value in settings.items() if key != "include_path"},
        "backend": {key: value for key, value in asdict(backend).items() if key in OF_THE_RESULT},
        "lm_eval": version("lm_eval"),
    }
    key = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()
    name = part.task if part else ""
    stem = f"{suite.name}.{name}" if name else suite.name
    record = study.output / "cells" / model / f"{stem}.json"
    log = study.output / "logs" / "evaluate" / f"{model}.{stem}.log"
    return Cell(model, suite.name, name, path, backend, settings, inputs, key, record, log, digests, problem, unbuilt)


def identity_of(path: str, model_args: dict[str, Any], digests: Digests) -> str:
    """Return what identifies the model with everything local it is loaded with: an adapter, another tokenizer."""
    beside = [name for _, name in sorted(model_args.items()) if isinstance(name, str) and Path(name).is_dir()]
    return " ".join(digests.model(name) for name in (path, *beside))


def _settings(suite: Suite, part: TaskSpec | None, backend: Backend) -> dict[str, Any]:
    template = backend.apply_chat_template if suite.apply_chat_template is None else suite.apply_chat_template
    limits = [limit for limit in (suite.limit, backend.limit) if limit is not None]
    multiturn = template if suite.fewshot_as_multiturn is None else suite.fewshot_as_multiturn
    return {
        "tasks": [asdict(spec) for spec in ((part,) if part else suite.tasks)],
        "include_path": str(suite.include_path or ""),
        "limit": min(limits, default=None),
        "bootstrap_iters": suite.bootstrap_iters,
        "apply_chat_template": template,
        "fewshot_as_multiturn": multiturn and template,
        "system_instruction": suite.system_instruction,
        "gen_kwargs": suite.gen_kwargs or None,
        "seeds": SEEDS,
    }
