"""Files that lie beside results and are none: settings of models, indices of weights, timings, our own manifests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mergekit_eval.readers._base import Context, Readout, Skipped
from mergekit_eval.readers._head import Head

NAME = "no result"
KINDS = ("parquet", "object", "array", "text")
# What a JSON object is, by keys that it must all have.
SIGNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("settings of a model", frozenset({"model_type", "architectures"})),
    ("settings of a model", frozenset({"transformers_version", "eos_token_id"})),
    ("settings of a model", frozenset({"bos_token_id", "eos_token_id"})),
    ("settings of a model", frozenset({"feature_extractor_type"})),
    ("settings of a model", frozenset({"image_processor_type"})),
    ("settings of a model", frozenset({"word_embedding_dimension"})),
    ("settings of a quantisation", frozenset({"bits", "group_size"})),
    ("settings of a training", frozenset({"zero_optimization"})),
    ("settings of a training", frozenset({"per_device_train_batch_size"})),
    ("a description of a data set", frozenset({"splits", "features"})),
    ("a description of a data set", frozenset({"_data_files", "_fingerprint"})),
    ("a package of JavaScript", frozenset({"name", "version", "dependencies"})),
    ("settings of an adapter", frozenset({"peft_type", "base_model_name_or_path"})),
    ("a tokenizer", frozenset({"tokenizer_class"})),
    ("a tokenizer", frozenset({"added_tokens", "pre_tokenizer"})),
    ("an index of weights", frozenset({"weight_map", "metadata"})),
    ("a training log", frozenset({"log_history", "global_step"})),
    ("a notebook", frozenset({"cells", "nbformat"})),
)
OURS = frozenset({"run", "model", "role", "task", "metric", "filter", "source_file"})
# What a JSON object is, by keys that it has none beside.
ONLY: tuple[tuple[str, frozenset[str]], ...] = (
    ("a chat template", frozenset({"chat_template"})),
    ("the notes below a chart", frozenset({"annotate"})),
    (
        "a tokenizer",
        frozenset(
            """bos_token eos_token unk_token sep_token pad_token cls_token mask_token additional_special_tokens
            image_token video_token audio_token boi_token eoi_token""".split()
        ),
    ),
    (
        "a training log",
        frozenset(
            """epoch total_flos train_loss train_runtime train_samples train_samples_per_second train_steps_per_second
            num_input_tokens_seen""".split()
        ),
    ),
)
_EMPTY = re.compile(rb"\s*\[\s*\]\s*")
# A key of a file of timings: elapsed_time, total_evaluation_time_seconds, runtime_s, date.
_TIME = re.compile(
    r"(?:[a-z]+[_ ])*(?:date|time|times|timestamp|elapsed|duration|runtime|secs|seconds|minutes|hours)(?:[_ ][a-z]+)*",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"<.*>|\[.*\]", re.DOTALL)
_MANY = 20


def claims(head: Head) -> bool | str:
    """Claim JSON objects that are known to be no result, and the tables this kit writes."""
    return bool(_what(head))


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Say what the file is."""
    raise Skipped(f"no result: {_what(head)}")


def _what(head: Head) -> str:
    if head.kind == "parquet":
        return "a table of this kit" if set(head.columns) >= OURS else ""
    if head.kind in ("array", "text"):
        return "an empty list" if head.kind == "array" and _EMPTY.fullmatch(head.start) else _null(head)
    if not isinstance(head.document, dict):
        return ""
    keys = set(head.document)
    if not keys:
        return "an empty JSON object"
    if keys and "results" not in keys:
        alone = (what for what, allowed in ONLY if keys <= allowed)
        signed = (what for what, signs in SIGNS if signs <= keys)
        times = "timings" if _only_times(head.document) else ""
        return times or next(alone, "") or next(signed, "") or _vocabulary(head.document)
    return ""


def _only_times(document: dict[str, Any]) -> bool:
    """Whether all numbers of a document are times, and there is one; texts beside them say of what."""
    numbers = [
        (key, value)
        for name, inner in document.items()
        for key, value in (inner.items() if isinstance(inner, dict) else [(name, inner)])
        if not isinstance(value, str | None) or _TIME.fullmatch(str(key))
    ]
    return bool(numbers) and all(
        _TIME.fullmatch(str(key)) and isinstance(value, str | int | float) for key, value in numbers
    )


def _null(head: Head) -> str:
    return "a JSON null" if head.size < 8 and head.start.strip() == b"null" else ""


def _vocabulary(document: dict[str, Any]) -> str:
    """Name a mapping of words to numbers of their own: tokens in brackets, or many words numbered without a gap."""
    numbers = list(document.values())
    if any(type(number) is not int for number in numbers) or len(set(numbers)) < len(numbers):
        return ""
    gapless = len(numbers) >= _MANY and max(numbers) - min(numbers) == len(numbers) - 1
    return "a vocabulary" if gapless or all(_BRACKETED.fullmatch(word) for word in document) else ""
