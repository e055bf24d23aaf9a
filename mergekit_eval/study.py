"""A study: which models play which role, which merges are built, which suites run, where results lie.

The YAML file is checked completely when it is read, so that a typo costs a second and not a night.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mergekit_eval.benchmark import WEIGHTS_RULE, Benchmark, Weights
from mergekit_eval.merge_methods import methods
from mergekit_eval.schema import ROLES
from mergekit_eval.shares import MARGIN
from mergekit_eval.strict import Amount, Count, Positive, Reading, Share, Text, load_yaml, one_of
from mergekit_eval.tiny import MODELS
from mergekit_eval.wording import counted
from mergekit_eval.workspace import study_folder

BACKENDS = sorted(file.stem for file in (Path(__file__).parent / "run" / "backends").glob("[!_]*.py"))
NAME = r"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?\Z"
NAME_RULE = "1-100 letters, digits, '.', '_' or '-', starting with a letter or digit, not ending in '.'"
TOKENIZER_RULE = "a folder with a tokenizer.json, or such a file: counts the tokens of answers whose end no file states"
PATH_RULE = "a folder (./x, /x), a hub id (org/name) or tiny:<name>"
KINDS = ("multitask",)
DTYPES = ("auto", "float32", "float16", "bfloat16")
METHODS = tuple(name for name, row in methods().items() if row["base"] != "shell")
TASK_VECTOR_METHODS = tuple(name for name, row in methods().items() if row["base"] == "ancestor")
Names = tuple[Text, ...]


class Model(Struct, frozen=True, forbid_unknown_fields=True):
    """A model that exists: where it lies, its role, and for a ready-made merge its parents."""

    name: str
    role: Annotated[str, one_of(*ROLES)]
    path: Annotated[Text, Meta(description=PATH_RULE)] = ""
    domain: Annotated[Text, Meta(description="the capability this model was trained for, e.g. math")] = ""
    ids: Annotated[Names, Meta(description="a list of the names this model has in result files")] = ()
    family: Annotated[Text, Meta(description="a name shared by related models")] = ""
    kind: Annotated[str, one_of(*KINDS)] = ""
    tokenizer: Annotated[Text, Meta(description=TOKENIZER_RULE)] = ""
    params_b: Annotated[Amount | None, Meta(description="billions of parameters, e.g. 8.03")] = None
    method: Annotated[Text, Meta(description="how it was merged (role merge only)")] = ""
    parents: Annotated[Names, Meta(description="a list of model or merge names of this study")] = ()
    base: Annotated[Text, Meta(description="name of the base model of this merge")] = ""
    reference: Annotated[Text, Meta(description="the parent that the verdict is about, one of its parents")] = ""
    backend: Annotated[dict[str, Any], Meta(description="settings of the backend that differ for this model")] = {}


class Merge(Struct, frozen=True, forbid_unknown_fields=True):
    """A merge to build: a mergekit recipe, or method + parents + parameters; always with a seed."""

    name: str
    method: Annotated[str, one_of(*METHODS)] = ""
    parents: Annotated[Names, Meta(description="a list of at least two model or merge names")] = ()
    base: Annotated[Text, Meta(description="name of the base model")] = ""
    parameters: Annotated[dict[str, Any], Meta(description="a mapping: name -> number, list, or {parent: number}")] = {}
    seed: Annotated[Count, Meta(description="a whole number >= 0")] = 0
    dtype: Annotated[str, one_of(*DTYPES)] = "float32"
    recipe: Annotated[Path | None, Meta(description="a mergekit YAML file, relative to this study")] = None
    ids: Annotated[Names, Meta(description="a list of further names this merge has in result files")] = ()
    tokenizer: Annotated[Text, Meta(description=TOKENIZER_RULE)] = ""
    note: Annotated[Text, Meta(description="a line of text")] = ""
    reference: Annotated[Text, Meta(description="the parent that the verdict is about, one of its parents")] = ""


class Backend(Struct, frozen=True, forbid_unknown_fields=True):
    """How models are run."""

    kind: Annotated[str, one_of(*BACKENDS)] = "hf"
    device: Annotated[Text, Meta(description="cpu, cuda, cuda:0, mps")] = "cpu"
    dtype: Annotated[str, one_of(*DTYPES)] = "auto"
    batch_size: Annotated[Positive | Literal["auto"], Meta(description="a whole number > 0, or auto")] = 1
    slots: Annotated[Positive | None, Meta(description="how many models at once: a whole number > 0")] = None
    threads: Annotated[Positive | None, Meta(description="CPU threads per model: a whole number > 0")] = None
    time_limit: Annotated[Amount | None, Meta(description="seconds per cell, > 0")] = None
    limit: Annotated[
        Positive | None, Meta(description="first N items per task (never for claims): a whole number > 0")
    ] = None
    apply_chat_template: Annotated[bool, Meta(description="true or false")] = False
    model_args: Annotated[dict[str, Any], Meta(description="a mapping of further lm-eval model arguments")] = {}


class Analysis(Struct, frozen=True, forbid_unknown_fields=True):
    """The thresholds of a study's claims."""

    alpha: Annotated[Share, Meta(description="a number between 0 and 1, such as 0.05 for 5 %")] = 0.05
    margin: Annotated[
        Share, Meta(description="the loss that still counts as no loss, between 0 and 1, such as 0.02 for 2 points")
    ] = MARGIN
    rule: Annotated[str, one_of("newest", "first", "best", "all")] = "newest"
    weights: Annotated[Weights, Meta(description=WEIGHTS_RULE)] = "benchmark"


class StudyFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A study as its file has it."""

    study: Annotated[str, Meta(description=f"a name: {NAME_RULE}; the name becomes a folder", pattern=NAME)]
    models: Annotated[
        dict[str, Model], Meta(description="a mapping: name -> {path, role, ...}, at least one model", min_length=1)
    ]
    title: Annotated[Text, Meta(description="a line of text")] = ""
    about: Annotated[Text, Meta(description="text")] = ""
    output: Annotated[Text, Meta(description="a folder")] = ""
    merges: Annotated[dict[str, Merge], Meta(description="a mapping: name -> {method, parents, ...}")] = {}
    suites: Annotated[Names, Meta(description="a list of suite names or suite files")] = ()
    backend: Annotated[Backend, Meta(description="a mapping: {kind, device, dtype, batch_size, ...}")] = Backend()
    results: Annotated[Names, Meta(description="a list of folders or files with existing results")] = ()
    analysis: Annotated[Analysis, Meta(description="a mapping: {alpha, margin, ...}")] = Analysis()
    benchmarks: Annotated[dict[str, Benchmark], Meta(description="a mapping: name -> {tasks, combine, primary}")] = {}


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
    weights: str | dict[str, float]
    benchmarks: dict[str, Benchmark]

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

    def tokenizer(self, name: str) -> str:
        """Return the folder or file of the tokenizer that the study names for a model or merge, '' for none."""
        owner = self.models.get(name) or self.merges[name]
        return owner.tokenizer

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
        With a line for every mistake: file, key, value and what is allowed.
    """
    file = Path(path).expanduser().resolve()
    reading, folder = Reading(file), study_folder(file)
    raw = reading.struct(load_yaml(file), StudyFile)
    if {"models", "merges"} & reading.mistakes.keys():  # nothing can be said of names that could not be read
        reading.finish()
    models = {name: _model(reading, folder, model) for name, model in raw.models.items()}
    bases = [name for name, model in models.items() if model.role == "base"]
    only_base = bases[0] if len(bases) == 1 else ""
    study = Study(
        name=raw.study,
        title=raw.title or raw.study,
        about=raw.about,
        file=file,
        folder=folder,
        output=(folder / (raw.output or f"outputs/{raw.study}")).resolve(),
        models=models,
        merges={name: _merge(reading, folder, merge, only_base) for name, merge in raw.merges.items()},
        suites=raw.suites,
        backend=raw.backend,
        results=tuple(reading.existing(f"results[{i}]", folder, path) for i, path in enumerate(raw.results)),
        alpha=raw.analysis.alpha,
        margin=raw.analysis.margin,
        rule=raw.analysis.rule,
        weights=raw.analysis.weights,
        benchmarks=raw.benchmarks,
    )
    for check in (_check_parents, _check_cycles, _check_bases, _check_paths, _check_names):
        check(reading, study)
    if isinstance(study.weights, dict) and not sum(study.weights.values()):
        reading.wrong("analysis.weights", study.weights, WEIGHTS_RULE)
    reading.finish()
    return study


def _model(reading: Reading, folder: Path, model: Model) -> Model:
    reading.struct(model.backend, Backend, f"models.{model.name}.backend")
    if model.kind and model.role != "reference":
        reading.wrong(f"models.{model.name}.kind", model.kind, "no kind: it is for models with `role: reference`")
    path = _model_path(reading, folder, f"models.{model.name}.path", model.path)
    return replace(model, path=path, tokenizer=_tokenizer(reading, folder, f"models.{model.name}", model.tokenizer))


def _tokenizer(reading: Reading, folder: Path, key: str, text: str) -> str:
    """Return the absolute path of a tokenizer, and keep the mistake if there is none."""
    if not text:
        return ""
    path = reading.existing(f"{key}.tokenizer", folder, text)
    if path.is_dir() and not (path / "tokenizer.json").is_file():
        reading.wrong(f"{key}.tokenizer", text, TOKENIZER_RULE, "There is no tokenizer.json.")
    return str(path)


