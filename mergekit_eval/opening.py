"""Opening a study: from a file, a folder of results, or both, to a session."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mergekit_eval.errors import DataError
from mergekit_eval.origins import with_origins
from mergekit_eval.registry import load_registry, own_facts
from mergekit_eval.session import Session
from mergekit_eval.study import Study, load_study
from mergekit_eval.wording import counted

PACKAGE = Path(__file__).parent
EXAMPLE = PACKAGE / "tiny" / "example"
SHARED = (PACKAGE / "share" / "params", PACKAGE.parent / "params")


def find_study(name: str | Path) -> Path:
    """Return a study file given by path, or by name from ``params/`` here or in the package.

    Raises
    ------
    DataError
        If there is none.
    """
    path = Path(name).expanduser()
    candidates = [path, *(folder / path.name for folder in SHARED)]
    for candidate in [*candidates, *(c.with_name(c.name + ".yaml") for c in candidates)]:
        if candidate.is_file():
            return candidate
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
) -> Session:
    """Return the session of a study, of a folder with results, or of both.

    Parameters
    ----------
    study : str or Path
        Study file, or '' for none.
    results : str or Path
        Folder with result files of any supported tool, or with the three tables of an earlier ``collect``;
        '' for the study's own.
    output : str or Path
        Where tables and figures go; '' for the study's output folder, or ``outputs/<name of results>``.
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

    Raises
    ------
    DataError
        If there is nothing to read; the message says what to do.
    """
    from mergekit_eval.collect import write_tables
    from mergekit_eval.gather.labels import as_ids

    plan = load_study(find_study(study)) if study else None
    folder = Path(results).expanduser() if results else None
    if folder and not folder.exists():
        raise DataError(f"results = {str(folder)!r}: nothing is there.")
    target = Path(output).expanduser().absolute() if output else _output(plan, folder)
    found, notice, fresh = _collection(plan, folder, target, rule, refresh)
    if plan and folder and not set(plan.names()) & set(found.scores["model"]):
        notice = f"{plan.file.name} names none of the models in {folder}: they are shown without a study."
        notice += "".join(f" To name one, {as_ids([name])}." for name in found.scores["model"].head(1))
        plan, target = None, target if output else _output(None, folder)
    if fresh:
        write_tables(found, target / "tables")
    if not len(found.scores):
        notice = " ".join(filter(None, (notice, f"No score could be read: {_why_nothing(found)}")))
    if plan and not others:
        notice = " ".join(filter(None, (notice, keep_named(found, plan))))
    found.scores = arranged(with_origins(found, plan), plan)
    given = {
        "study": str(study) if plan else "",
        "results": str(results),
        **({"rule": rule} if rule else {}),
        **(parameters or {}),
    }
    given |= {} if others else {"others": False}
    return Session(plan, found, target, notice, given, venue)


def keep_named(collection: Any, plan: Study) -> str:
    """Drop every model that the study does not name from a collection, and return the sentence that says so."""
    named, before = set(plan.names()), collection.scores["model"].nunique()
    collection.scores = collection.scores[collection.scores["model"].isin(named)]
    collection.items = collection.items[collection.items["model"].isin(named)]
    left = before - collection.scores["model"].nunique()
    return f"Left out: {counted(left, 'model')} of the results that the study does not name." if left else ""


def _collection(
    plan: Study | None, folder: Path | None, target: Path, rule: str, refresh: bool
) -> tuple[Any, str, bool]:
    """Return what there is to look at, what to say of it, and whether it was read anew and is on disk nowhere yet."""
    from mergekit_eval.collect import collect, read_tables

    if folder and (folder / "scores.parquet").is_file():
        return with_roles(read_tables(folder), plan), "", False
    tables = target / "tables"
    if not folder and not refresh and (tables / "scores.parquet").is_file():
        return read_tables(tables), "", False
    sources = [folder] if folder else _sources(plan)
    if not sources:
        return *_example(plan), False
    chosen = rule or (plan.rule if plan else "newest")
    found = collect(
        sources,
        study=plan,
        rule=chosen,
        registry=load_registry(own_facts(plan.folder if plan else Path())),
        cache_dir=target / "cache",
    )
    return found, "", True


def _why_nothing(found: Any) -> str:
    """Return the commonest problems of a collection without a score."""
    kinds = found.problems["kind"].value_counts().head(3)
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    return f"{told or 'there is no file with results'}. Notebook 03 and `mergekit-eval collect` name every file."


def _sources(plan: Study | None) -> list[Path]:
    own = [plan.output / "harness"] if plan else []
    return [path for path in [*own, *(plan.results if plan else ())] if path.exists()]


def arranged(scores: pd.DataFrame, plan: Study | None) -> pd.DataFrame:
    """Return the scores in the order everything is shown: base, parents, merges, references, each as in the study."""
    rank = {name: place for place, name in enumerate(plan.names() if plan else [])}
    keys = {
        "role": scores["role"].map({"base": 0, "parent": 1, "merge": 2, "reference": 3, "": 4}),
        "place": scores["model"].map(rank).fillna(len(rank)),
        "model": scores["model"],
    }
    return scores.loc[pd.DataFrame(keys).sort_values(list(keys), kind="stable").index].reset_index(drop=True)


def with_roles(collection: Any, plan: Study | None) -> Any:
    """Return a collection read from tables with the study's names and roles in it, where a study is given."""
    if plan is None:
        return collection
    from mergekit_eval.gather.identify import named_conditions, names_by

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
        return Path("outputs").absolute() / (folder.name or folder.absolute().name)
    raise DataError("give a study file, a folder of results, or both.")


def _example(plan: Study | None) -> tuple[Any, str]:
    """Return the bundled example results, only for the demo study, and say so."""
    from mergekit_eval.collect import read_tables

    if plan and plan.name == "demo" and EXAMPLE.is_dir():
        return read_tables(EXAMPLE), "Bundled example results: no run of the demo study is here yet (`make demo`)."
    raise DataError(
        f"{plan.output if plan else ''}: no tables yet. Run `mergekit-eval run {plan.file if plan else 'STUDY.yaml'}`, "
        "or give `results`, a folder with result files."
    )
