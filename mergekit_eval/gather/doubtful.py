"""Runs whose file names a program (``gguf``) or a default (``./merged``) and not a model: which of them are one model?

A program is never a model's name. A default or relative name is one until something speaks against it: unequal recipes
beside the files, unequal urls, or unequal values of tasks that are not sampled. Then the folder, the recipe, the file
name and the url name the models, each only where it leaves no two of them under one name.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pandas as pd

from mergekit_eval.gather.work import Record
from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import problem, shown
from mergekit_eval.readers._file_names import name_in
from mergekit_eval.readers._model_names import holds_results, is_backend, is_default, is_relative

LOCAL = ("localhost", "127.0.0.1", "0.0.0.0", "::1")
MEASURED = ["task", "metric", "filter", "n_shot", "limit", "task_version", "chat_template", "system_prompt"]
MEASURED += ["gen_kwargs", "quantization", "settings", "task_definition"]


_UNSAFE = re.compile(r"[\"<>:/|\\?*\[\]]+")


def sanitized(name: str) -> str:
    """Return a model name the way lm-eval makes a folder of it."""
    return _UNSAFE.sub("__", name)


class Run(NamedTuple):
    """One file and what it says of its model: what it states, and what tells runs apart."""

    file: str
    stated: str
    word: str
    recipe: str
    recipe_name: str
    url: str
    values: dict[tuple[str, ...], str]

    @property
    def folder(self) -> str:
        """The folder of the file."""
        return posixpath.dirname(self.file)

    @property
    def stem(self) -> str:
        """What the name of the file says of a model; its tasks and programs are none."""
        name = name_in(self.file)
        return "" if is_backend(name) or name in {key[0] for key in self.values} else name

    @property
    def place(self) -> str:
        """The folder that may name the model."""
        return folder_name(self.file, self.word)


def folder_name(file: str, word: str = "") -> str:
    """Return the nearest folder that is not named like a kind of result, "" if there is none.

    One with a default name (``merged``) takes the next one above along; one called after ``word`` is passed over.
    """
    folders = [one for one in posixpath.dirname(file).split("/") if one and not holds_results(one)]
    spelled = {sanitized(word), sanitized(lm.tidy(word))} if word else set()
    last = ""
    for folder in reversed([one for one in folders if one not in spelled]):
        parts = folder.split("__")
        name = "/".join(parts) if len(parts) == 2 and all(parts) else folder
        if not is_default(name):
            return f"{name}/{last}" if last else name
        last = last or name
    return last


def named(scores: pd.DataFrame, records: list[Record]) -> tuple[dict[tuple[str, str], tuple[str, str]], list[dict]]:
    """Return (file, what it states) -> (model, rule) of the runs that need another name, and what should be known.

    Parameters
    ----------
    scores : DataFrame
        With ``file`` and ``stated``, the identity that the file states, "" for a program.
    records : list of Record
        Their facts know recipes, urls and sampled tasks.
    """
    made: dict[tuple[str, str], tuple[str, str]] = {}
    problems = []
    sources = dict(zip(scores["file"], scores["source_file"], strict=True))
    for name, mine in _runs(scores, records).items():
        groups = list(_groups(mine, name == lm.PROGRAM))
        if len(groups) == 1 and name != lm.PROGRAM:
            continue
        names = _names(groups)
        made |= {(run.file, run.stated): told for group, told in zip(groups, names, strict=True) for run in group}
        if name != lm.PROGRAM:
            problems.append({"file": sources[groups[0][0].file]} | _told(name, groups, names))
    return made, problems


def _runs(scores: pd.DataFrame, records: list[Record]) -> dict[str, list[Run]]:
    """Return the doubtful runs by the default name that they share; those of programs all under `lm.PROGRAM`."""
    columns = ["stated", "model_name", "model_from", "file"]
    pairs = scores[columns].drop_duplicates(["stated", "file"])
    alone = ~pairs["file"].duplicated(keep=False)
    doubtful: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for (stated, name, rule, file), single in zip(pairs.itertuples(index=False, name=None), alone, strict=True):
        if stated and single and ((rule == lm.PROGRAM and "/" not in stated) or is_backend(stated)):
            doubtful[lm.PROGRAM].append((file, stated, name))
        elif stated and (is_relative(name) or is_default(stated)):
            doubtful[stated].append((file, stated, name))
    doubtful = {name: files for name, files in doubtful.items() if name == lm.PROGRAM or len(files) > 1}
    stated = {one for files in doubtful.values() for _, one, _ in files}
    values = _values(scores[scores["stated"].isin(stated)], records) if stated else {}
    urls = {record.name: _server(record.facts.get("url", "")) for record in records}
    recipes = _recipes(records)
    return {
        name: [
            Run(*one, *_recipe(one[0], one[1], recipes), urls.get(one[0], ""), values.get(one[:2], {}))
            for one in sorted(files)
        ]
        for name, files in doubtful.items()
    }


def _recipes(records: list[Record]) -> dict[str, dict[str, Any]]:
    """Return the facts of the recipe in each folder; mergekit's own file says more than a model card."""
    told = [record for record in records if record.facts.get("lineage")]
    told.sort(key=lambda record: record.facts["lineage"].get("from") != "model card")
    return {posixpath.dirname(record.name): record.facts for record in told}


