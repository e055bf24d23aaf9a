"""What is known of runs whose file names a program (``gguf``) or a default (``./merged``) and not a model."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pandas as pd

from mergekit_eval.collect.read_file import Record
from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._file_names import name_in
from mergekit_eval.readers._model_names import holds_results, is_backend, is_default, is_relative

LOCAL = ("localhost", "127.0.0.1", "0.0.0.0", "::1")
MEASURED = ["task", "metric", "filter", "n_shot", "limit", "task_version", "chat_template", "system_prompt"]
MEASURED += ["gen_kwargs", "quantization", "settings", "task_definition"]


# What a score was measured on, and under which settings.
Measured = tuple[str, ...]
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
    values: dict[Measured, str]

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


def runs_of(scores: pd.DataFrame, records: list[Record]) -> dict[str, list[Run]]:
    """Return the doubtful runs by the name that they share; those of programs all under `lm.PROGRAM`.

    Of a name without a folder that says something (``ties-v1``), only the recipes beside its files can speak.
    """
    recipes = _recipes(records)
    places = _places(scores, bool(recipes))
    weighed = {stated for (name, speaks), files in places.items() if speaks for stated, *_ in files}
    values = _values(scores[scores["stated"].isin(weighed)], records) if weighed else {}
    urls = {record.name: _server(record.facts.get("url", "")) for record in records}
    found: dict[str, list[Run]] = {}
    for (name, speaks), files in places.items():
        found[name] = [
            Run(
                file,
                stated,
                word,
                *_recipe(file, stated, recipes),
                urls.get(file, "") if speaks else "",
                values.get((file, stated), {}) if speaks else {},
            )
            for stated, word, file in sorted(files, key=lambda one: one[2])
        ]
    return found


def _places(scores: pd.DataFrame, recipes: bool) -> dict[tuple[str, bool], list[tuple[str, str, str]]]:
    """Return (name, whether urls and values speak against it) -> what is stated, as the file has it, and the file."""
    pairs = scores[["stated", "model_name", "model_from", "file"]].drop_duplicates(["stated", "file"])
    alone = ~pairs["file"].duplicated(keep=False)
    found: dict[tuple[str, bool], list[tuple[str, str, str]]] = defaultdict(list)
    for (stated, word, rule, file), single in zip(pairs.itertuples(index=False, name=None), alone, strict=True):
        bare = bool(stated) and single and "/" not in stated
        if bare and (rule == lm.PROGRAM or is_backend(stated)):
            found[lm.PROGRAM, True].append((stated, word, file))
        elif stated and (is_relative(word) or is_default(stated)):
            found[stated, True].append((stated, word, file))
        elif bare and recipes:
            found[stated, False].append((stated, word, file))
    return {name: files for name, files in found.items() if name[0] == lm.PROGRAM or len(files) > 1}


def _recipes(records: list[Record]) -> dict[str, dict[str, Any]]:
    """Return the facts of the recipe in each folder; mergekit's own file says more than a model card."""
    told = [record for record in records if record.facts.get("lineage")]
    told.sort(key=lambda record: record.facts["lineage"][0]["known_from"] != "model card")
    return {posixpath.dirname(record.name): record.facts for record in told}


def _values(scores: pd.DataFrame, records: list[Record]) -> dict[tuple[str, str], dict[Measured, str]]:
    """Return the values of each run that another run of its model must repeat: those that are not sampled."""
    sampled = {(record.name, task) for record in records for task in record.facts.get("sampled", ())}
    found: dict[tuple[str, str], dict[Measured, str]] = defaultdict(dict)
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
    told = facts["lineage"][0]
    sources = [source for source in [*told["parents"], *told["inert"], told["base"]] if source]
    if stated in sources:
        return "", ""
    method, ends = told["method"], [posixpath.basename(source) for source in dict.fromkeys(sources)]
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
