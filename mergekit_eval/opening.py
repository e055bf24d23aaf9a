"""Opening a study: from a file, a folder of results, or both, to a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mergekit_eval import workspace
from mergekit_eval.errors import DataError, StudyError, unknown
from mergekit_eval.origins import merge_table, with_origins
from mergekit_eval.registry import load_registry, own_facts
from mergekit_eval.selection import ask_what_to_compare, keep_named, keep_related
from mergekit_eval.session import Session
from mergekit_eval.show import cell_html
from mergekit_eval.study import Study, load_study
from mergekit_eval.tiny import EXAMPLE
from mergekit_eval.wording import counted

if TYPE_CHECKING:  # the readers are loaded only where something is read
    from mergekit_eval.collect.folders import Collection


def find_study(name: str | Path) -> Path:
    """Return a study file given by path, or by its name in ``params/``, with or without ``.yaml``.

    A relative path starts from the workspace (`workspace.find_workspace`), else from the working folder. The package's
    own studies are found outside of a workspace only.

    Raises
    ------
    DataError
        If there is none; the message names those that are there.
    """
    path, place = Path(name).expanduser(), workspace.find_workspace()
    named = [path, *([Path("params") / path] if path.parent == Path() else [])]
    ways = [*named, *(way.with_name(f"{way.name}.yaml") for way in named if way.name)]
    own = [] if place else [workspace.shipped("params") / way.name for way in ways if way.parent == Path("params")]
    for candidate in [*(file for way in ways for file in workspace.candidates(way)), *own]:
        if candidate.is_file():
            return candidate
    if place:
        raise DataError(unknown(place / "params", "study", name, [file.name for file in workspace.studies(place)]))
    raise DataError(f"{name}: no such study file. `mergekit-eval init DIR` lays out the examples.")


def open_study(
    study: str | Path = "",
    results: str | Path = "",
    output: str | Path = "",
    *,
    rule: str = "",
    refresh: bool = False,
    venue: str = "notebook",
    parameters: Mapping[str, Any] | None = None,
    others: bool = True,
    models: Sequence[str] | None = None,
) -> Session:
    """Return the session of a study, of a folder with results, or of both.

    Parameters
    ----------
    study : str or Path
        Study file, or '' for none.
    results : str or Path
        Folder with result files of any supported tool, or with the three tables of an earlier ``collect``; '' for the
        study's own. The output folder of a study means that study and the tables in it. A relative name starts from the
        workspace, else from the working folder.
    output : str or Path
        Where tables and figures go; '' for the study's output folder, or ``outputs/<name of results>``. A relative name
        starts from the workspace.
    rule : str
        Which of several runs counts: newest, first, best, all; '' for the study's own rule.
    refresh : bool
        Read the result files even if tables are there already.
    venue : str
        Width and type size of the figures: notebook, slide, neurips, icml, acl, ...
    parameters : mapping, optional
        What else fixes the numbers; goes into the provenance.
    others : bool
        Keep models of the results that the study does not name; False for a handful out of a whole leaderboard.
    models : sequence of str, optional
        Keep only these models, their parents and their bases; empty for all of them. Whoever gives this compares:
        of more than `selection.MOST_MODELS` nothing is computed, and the session asks for a choice.

    Raises
    ------
    DataError
        If there is nothing to read; the message says what to do.
    """
    from mergekit_eval.collect.folders import write_tables
    from mergekit_eval.collect.labels import as_ids

    plan = load_study(find_study(study)) if study else None
    folder, doubt = _results(results) if results else (None, "")
    if folder and (owner := _owner(folder)):
        same = plan is None or plan.file == owner.file
        plan, folder = (owner, None) if same else (plan, folder / "tables")
        doubt = f"{results} is the output folder of {owner.file.name}: its tables are read."
    target = workspace.home() / Path(output).expanduser() if output else _output(plan, folder)
    workspace.outside_package(target)
    collection, example, fresh = _collection(plan, folder, target, rule, refresh)
    sentences = [doubt, example]
    if plan and folder and not set(plan.names()) & set(collection.scores["model"]):
        names = "".join(f" To name one, {as_ids([name])}." for name in collection.scores["model"].head(1))
        sentences.append(
            f"{plan.file.name} names none of the models in {folder}: they are shown without a study.{names}"
        )
        plan, target = None, target if output else _output(None, folder)
    if fresh:
        write_tables(collection, target / "tables")
    if not len(collection.scores):
        sentences.append(f"No score could be read: {_why_nothing(collection)}")
    if plan and not others:
        sentences.append(keep_named(collection, plan))
    if models:
        sentences.append(keep_related(collection, merge_table(plan, collection), models))
    question = ask_what_to_compare(collection, merge_table(plan, collection)) if models is not None else ""
    collection.scores = arranged(with_origins(collection, plan), plan)
    recorded = {
        "study": str(study) if plan else "",
        "results": str(results),
        **({"rule": rule} if rule else {}),
        **(parameters or {}),
    }
    recorded |= ({} if others else {"others": False}) | ({"models": list(models)} if models else {})
    notice = " ".join(filter(None, (*workspace.notices(plan.file if plan else None, target), *sentences)))
    return Session(plan, collection, target, notice, recorded, venue, question)


def about(plan: Study) -> cell_html.Shown:
    """Return what a study is, where it lies and where its files go, for display."""
    sizes = ((plan.models, "model"), (plan.merges, "merge"), (plan.suites, "suite"))
    contents = f"{plan.title}: {', '.join(counted(len(many), noun) for many, noun in sizes)}"
    lines = [*workspace.notices(plan.file, plan.output), contents, f"study: {plan.file}", f"output: {plan.output}"]
    return cell_html.together([cell_html.say(line) for line in lines])


def _owner(folder: Path) -> Study | None:
    """Return the study whose output folder this is, among those of the workspace around it."""
    place = workspace.find_workspace(folder)
    for file in workspace.studies(place) if place else []:
        with suppress(StudyError):  # a study with mistakes has no output folder
            if (plan := load_study(file)).output == folder.resolve():
                return plan
    return None


def _results(name: str | Path) -> tuple[Path, str]:
    """Return the folder with results that a name means, and what to say where it may mean another one as well."""
    folders = workspace.located("results", name)
    others = f"results = {str(name)!r} is read from {folders[0]}, not from {folders[-1]}." if len(folders) > 1 else ""
    return folders[0], others


def _collection(
    plan: Study | None, folder: Path | None, target: Path, rule: str, refresh: bool
) -> tuple[Collection, str, bool]:
    """Return what there is to look at, what to say of it, and whether it was read anew and is on disk nowhere yet."""
    from mergekit_eval.collect.folders import collect, read_tables

    if folder and (folder / "scores.parquet").is_file():
        return with_roles(read_tables(folder), plan), "", False
    tables = target / "tables"
    if not folder and not refresh and (tables / "scores.parquet").is_file():
        return read_tables(tables), "", False
    own = [plan.output / "harness", *plan.results] if plan else []
    sources = [folder] if folder else [path for path in own if path.exists()]
    if not sources:
        return *_example(plan), False
    chosen = rule or (plan.rule if plan else "newest")
    collection = collect(
        sources,
        study=plan,
        rule=chosen,
        registry=load_registry(own_facts(plan.folder if plan else workspace.home())),
        cache_dir=target / "cache",
    )
    return collection, "", True


def _why_nothing(collection: Collection) -> str:
    """Return the commonest problems of a collection without a score."""
    kinds = collection.problems["kind"].value_counts().head(3)
    problems = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    return f"{problems or 'there is no file with results'}. Notebook 03 and `mergekit-eval collect` name every file."


def arranged(scores: pd.DataFrame, plan: Study | None) -> pd.DataFrame:
    """Return the scores in the order everything is shown: base, parents, merges, references, each as in the study."""
    rank = {name: place for place, name in enumerate(plan.names() if plan else [])}
    keys = {
        "role": scores["role"].map({"base": 0, "parent": 1, "merge": 2, "reference": 3, "": 4}),
        "place": scores["model"].map(rank).fillna(len(rank)),
        "model": scores["model"],
    }
    return scores.loc[pd.DataFrame(keys).sort_values(list(keys), kind="stable").index].reset_index(drop=True)


def with_roles(collection: Collection, plan: Study | None) -> Collection:
    """Return a collection read from tables with the study's names and roles in it, where a study is given."""
    if plan is None:
        return collection
    from mergekit_eval.collect.identify import named_conditions, names_by

    if rows := named_conditions(plan, collection.scores):
        for frame in (collection.scores, collection.items):
            keys = zip(*(frame[name] for name in ("run", "model", "task", "metric", "filter")), strict=True)
            frame["model"] = [rows.get(key, key[1]) for key in keys]
    if named := names_by(plan, collection.scores):
        for frame in (collection.scores, collection.items):
            frame["model"] = frame["model"].map(named).fillna(frame["model"])
    for frame in (collection.scores, collection.items):
        frame["role"] = [plan.role(model) or role for model, role in zip(frame["model"], frame["role"], strict=True)]
    return collection


def _output(plan: Study | None, folder: Path | None) -> Path:
    if plan:
        return plan.output
    if folder:
        target = workspace.home() / "outputs" / (folder.name or folder.absolute().name)
        if owner := _owner(target):
            raise DataError(f"{target} holds what was made of {owner.file.name}: give `output`, a folder of its own.")
        return target
    raise DataError("give a study file, a folder of results, or both.")


def _example(plan: Study | None) -> tuple[Collection, str]:
    """Return the bundled example results, only for the demo study, and say so."""
    from mergekit_eval.collect.folders import read_tables

    if plan and plan.name == "demo" and EXAMPLE.is_dir():
        return read_tables(EXAMPLE), "Bundled example results: no run of the demo study is here yet (`make demo`)."
    raise DataError(
        f"{plan.output if plan else ''}: no tables yet. Run `mergekit-eval run {plan.file if plan else 'STUDY.yaml'}`, "
        "or give `results`, a folder with result files."
    )