def _values(scores: pd.DataFrame, records: list[Record]) -> dict[tuple[str, str], dict[tuple[str, ...], str]]:
    """Return the values of each run that another run of its model must repeat: those that are not sampled."""
    sampled = {(record.name, task) for record in records for task in record.facts.get("sampled", ())}
    found: dict[tuple[str, str], dict[tuple[str, ...], str]] = defaultdict(dict)
    rows = scores[scores["kind"].eq("task") & scores["tool"].eq("lm-eval")]
    columns = ["file", "stated", "task_name", "value", *MEASURED]
    for file, stated, task, value, *measured in rows[columns].itertuples(index=False, name=None):
        if (file, task) not in sampled:
            found[file, stated][tuple(map(str, measured))] = f"{value:.9g}"
    return found


def _recipe(file: str, stated: str, recipes: dict[str, dict[str, Any]]) -> tuple[str, str]:
    """Return what tells the recipe beside a file from others, and a name made of it; not where the model goes in."""
    folder = posixpath.dirname(file)
    while folder and folder not in recipes:
        folder = posixpath.dirname(folder)
    facts = recipes.get(folder)
    if facts is None:
        return "", ""
    told = facts["lineage"]
    sources = [lm.tidy(source) for source in [*told.get("parents", ()), told.get("base", "")] if source]
    if stated in sources:
        return "", ""
    method, ends = told.get("method", ""), [posixpath.basename(source) for source in dict.fromkeys(sources)]
    known = method not in ("", "unknown") and ends
    return facts.get("recipe") or lm.canonical(told), f"{method}({'+'.join(ends)})" if known else ""


def _server(url: str) -> str:
    """Return the machine and path of a url that stand for a model, without the last part that every server has."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        host = "localhost" if parts.hostname in LOCAL else parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return url
    path = parts.path.rstrip("/")
    for ending in ("/completions", "/chat", "/v1"):
        path = path.removesuffix(ending)
    return f"{host}{port}{path}"


def _groups(runs: list[Run], program: bool) -> Iterator[list[Run]]:
    """Yield the runs that nothing speaks against being of one model; those of a program are asked place by place."""
    for beside in _sorted(runs, lambda run: run.place or f"{run.folder}/{run.stem}") if program else [runs]:
        for alike in _parts(beside, lambda run: run.recipe):
            for served in _parts(alike, lambda run: run.url):
                yield from _by_values(served, program)


def _parts(runs: list[Run], told: Callable[[Run], str]) -> list[list[Run]]:
    """Return the runs by what is told of them where that differs; where it is told of one alone, all stay together."""
    return _sorted(runs, told) if len({told(run) for run in runs} - {""}) > 1 else [runs]


def _sorted(runs: list[Run], told: Callable[[Run], str]) -> list[list[Run]]:
    found: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        found[told(run)].append(run)
    return list(found.values())


def _by_values(runs: list[Run], program: bool) -> list[list[Run]]:
    """Return the runs by folder (of programs also by file name) as far as their values agree."""
    seats: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in runs:
        seats[run.folder, run.stem if program else ""].append(run)
    values = {seat: {item for run in mine for item in run.values.items()} for seat, mine in seats.items()}
    if not _contradicted(values):
        return [runs]
    groups: list[tuple[list[Run], dict]] = []
    holders: dict[tuple, int] = {}
    for seat, mine in seats.items():
        near = sorted({holders[item] for item in values[seat] if item in holders})
        fits = (at for at in near if all(groups[at][1].get(key, value) == value for key, value in values[seat]))
        place = next(fits, len(groups))
        if place == len(groups):
            groups.append(([], {}))
        groups[place][0].extend(mine)
        groups[place][1].update(values[seat])
        holders |= {item: place for item in values[seat] if item not in holders}
    return [group for group, _ in groups]


def _contradicted(values: dict[Any, set[tuple]]) -> bool:
    """Whether two places give one measurement two values; a repeat in one place is a re-run."""
    seen: dict[tuple, set[str]] = {}
    for items in values.values():
        mine: dict[tuple, set[str]] = defaultdict(set)
        for key, value in items:
            mine[key].add(value)
        for key, said in mine.items():
            if not said & seen.setdefault(key, said):
                return True
    return False


NAMES: tuple[tuple[str, Callable[[Run], str]], ...] = (
    ("folder", lambda run: run.place),
    ("folder", lambda run: run.folder if run.place else ""),
    ("recipe beside the file", lambda run: run.recipe_name),
    ("file name", lambda run: run.stem),
    ("url", lambda run: run.url),
    ("path", lambda run: posixpath.splitext(run.file)[0]),
)


def _names(groups: list[list[Run]]) -> list[tuple[str, str]]:
    """Return (name, rule) of each group: the first rule that leaves no other group under its name."""
    names: list[tuple[str, str]] = [("", "")] * len(groups)
    for rule, name_of in NAMES:
        waiting = [place for place, (name, _) in enumerate(names) if not name]
        offered = {place: name_of(groups[place][0]) for place in waiting}
        taken = Counter([name for name, _ in names] + list(offered.values()))
        for place, name in offered.items():
            if name and taken[name] == 1:
                names[place] = name, rule
    return names


def _told(stated: str, groups: list[list[Run]], names: list[tuple[str, str]]) -> dict[str, str]:
    first = [group[0] for group in groups]
    what = "recipes beside them" if len({run.recipe for run in first}) > 1 else ""
    what = what or ("urls" if len({run.url for run in first}) > 1 else "values of tasks that are not sampled")
    labels = [name for name, _ in names]
    text = f"{shown(stated)} is a default or relative name and stands for {len(groups)} models (unequal {what}): "
    todo = f"name each in a study: models: {{NAME: {{role: ..., ids: [{shown(labels[0])}]}}}}"
    return problem("identity", text + shown(labels, 300), todo)
