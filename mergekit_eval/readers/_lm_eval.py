"""What the lm-eval readers share: model arguments, identity of a model, time stamps in names, metric keys."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from mergekit_eval.readers._base import number
from mergekit_eval.readers._model_names import is_backend

# Where lm-eval itself looks for the name of a model; adapters come on top of it.
NAME_KEYS = ("pretrained", "model", "path", "engine", "model_path", "model_name_or_path")
ADAPTER_KEYS = ("peft", "delta", "steer_path", "lora_local_path", "lora")
# Arguments that change how fast or where a model runs, not what it answers.
HARMLESS = frozenset(
    """batch_size max_batch_size device device_map device_map_option parallelize use_accelerate accelerate
    max_memory_per_gpu max_cpu_memory max_memory offload_folder gpu_memory_utilization tensor_parallel_size
    pipeline_parallel_size data_parallel_size tp_plan num_concurrent max_retries timeout base_url port cache_dir
    trust_remote_code low_cpu_mem_usage swap_space max_num_seqs enforce_eager disable_log_stats verify_certificate
    eos_string token num_workers dp_size tp_size mem_fraction_static""".split()
)
# lm-eval's stamp, and that of lmms-eval.
STAMP = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}(?:\.\d{1,6})?|(?<!\d)\d{8}_\d{6}(?!\d))")
# ``acc_stderr``, and by what rule: ``acc_stderr_clustered``; some forks write ``std_err``.
_ERROR = re.compile(r"(.+)_(?:stderr|std_err)(?:_([a-z]+))?")
# What lmms-eval adds to a metric where it asks several times: facts about the answers, no scores of the model.
STABILITY = ("_expected_accuracy", "_consensus_accuracy", "_internal_variance", "_consistency_rate")
DEFAULT_REVISIONS = ("", "main", "None", "master")
PROGRAM = "config.model"
_WINDOWS = re.compile(r"[A-Za-z]:\\|\.{1,2}\\")


def parse_args(text: Any) -> dict[str, Any]:
    """Return model or generation arguments as a dict, from a dict, from ``k=v,k=v``, or from nothing.

    A comma inside brackets or quotes does not end a value; a piece without ``=`` belongs to the value before it.
    """
    if isinstance(text, dict):
        return {str(key): value for key, value in text.items()}
    if not isinstance(text, str):
        return {}
    parsed: dict[str, Any] = {}
    last = ""
    for piece in _pieces(text):
        key, equals, value = piece.partition("=")
        if equals:
            last = key.strip()
            parsed[last] = value.strip()
        elif last:
            parsed[last] = f"{parsed[last]},{piece}"
    return parsed


def _pieces(text: str) -> list[str]:
    depth, start, pieces = 0, 0, []
    for place, char in enumerate(text):
        depth += (char in "[{(") - (char in "]})")
        if char == "," and depth <= 0:
            pieces.append(text[start:place])
            start = place + 1
    return [*pieces, text[start:]]


def text_of(value: Any) -> str:
    """Return an argument as text, equal for ``True``, ``"True"`` and ``"TRUE"``, ``0.5`` and ``"0.5"``."""
    if isinstance(value, str):
        return value.capitalize() if value.lower() in ("true", "false", "none") else value.removeprefix("torch.")
    return canonical(value) if isinstance(value, dict | list) else str(value)


def canonical(value: Any) -> str:
    """Return a JSON value as one canonical line, "" for None and empty containers."""
    if value in (None, {}, [], ""):
        return ""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def tidy(name: str) -> str:
    """Return a model name or path without what makes one model look like two: ``./``, ``//``, ``..``, a last slash."""
    name = name.strip()
    if _WINDOWS.match(name):
        name = name.replace("\\", "/")
    return posixpath.normpath(name.removeprefix("/") if name.startswith("//") else name) if _is_path(name) else name


def _is_path(name: str) -> bool:
    return "/" in name and "://" not in name