def _model_path(reading: Reading, folder: Path, key: str, text: str) -> str:
    """Return an absolute folder, or the text unchanged if it can only be a hub id."""
    if text.startswith("tiny:"):
        here = sorted(f"tiny:{p.name}" for p in MODELS.iterdir()) if MODELS.is_dir() else []
        if text not in here:
            reading.unknown(key, text, here)
        return str(MODELS / text[5:])
    if text.startswith(("./", "../", "/", "~", ".\\")):
        return str(reading.existing(key, folder, text))
    local = folder / text
    return str(local.resolve()) if text and local.is_dir() else text


def _merge(reading: Reading, folder: Path, merge: Merge, only_base: str) -> Merge:
    """Return the merge with what its recipe and the rest of the study say of it."""
    key, method = f"merges.{merge.name}", merge.method
    recipe = merge.recipe and reading.existing(f"{key}.recipe", reading.file.parent, merge.recipe)
    if recipe and (method or merge.parameters):
        reading.wrong(f"{key}.recipe", str(merge.recipe), "either a recipe or method and parameters")
    elif recipe and recipe.exists():
        method = str(load_yaml(recipe).get("merge_method", "")) or "recipe"
    elif not recipe and not method and f"{key}.recipe" not in reading.mistakes:
        allowed = f"{', '.join(METHODS)} (or a recipe file)"
        reading.keep(f"{key}.method", f"{reading.file}: {key}.method is missing; allowed: {allowed}.")
    base = merge.base or ("" if only_base in merge.parents else only_base)
    tokenizer = _tokenizer(reading, folder, key, merge.tokenizer)
    return replace(merge, method=method, base=base, recipe=recipe, tokenizer=tokenizer)


def _key(study: Study, name: str) -> str:
    return f"{'merges' if name in study.merges else 'models'}.{name}"


def _check_names(reading: Reading, study: Study) -> None:
    seen: set[str] = set()
    claimed: dict[str, str] = {}
    owners: list[tuple[str, Model | Merge]] = [*study.models.items(), *study.merges.items()]
    for name, owner in owners:
        if not isinstance(name, str) or not re.match(NAME, name):
            reading.wrong(_key(study, name), name, NAME_RULE, "The name becomes a folder.")
        if str(name).lower() in seen:
            reading.wrong(_key(study, name), name, "each name once, also ignoring case")
        seen.add(str(name).lower())
        for i, alias in enumerate(owner.ids):
            if claimed.setdefault(alias, name) != name:
                allowed = f"an id of one model only; {claimed[alias]!r} has it already"
                reading.wrong(f"{_key(study, name)}.ids[{i}]", alias, allowed)


def _check_parents(reading: Reading, study: Study) -> None:
    for name, merge in study.merged().items():
        key, others = f"{_key(study, name)}.parents", [other for other in study.names() if other != name]
        for i, parent in enumerate(merge.parents):
            if parent not in others:
                reading.unknown(f"{key}[{i}]", parent, others)
        if len(set(merge.parents)) < len(merge.parents):
            reading.wrong(key, list(merge.parents), "each parent once")
        if merge.reference and merge.reference not in merge.parents:
            reading.unknown(f"{_key(study, name)}.reference", merge.reference, merge.parents)
        if isinstance(merge, Merge) and len(merge.parents) < 2:
            reading.wrong(key, list(merge.parents), "at least two names")


def _check_cycles(reading: Reading, study: Study) -> None:
    for name, merge in study.merged().items():
        above = [parent for parent in merge.parents if parent != name]
        for one in above:
            above += [parent for parent in getattr(study.merged().get(one), "parents", ()) if parent not in above]
        if name in above:
            reading.wrong(f"{_key(study, name)}.parents", above, "no merge among its own ancestors")


def _check_bases(reading: Reading, study: Study) -> None:
    roles_known = all(model.role for model in study.models.values())
    for name, merge in study.merged().items():
        key, paths = f"{_key(study, name)}.base", {study.model_path(parent) for parent in merge.parents}
        if isinstance(merge, Merge) and not merge.base and merge.method in TASK_VECTOR_METHODS and roles_known:
            allowed = f"the name of a model; {merge.method} adds differences to a base"
            reading.wrong(key, merge.base, allowed)
        if merge.base and merge.base not in study.names():
            reading.unknown(key, merge.base, study.names())
        elif merge.base and (merge.base in merge.parents or study.model_path(merge.base) in paths - {""}):
            allowed = "a model that is not one of the parents: a parent equal to the base has a task vector of zero"
            reading.wrong(key, merge.base, allowed)


def _check_paths(reading: Reading, study: Study) -> None:
    """A model needs a path as soon as something is built from it or run on it."""
    used = {name for merge in study.merges.values() for name in (*merge.parents, merge.base)}
    for name, model in study.models.items():
        if not model.path and (study.suites or name in used):
            todo = "Without suites and merges a study of existing results needs none."
            reading.wrong(f"models.{name}.path", "", PATH_RULE, todo)
