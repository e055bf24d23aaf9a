"""Models x suites -> cells, each with a key that changes when its result would."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec.structs import asdict, replace

from mergekit_eval.errors import RunError, explain
from mergekit_eval.files import fingerprint, read_json
from mergekit_eval.provenance import version
from mergekit_eval.run.backends import kind_of
from mergekit_eval.run.merge_identity import not_ready
from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.run.progress import chosen
from mergekit_eval.run.suites import Suite, TaskSpec, load_suite
from mergekit_eval.run.taskfiles import task_digest
from mergekit_eval.study import Backend, Study

SEEDS = {"random_seed": 0, "numpy_random_seed": 1234, "torch_random_seed": 1234, "fewshot_random_seed": 1234}
OF_THE_RESULT = ("kind", "device", "dtype", "batch_size", "model_args")


@dataclass(frozen=True)
class Cell:
    """One evaluation: a model on a suite, or on one entry of a suite that is split.

    ``settings`` is all that lm-eval is told besides the model; ``problem`` says why the cell cannot run, ``unbuilt``
    that its merge has to be built first; ``model_digest`` and ``task_digest`` are what the key rests on, ``digests``
    is where those of files are looked up.
    """

    output: Path
    model: str
    suite: str
    part: str
    path: str
    backend: Backend
    suite_file: Path
    settings: dict[str, Any]
    model_digest: str
    task_digest: str
    digests: Digests
    problem: str = ""
    unbuilt: str = ""

    @property
    def name(self) -> str:
        """Return ``model/suite`` or ``model/suite.part``."""
        return f"{self.model}/{self._stem}"

    @property
    def _stem(self) -> str:
        return f"{self.suite}.{self.part}" if self.part else self.suite

    @property
    def record(self) -> Path:
        """Return the file that says which results belong to which key."""
        return self.output / "cells" / self.model / f"{self._stem}.json"

    @property
    def log(self) -> Path:
        """Return the file that gets all that is printed."""
        return self.output / "logs" / "evaluate" / f"{self.model}.{self._stem}.log"

    @property
    def folder(self) -> Path:
        """Return the folder of the result files: lm-eval's layout with the study's name of the model."""
        return self.output / "harness" / self.model

    @cached_property
    def key(self) -> str:
        """Return the digest of all that the result depends on."""
        facts = {
            "model": self.model_digest,
            "tasks": self.task_digest,
            "settings": {key: value for key, value in self.settings.items() if key != "include_path"},
            "backend": {key: value for key, value in asdict(self.backend).items() if key in OF_THE_RESULT},
            "lm_eval": version("lm_eval"),
        }
        return fingerprint(facts)

    @property
    def status(self) -> str:
        """Return done or todo."""
        return "done" if not self.unbuilt and self._is_complete() and not self.damage else "todo"

    @property
    def damage(self) -> list[str]:
        """Return the result files for this key that are missing or no longer what was written."""
        return self.digests.changed(self.folder, read_json(self.record)["files"]) if self._is_complete() else []

    def _is_complete(self) -> bool:
        """Say whether the record tells of results for exactly this key."""
        record = read_json(self.record)
        return record.get("key") == self.key and isinstance(record.get("files"), dict)


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


def _chosen(study: Study, suites: list[Suite], only: Iterable[str] | None) -> list[tuple[str, Suite]]:
    pairs = [(model, suite) for model in study.names() for suite in suites]
    if only is None:
        return pairs
    parts = [*study.names(), *(suite.name for suite in suites)]
    wanted = chosen(only, study.file, parts, (f"{model}/{suite.name}" for model, suite in pairs))
    return [(m, s) for m, s in pairs if {m, s.name, f"{m}/{s.name}"} & wanted]


def _backend(study: Study, model: str) -> Backend:
    """Return how a model is run: the study's backend, with what its model says itself."""
    own = study.models[model].backend if model in study.models else {}
    backend = replace(study.backend, **own)
    if backend.model_args.get("trust_remote_code"):
        raise RunError(explain(study.file, "backend.model_args.trust_remote_code", True, "false, always"))
    if twice := kind_of(backend).arguments("", backend).keys() & backend.model_args.keys():
        raise RunError(
            explain(study.file, "backend.model_args", sorted(twice), "keys that the study does not set itself")
        )
    return backend


def _cell(study: Study, model: str, suite: Suite, part: TaskSpec | None, tasks: str, digests: Digests) -> Cell:
    path, backend = study.model_path(model), _backend(study, model)
    kind = kind_of(backend)
    problem, unbuilt, identity = "", "", ""
    try:
        if kind.LOADS_FILES and model in study.merges:
            unbuilt = not_ready(study, study.merges[model], digests)
        identity = kind.identity(path, backend, digests)
        if not unbuilt:
            kind.check(path, backend)
    except (OSError, RunError) as error:
        problem = str(error)
    return Cell(
        study.output,
        model,
        suite.name,
        part.task if part else "",
        path,
        backend,
        suite.file,
        _settings(suite, part, backend),
        identity,
        tasks,
        digests,
        problem,
        unbuilt,
    )


def _run_as(spec: TaskSpec) -> dict[str, Any]:
    """Return an entry without its benchmark: how scores are averaged is no setting of a run."""
    return {key: value for key, value in asdict(spec).items() if key != "benchmark"}


def _settings(suite: Suite, part: TaskSpec | None, backend: Backend) -> dict[str, Any]:
    template = backend.apply_chat_template if suite.apply_chat_template is None else suite.apply_chat_template
    multiturn = template if suite.fewshot_as_multiturn is None else suite.fewshot_as_multiturn
    return {
        "tasks": [_run_as(spec) for spec in ((part,) if part else suite.tasks)],
        "include_path": str(suite.include_path or ""),
        "limit": min((limit for limit in (suite.limit, backend.limit) if limit is not None), default=None),
        "bootstrap_iters": suite.bootstrap_iters,
        "apply_chat_template": template,
        "fewshot_as_multiturn": multiturn and template,
        "system_instruction": suite.system_instruction,
        "gen_kwargs": suite.gen_kwargs or None,
        "seeds": SEEDS,
    }
