"""What the lighteval readers share: the parts of a task's name, and what an answer of the details shows."""

from __future__ import annotations

from typing import Any

from mergekit_eval.readers._answers import counted_signs, option_signs, signs_of
from mergekit_eval.readers._base import number
from mergekit_eval.readers._common import dig
from mergekit_eval.readers._lm_eval_answers import first_leaf

TOOL = "lighteval"


def split_task(key: str) -> tuple[str, str, int | None]:
    """Return (suite, task, few-shot examples) of ``suite|task|shots[|truncation]`` or the newer ``task|shots``."""
    parts = key.split("|")
    shots = next((int(part) for part in parts[1:][::-1] if part.isascii() and part.isdigit() and len(part) < 6), None)
    if len(parts) >= 3:
        return parts[0], parts[1], int(parts[2]) if parts[2].isascii() and parts[2].isdigit() else shots
    return "", parts[0], shots


def answer_signs(row: dict[str, Any]) -> int:
    """Return what the first answer of a row of details shows, or the log-likelihoods of its options.

    To 2025 answers and log-likelihoods stand in ``predictions``, since then in ``model_response`` with the tokens of
    each answer; the document then has the limit, ``generation_size``.
    """
    held = row.get("__model_response__") or row.get("model_response") or {"text": row.get("predictions")}
    answer = first_leaf(dig(held, "text"))
    if isinstance(answer, str):
        return signs_of(answer) | _end(dig(held, "output_tokens"), row)
    numbers = dig(held, "logprobs") or dig(held, "text")
    options = [number(first_leaf(one)) for one in numbers] if isinstance(numbers, list) else []
    known = [value for value in options if value is not None and value == value]
    return option_signs(known) if len(known) == len(options) > 1 else 0


def _end(tokens: Any, row: dict[str, Any]) -> int:
    """Return whether an answer has as many tokens as it may; equal ones at its end are padding, and count once."""
    first = tokens[0] if isinstance(tokens, list) and tokens and isinstance(tokens[0], list) else []
    limit = number(dig(row.get("__doc__") or row.get("doc"), "generation_size"))
    if limit is None or limit < 1 or not first:
        return 0
    padding = next((at for at, token in enumerate(reversed(first)) if token != first[-1]), len(first) - 1) - 1
    return counted_signs(len(first) - padding, limit)
