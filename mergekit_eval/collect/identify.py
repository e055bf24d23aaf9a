"""Which model a row belongs to: one rule, visible in the column ``model_from``, overridden by the study.

1. A study names it: by its ``ids``, its path, or a folder that carries its name.
2. The file names it: the whole name or path, with ``@revision`` and ``+adapter`` (so checkpoints and adapters stay
   apart, and ``a/M`` and ``b/M`` too).
   A program (``config.model: gguf``) and a default name that stands for several models are none, see `doubtful`.
3. Exactly one model is named by the other files of the same folder: it is that one.
4. The nearest folder that is not named like a kind of result.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mergekit_eval.collect import doubtful
from mergekit_eval.collect.doubtful_runs import folder_name, sanitized
from mergekit_eval.collect.labels import as_ids
from mergekit_eval.collect.read_file import Record
from mergekit_eval.readers._base import problem, shown
from mergekit_eval.readers._lm_eval import tidy
from mergekit_eval.rows import grouped

# Where the hub's client keeps a model: a path that names it, and the commit it was fetched at.
_CACHED = re.compile(r"(?:.*/)?models--([^/]+?)--([^/]+)/snapshots/([0-9a-f]{7,64})/?(?=$|[+@])")
_HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


class Identities:
    """Names of the models of one collection.

    Parameters
    ----------
    study : Study or None
        May name models and give roles.
    named : dict
        Folder -> identities that files of this folder state.
    """

    def __init__(self, study: Any, named: dict[str, set[str]]) -> None:
        self.study, self.named = study, named
        self.known = study_names(study) if study is not None else {}

    def model(self, stated: str, name: str, rule: str, file: str) -> tuple[str, str]:
        """Return (model, rule) for what a file states (may be empty) and the relative path of the file."""
        for candidate in (stated, name):
            spelled = (tidy(candidate), sanitized(tidy(candidate)))
            if candidate and (found := next((self.known[one] for one in spelled if one in self.known), "")):
                return found, "study"
        folders = posixpath.dirname(file).split("/")
        for folder in reversed(folders):
            if folder in self.known:
                return self.known[folder], "study: folder"
        if stated:
            return stated, rule or "file"
        neighbours = self.named.get(posixpath.dirname(file), set())
        if len(neighbours) == 1:
            return next(iter(neighbours)), "the only model of its folder"
        if folder := folder_name(file):
            return folder, "folder"
        return posixpath.splitext(posixpath.basename(file))[0], "file name"

    def labelled(self, label: str, models: Iterable[str]) -> str:
        """Return the study's model that lists ``M [label]``, M being one of some names; '' if none does."""
        spelled = (tidy(f"{tidy(model)} [{label}]") for model in models)
        return next((self.known[one] for one in spelled if one in self.known), "")

    def role(self, model: str) -> str:
        """Return the role the study gives, '' for none."""
        return self.study.role(model) if self.study is not None else ""


def study_names(study: Any) -> dict[str, str]:
    """Return every spelling of a study's models in result files (name, path, ids) -> its name in the study."""
    names: dict[str, str] = {}
    for name in study.names():
        entry = study.models.get(name) or study.merges[name]
        path = str(study.model_path(name))
        spellings = {name, path, tidy(path), str(Path(path).expanduser().absolute()), *entry.ids}
        with contextlib.suppress(ValueError):
            spellings.add(str(Path(path).absolute().relative_to(study.folder)))
        for spelling in spellings:
            names.setdefault(tidy(spelling), name)
            names.setdefault(sanitized(tidy(spelling)), name)
    return names


def names_by(study: Any, scores: pd.DataFrame) -> dict[str, str]:
    """Return the study's names of models in tables that were collected without it; those it does not know are absent.

    What a file calls a model counts only where one model of the tables is called so.
    """
    known = Identities(study, {}).known
    stated = scores.groupby("model_name")["model"].unique()
    aliases = {models[0]: str(name) for name, models in stated.items() if name and len(models) == 1}
    spelled = {model: (model, aliases.get(model, "")) for model in scores["model"].unique()}
    found = {m: next((known[tidy(s)] for s in both if s and tidy(s) in known), "") for m, both in spelled.items()}
    return {model: name for model, name in found.items() if name and name != model}