def identity(args: dict[str, Any], stated: str, program: str) -> tuple[str, str, str]:
    """Return (identity, name as the file has it, rule that gave it) of a model.

    The identity is the whole name or path, with ``@revision``, ``+adapter`` and ``+steer_path`` where there are any,
    so that checkpoints and adapters of one model stay apart, and ``a/M`` and ``b/M`` too. It is "" where the file
    states only the program that ran the model; that is then the name, and the rule is `PROGRAM`.
    """
    if is_backend(stated):
        stated, program = "", program or stated
    name, rule = _named(args, stated, program)
    full = tidy(name)
    revision = text_of(args.get("revision") or "")
    if full and revision not in DEFAULT_REVISIONS:
        full, rule = f"{full}@{revision}", f"{rule} + revision"
    for extra in ADAPTER_KEYS:
        if value := text_of(args.get(extra) or ""):
            full, rule = (
                (f"{full}+{tidy(value)}", f"{rule} + {extra}") if full else (tidy(value), f"model_args.{extra}")
            )
    return full, stated or name or program, rule


def _named(args: dict[str, Any], stated: str, program: str) -> tuple[str, str]:
    """Return name and rule; a word alone in ``config.model`` is a backend or a class, and names no model."""
    key = next((key for key in NAME_KEYS if text_of(args.get(key) or "")), "")
    if key:
        return text_of(args[key]), f"model_args.{key}"
    if stated:
        return stated, "model_name"
    return program if "/" in program else "", PROGRAM if program else ""


def settings(args: dict[str, Any]) -> dict[str, str]:
    """Return the arguments that can change answers, without those that make the identity."""
    known = {*NAME_KEYS, *ADAPTER_KEYS, "revision"} | HARMLESS
    return {key: text_of(value) for key, value in sorted(args.items()) if key not in known and value not in (None, "")}


def quantization(args: dict[str, Any]) -> str:
    """Return 4bit, 8bit, the name of a method, or "" for none, from model arguments."""
    for key, label in (("load_in_4bit", "4bit"), ("load_in_8bit", "8bit")):
        if text_of(args.get(key) or "").lower() in ("true", "1"):
            return label
    for key in ("quantization", "quantize"):
        if value := text_of(args.get(key) or ""):
            return value
    for key in ("autogptq", "gptqmodel", "gguf_file"):
        if text_of(args.get(key) or "").lower() not in ("", "false", "none"):
            return key.removesuffix("_file")
    return ""


def stamp_of(name: str) -> tuple[str, float]:
    """Return the time stamp in a file name and its unix seconds (read as UTC), ("", nan) if there is none."""
    found = STAMP.findall(name)
    if not found:
        return "", float("nan")
    day, _, clock = found[-1].replace("_", "T").partition("T")
    try:
        return found[-1], datetime.fromisoformat(f"{day}T{clock.replace('-', ':')}").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return "", float("nan")


@lru_cache(maxsize=1024)
def split_key(key: str) -> tuple[str, str, str]:
    """Return (metric, filter, kind of standard error) of a result key of any age of the harness; "" for a score."""
    metric, comma, filter = key.partition(",")
    error = _ERROR.fullmatch(metric)
    return error[1] if error else metric, filter if comma else "none", (error[2] or "plain") if error else ""


def errors_of(block: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Return the standard error of each (metric, filter): the plain one, else by clusters, else any number."""
    found: dict[tuple[str, str], list[tuple[bool, int, Any]]] = defaultdict(list)
    for key, value in block.items():
        metric, filter, kind = split_key(str(key))
        if kind:
            rank = {"plain": 0, "clustered": 1}.get(kind, 2)
            found[metric, filter].append((number(value) is None, rank, value))
    return {name: min(values, key=lambda one: one[:2])[2] for name, values in found.items()}


def short_hash(text: Any) -> str:
    """Return twelve hex digits that stand for a text, "" for none."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12] if isinstance(text, str) else ""
