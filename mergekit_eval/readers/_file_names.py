"""The name of a model, where a format names none and only the name of the file tells it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from mergekit_eval.readers._head import Head
from mergekit_eval.readers._lm_eval import STAMP

# Words for the kind of content: no part of a model's name, wherever they stand.
_CONTENT = frozenset(
    """samples sample evals evaluation results result report metrics metric individual output outputs generation
    generations completion completions responses predictions sanitized json jsonl csv humaneval mbpp humanevalplus
    mbppplus evalplus xstest wildguardtest harmbench""".split()
)
# Words that may be part of a name (a safety expert, code_llama, v2), but name none when no other word is there.
_VAGUE = frozenset(
    """all final raw test safety human code plus bench mt judgment single pair calibrated response generator metrics
    labels labelled annotated annotations prompts lm harness v1 v2 v3""".split()
)
_VERSION = re.compile(r"v\d+")


def named_by_file(head: Head) -> dict[str, str]:
    """Return name and rule of a model that only a file name tells, {} where that says only what the file holds."""
    name = name_in(head.name)
    return {"model_name": name, "model_from": "file name"} if name else {}


def name_in(file: str) -> str:
    """Return the model's name from a file name, "" where the name says only what the file holds.

    Words for kinds of content are cut from both ends (``phi_1_samples_eval_results.json`` is ``phi_1``), so that files
    of several models in one folder stay several models, and ``samples_eval_results.json`` is left to its folder. In
    doubt a word stays: two names for one model can be seen and mended, two models under one name cannot.
    """
    stem = STAMP.sub("", PurePosixPath(file).name)
    while (shorter := re.sub(r"[._](json|jsonl|csv|tsv|eval_results)$", "", stem)) != stem:
        stem = shorter
    words = list(re.finditer(r"(?:(?!-[a-z]+$)[^_. ])+", stem))
    if all(_is_content(word[0]) or _plain(word[0]) in _VAGUE for word in words):
        return ""
    start = next(place for place, word in enumerate(words) if not _is_content(word[0]))
    start += bool(start and _VERSION.fullmatch(words[start][0]) and len(words) > start + 1)
    while start and _is_content(words[start][0]) and start + 1 < len(words):
        start += 1
    end = max(place for place, word in enumerate(words) if not _is_content(word[0]))
    name = stem[words[start].start() : words[max(start, end)].end()]
    return name.replace("--", "/", 1) if any(char.isalnum() for char in name) else ""


def _plain(word: str) -> str:
    return word.lower().lstrip("-")


def _is_content(word: str) -> bool:
    return _plain(word) in _CONTENT or _plain(word).endswith("eval")