def named_conditions(study: Any, scores: pd.DataFrame) -> dict[tuple[str, ...], str]:
    """Return run, model, task, metric, filter -> the study's name of rows whose label its ``ids`` list."""
    identities, key = Identities(study, {}), ["run", "model", "task", "metric", "filter"]
    rows = scores.loc[scores["condition"] != "", [*key, "condition", "model_name"]]
    found = {
        tuple(row[: len(key)]): identities.labelled(row[-2], [row[1], row[-1]])
        for row in rows.itertuples(index=False, name=None)
    }
    return {row: name for row, name in found.items() if name not in ("", row[1])}


def identify(scores: pd.DataFrame, study: Any, records: list[Record]) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Return the rows with ``model``, ``model_from`` and ``role``, and what should be looked at."""
    scores = _from_cache(scores)
    tidied = scores["model_name"].map({name: tidy(name) for name in scores["model_name"].unique()})
    keyed = scores.assign(stated=scores["model"].where(scores["model"] != "", tidied))
    renamed, problems = doubtful.named(keyed, records)
    columns = ["stated", "model_name", "model_from", "file"]
    stated = list(keyed.loc[~keyed.duplicated(columns), columns].itertuples(index=False, name=None))
    told = [renamed.get((file, model), (model, rule)) for model, _, rule, file in stated]
    named: dict[str, set[str]] = defaultdict(set)
    targets: dict[str, set[str]] = defaultdict(set)
    for (before, _, _, file), (model, _) in zip(stated, told, strict=True):
        targets[before].add(model)
        if model:
            named[posixpath.dirname(file)].add(model)
    identities = Identities(study, named)
    made = [
        # What stands for several models names none of them in a study either.
        identities.model(model, name if len(targets[before]) == 1 else model, rule, file)
        for (before, name, _, file), (model, rule) in zip(stated, told, strict=True)
    ]
    row = keyed.groupby(columns, sort=False, dropna=False).ngroup()
    found = pd.DataFrame(made, columns=["model", "model_from"], dtype="str").iloc[row].set_index(scores.index)
    out = scores.assign(model=found["model"], model_from=found["model_from"])
    out["role"] = out["model"].map({model: identities.role(model) for model in set(out["model"])})
    return out, problems + _several_ids(named, identities) + _spellings(out, identities)


def _spellings(scores: pd.DataFrame, identities: Identities) -> list[dict[str, str]]:
    """Propose as one what differs only in how the organisation is joined to the name: ``/``, ``__`` or ``-``."""
    strange = scores.loc[~scores["model"].isin(set(identities.known.values())), ["model", "source_file"]]
    strange = strange.drop_duplicates("model", keep="last")
    files = dict(zip(strange["model"], strange["source_file"], strict=True))
    alike = grouped(sorted(files), lambda model: re.sub(r"/|__", "-", model))
    problems = []
    for names in alike.values():
        if len(names) > 1:
            text = f"{shown(names, 300)} are kept apart and look like one model in {len(names)} spellings"
            problems.append({"file": files[names[0]]} | problem("identity", text, as_ids(names)))
    return problems


def _from_cache(scores: pd.DataFrame) -> pd.DataFrame:
    """Name models loaded from a hub cache by their hub id; the commit stays only where one id comes with several."""
    commits: dict[str, set[str]] = defaultdict(set)
    for path in scores["model"].unique():
        if found := _CACHED.match(path):
            commits[f"{found[1]}/{found[2]}"].add(found[3])
    if not commits:
        return scores

    def hub(found: re.Match[str]) -> str:
        name = f"{found[1]}/{found[2]}"
        return name if len(commits[name]) == 1 else f"{name}@{found[3][:12]}"

    known = {path: _CACHED.sub(hub, path, count=1) for path in scores["model"].unique()}
    named = scores["model"].map(known)
    rule = scores["model_from"].where(named == scores["model"], scores["model_from"] + ", hub cache")
    return scores.assign(model=named, model_from=rule)


def _several_ids(named: dict[str, set[str]], identities: Identities) -> list[dict[str, str]]:
    """Warn where a folder holds several ids that end alike: probably one model under several names."""
    problems = []
    for folder, ids in sorted(named.items()):
        ends = grouped([one for one in sorted(ids) if tidy(one) not in identities.known], posixpath.basename)
        for end, alike in sorted(ends.items()):
            if len(alike) > 1 and sum(_HUB.fullmatch(one) is not None for one in alike) <= 1:
                text = f"{folder or '.'}: {alike} all end in {end!r} and are kept as {len(alike)} models"
                problems.append({"file": folder or "."} | problem("identity", text, as_ids(alike)))
    return problems
