"""The keys of a study file, as data: how each value is checked, what to tell a person, its default."""

from __future__ import annotations

import re

from mergekit_eval.merge_methods import methods
from mergekit_eval.schema import ROLES
from mergekit_eval.strict import Field

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
NAME_RULE = "1-100 letters, digits, '.', '_' or '-', starting with a letter or digit, not ending in '.'"
DTYPES = ("auto", "float32", "float16", "bfloat16")
METHODS = tuple(name for name, row in methods().items() if row["base"] != "shell")
TASK_VECTOR_METHODS = tuple(name for name, row in methods().items() if row["base"] == "ancestor")


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _dict(value: object) -> bool:
    return isinstance(value, dict)


_NAMES = Field(_texts, "a list of model or merge names of this study", default=[])
STUDY = {
    "study": Field(_text, f"a name: {NAME_RULE}", required=True),
    "title": Field(_text, "a line of text", ""),
    "about": Field(_text, "text", ""),
    "output": Field(_text, "a folder", ""),
    "models": Field(_dict, "a mapping: name -> {path, role, ...}", required=True),
    "merges": Field(_dict, "a mapping: name -> {method, parents, ...}", {}),
    "suites": Field(_texts, "a list of suite names or suite files", []),
    "backend": Field(_dict, "a mapping: {kind, device, dtype, batch_size, ...}", {}),
    "results": Field(_texts, "a list of folders or files with existing results", []),
    "analysis": Field(_dict, "a mapping: {alpha, margin, ...}", {}),
}
MODEL = {
    "path": Field(_text, "a folder (./x, /x), a hub id (org/name) or tiny:<name>", ""),
    "role": Field(lambda value: value in ROLES, ", ".join(ROLES), required=True),
    "domain": Field(_text, "the capability this model was trained for, e.g. math", ""),
    "ids": Field(_texts, "a list of the names this model has in result files", []),
    "family": Field(_text, "a name shared by related models", ""),
    "params_b": Field(lambda v: isinstance(v, int | float) and v > 0, "billions of parameters, e.g. 8.03"),
    "method": Field(_text, "how it was merged (role merge only)", ""),
    "parents": _NAMES,
    "base": Field(_text, "name of the base model of this merge", ""),
    "backend": Field(_dict, "settings of the backend that differ for this model", {}),
}
MERGE = {
    "method": Field(lambda value: value in METHODS, ", ".join(METHODS), ""),
    "parents": Field(_texts, "a list of at least two model or merge names", []),
    "base": Field(_text, "name of the base model", ""),
    "parameters": Field(_dict, "a mapping: name -> number, list, or {parent: number}", {}),
    "seed": Field(_whole, "a whole number >= 0", 0),
    "dtype": Field(lambda v: v in DTYPES, "float32, float16, bfloat16", "float32"),
    "recipe": Field(_text, "a mergekit YAML file, relative to this study", ""),
    "ids": Field(_texts, "a list of further names this merge has in result files", []),
    "note": Field(_text, "a line of text", ""),
}
BACKEND = {
    "kind": Field(lambda v: v in ("hf", "dummy"), "hf, dummy", "hf"),
    "device": Field(_text, "cpu, cuda, cuda:0, mps", "cpu"),
    "dtype": Field(lambda v: v in DTYPES, ", ".join(DTYPES), "auto"),
    "batch_size": Field(lambda v: v == "auto" or (_whole(v) and v > 0), "a whole number > 0, or auto", 1),
    "slots": Field(lambda v: _whole(v) and v > 0, "how many models at once: a whole number > 0", None),
    "threads": Field(lambda v: _whole(v) and v > 0, "CPU threads per model: a whole number > 0", None),
    "time_limit": Field(lambda v: isinstance(v, int | float) and v > 0, "seconds per cell, > 0", None),
    "limit": Field(lambda v: _whole(v) and v > 0, "first N items per task (never for claims)", None),
    "apply_chat_template": Field(_flag, "true or false", False),
    "model_args": Field(_dict, "a mapping of further lm-eval model arguments", {}),
}
ANALYSIS = {
    "alpha": Field(_share, "a number between 0 and 1, such as 0.05 for 5 %", 0.05),
    "margin": Field(_share, "the loss that still counts as no loss, between 0 and 1, such as 0.02 for 2 points", 0.02),
    "rule": Field(lambda v: v in ("newest", "first", "best", "all"), "newest, first, best, all", "newest"),
}
