"""A study: which models play which role, which merges are built, which suites run, where results lie.

The YAML file is checked completely when it is read, so that a typo costs a second and not a night.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mergekit_eval import study_fields as fields
from mergekit_eval.errors import StudyError, explain
from mergekit_eval.strict import checked, load_yaml, unknown
from mergekit_eval.wording import counted
from mergekit_eval.workspace import study_folder

TINY = Path(__file__).parent / "tiny" / "models"


@dataclass(frozen=True)
class Model:
    """A model that exists: where it lies, its role, and for a ready-made merge its parents."""

    name: str
    path: str
    role: str
    domain: str = ""
    ids: tuple[str, ...] = ()
    family: str = ""
    params_b: float | None = None
    method: str = ""
    parents: tuple[str, ...] = ()
    base: str = ""
    backend: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Merge:
    """A merge to build: a mergekit recipe, or method + parents + parameters; always with a seed."""

    name: str
    method: str
    parents: tuple[str, ...]
    base: str
    parameters: dict[str, Any]
    seed: int
    dtype: str
    recipe: Path | None
    ids: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Backend:
    """How models are run; see the keys of ``backend`` in `docs/study.md`."""

    kind: str
    device: str
    dtype: str
    batch_size: int | str
    slots: int | None
    threads: int | None
    time_limit: float | None
    limit: int | None
    apply_chat_template: bool
    model_args: dict[str, Any]


@dataclass(frozen=True)
class Study:
    """A checked study. ``folder`` is the workspace that relative paths start from."""

    name: str
    title: str
    about: str
    file: Path
    folder: Path
    output: Path
    models: dict[str, Model]
    merges: dict[str, Merge]
    suites: tuple[str, ...]
    backend: Backend
    results: tuple[Path, ...]
    alpha: float
    margin: float
    rule: str

    def __repr__(self) -> str:
        models, merges = counted(len(self.models), "model"), counted(len(self.merges), "merge")
        return f"Study {self.name} ({self.file.name}): {models}, {merges}, suites {', '.join(self.suites) or 'none'}"

    def names(self) -> list[str]:
        """Return every model and merge, models first, in the order of the file."""
        return [*self.models, *self.merges]

    def role(self, name: str) -> str:
        """Return the role of a model or merge of this study, '' for a stranger."""
        return "merge" if name in self.merges else self.models[name].role if name in self.models else ""

    def merged(self) -> dict[str, Merge | Model]:
        """Return everything that is a merge, whether built here or ready-made."""
        ready = {name: model for name, model in self.models.items() if model.role == "merge"}
        return {**ready, **self.merges}

    def model_path(self, name: str) -> str:
        """Return the folder or hub id to load ``name`` from; a merge lies in the study's output."""
        return self.models[name].path if name in self.models else str(self.output / "merges" / name)


def load_study(path: str | Path) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    path : str or Path
        The YAML file. Relative paths in it start from the workspace: the folder above ``params/``,
        or the file's own folder if that is not named ``params``; see `workspace.study_folder`.

    Raises
    ------
    StudyError
        With file, key, value and what is allowed.
    """
    file = Path(path).expanduser().resolve()
    raw = checked(load_yaml(file), fields.STUDY, file, "")
    folder = study_folder(file)
    _safe(file, "study", raw["study"])
    if not raw["models"]:
        raise StudyError(explain(file, "models", {}, "at least one model"))
    models = {name: _model(file, folder, name, value) for name, value in raw["models"].items()}
    bases = [name for name, model in models.items() if model.role == "base"]
    only_base = bases[0] if len(bases) == 1 else ""
    merges = {name: _merge(file, name, value, only_base) for name, value in (raw["merges"] or {}).items()}
    study = Study(
        name=raw["study"],
        title=raw["title"] or raw["study"],
        about=raw["about"],
        file=file,
        folder=folder,
        output=(folder / (raw["output"] or f"outputs/{raw['study']}")).resolve(),
        models=models,
        merges=merges,
        suites=tuple(raw["suites"]),
        backend=Backend(**checked(raw["backend"], fields.BACKEND, file, "backend")),
        results=tuple(_existing(file, folder, f"results[{i}]", text) for i, text in enumerate(raw["results"])),
        **checked(raw["analysis"], fields.ANALYSIS, file, "analysis"),
    )
    _check_names(study)
    for name, merge in study.merged().items():
        _check_lineage(study, name, merge)
    _check_cycles(study)
    _check_paths(study)
    return study


def _safe(file: Path, key: str, name: object) -> None:
    if not isinstance(name, str) or not fields.SAFE_NAME.fullmatch(name) or name.endswith("."):
        raise StudyError(explain(file, key, name, fields.NAME_RULE, "The name becomes a folder."))


def _existing(file: Path, folder: Path, key: str, text: str) -> Path:
    found = (folder / Path(text).expanduser()).resolve()
    if not found.exists():
        raise StudyError(explain(file, key, text, "an existing file or folder", f"Nothing is at {found}."))
    return found


def _model(file: Path, folder: Path, name: str, value: object) -> Model:
    key = f"models.{name}"
    _safe(file, key, name)
    raw = checked(value, fields.MODEL, file, key)
    checked(raw["backend"], fields.BACKEND, file, f"{key}.backend")
    path = _model_path(file, folder, f"{key}.path", raw["path"])
    return Model(name, **{**raw, "path": path, "ids": tuple(raw["ids"]), "parents": tuple(raw["parents"])})


def _model_path(file: Path, folder: Path, key: str, text: str) -> str:
    """Return an absolute folder, or the text unchanged if it can only be a hub id."""
    if text.startswith("tiny:"):
        here = sorted(p.name for p in TINY.iterdir()) if TINY.is_dir() else []
        if text[5:] not in here:
            raise StudyError(unknown(file, key, text, [f"tiny:{name}" for name in here]))
        return str(TINY / text[5:])
    if text.startswith(("./", "../", "/", "~", ".\\")):
        return str(_existing(file, folder, key, text))
    local = folder / text
    return str(local.resolve()) if text and local.is_dir() else text


def _merge(file: Path, name: str, value: object, only_base: str) -> Merge:
    key = f"merges.{name}"
    _safe(file, key, name)
    raw = checked(value, fields.MERGE, file, key)
    recipe = _existing(file, file.parent, f"{key}.recipe", raw["recipe"]) if raw["recipe"] else None
    if recipe and (raw["method"] or raw["parameters"]):
        raise StudyError(explain(file, f"{key}.recipe", raw["recipe"], "either a recipe or method and parameters"))
    if not recipe and not raw["method"]:
        raise StudyError(f"{file}: {key}.method is missing; allowed: {', '.join(fields.METHODS)} (or a recipe file).")
    if recipe:
        raw["method"] = str(load_yaml(recipe).get("merge_method", "")) or "recipe"
    if not raw["base"] and only_base not in raw["parents"]:
        raw["base"] = only_base
    if not raw["base"] and raw["method"] in fields.TASK_VECTOR_METHODS:
        allowed = f"the name of a model; {raw['method']} adds differences to a base"
        raise StudyError(explain(file, f"{key}.base", raw["base"], allowed))
    return Merge(name, **{**raw, "recipe": recipe, "ids": tuple(raw["ids"]), "parents": tuple(raw["parents"])})


def _check_names(study: Study) -> None:
    seen: dict[str, str] = {}
    for name in study.names():
        if name.lower() in seen or (name in study.models and name in study.merges):
            raise StudyError(explain(study.file, f"merges.{name}", name, "each name once, also ignoring case"))
        seen[name.lower()] = name
    claimed: dict[str, str] = {}
    for owner in [*study.models.values(), *study.merges.values()]:
        for alias in owner.ids:
            if claimed.setdefault(alias, owner.name) != owner.name:
                allowed = f"an id of one model only; {claimed[alias]!r} has it already"
                raise StudyError(explain(study.file, f"{owner.name}.ids", alias, allowed))


def _check_lineage(study: Study, name: str, merge: Merge | Model) -> None:
    key = f"{'merges' if name in study.merges else 'models'}.{name}"
    for parent in merge.parents:
        if parent not in study.names() or parent == name:
            raise StudyError(unknown(study.file, f"{key}.parents", parent, [n for n in study.names() if n != name]))
    if len(set(merge.parents)) < len(merge.parents):
        raise StudyError(explain(study.file, f"{key}.parents", list(merge.parents), "each parent once"))
    if isinstance(merge, Merge) and len(merge.parents) < 2:
        raise StudyError(explain(study.file, f"{key}.parents", list(merge.parents), "at least two names"))
    if merge.base and merge.base not in study.names():
        raise StudyError(unknown(study.file, f"{key}.base", merge.base, study.names()))
    if merge.base and _same_model(study, merge):
        allowed = "a model that is not one of the parents: a parent equal to the base has a task vector of zero"
        raise StudyError(explain(study.file, f"{key}.base", merge.base, allowed))


def _same_model(study: Study, merge: Merge | Model) -> bool:
    paths = {study.model_path(parent) for parent in merge.parents} - {""}
    return merge.base in merge.parents or study.model_path(merge.base) in paths


def _check_cycles(study: Study) -> None:
    def walk(name: str, above: tuple[str, ...]) -> Iterator[None]:
        if name in above:
            raise StudyError(
                explain(study.file, f"merges.{name}.parents", [*above, name], "no merge among its own ancestors")
            )
        for parent in getattr(study.merged().get(name), "parents", ()):
            yield from walk(parent, (*above, name))

    for name in study.merged():
        list(walk(name, ()))


def _check_paths(study: Study) -> None:
    """A model needs a path as soon as something is built from it or run on it."""
    used = {name for merge in study.merges.values() for name in (*merge.parents, merge.base)}
    for name, model in study.models.items():
        if not model.path and (study.suites or name in used):
            allowed = "a folder (./x, /x), a hub id (org/name) or tiny:<name>"
            todo = "Without suites and merges a study of existing results needs none."
            raise StudyError(explain(study.file, f"models.{name}.path", "", allowed, todo))
