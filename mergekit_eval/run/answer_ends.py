"""How each generated answer ended: lm-eval does not keep it, so the tokens are counted by the model's tokenizer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mergekit_eval.readers._lm_eval_answers import DEFAULT_LIMIT, END, stated_limit

STOP, LENGTH = "stop", "length"
Counting = Callable[[str], int]


def mark_ends(samples: Mapping[str, Iterable[dict[str, Any]]], count: Counting) -> None:
    """Write into every row of a generated answer why it ended: "length" where it has as many tokens as it may.

    Parameters
    ----------
    samples : mapping
        Task -> rows as lm-eval returns them, ``arguments`` as (prompt, settings) and ``resps`` as texts.
    count : callable
        Returns how many tokens a text has, special ones left out.
    """
    for rows in samples.values():
        for row in rows:
            settings = next((one[1] for one in row["arguments"] if len(one) > 1 and isinstance(one[1], dict)), None)
            if settings is not None:
                limit = stated_limit(settings) or DEFAULT_LIMIT
                texts = [text for tries in row["resps"] for text in tries if isinstance(text, str)]
                row[END] = LENGTH if any(count(text) >= limit for text in texts) else STOP


def counting(arguments: Mapping[str, Any]) -> Counting:
    """Return what counts tokens as the tokenizer of a model of transformers does, see `mark_ends`."""
    from transformers import AutoTokenizer

    where = arguments.get("tokenizer") or arguments["pretrained"]
    tokenizer = AutoTokenizer.from_pretrained(
        where, revision=arguments.get("revision", "main"), trust_remote_code=False
    )
    return lambda text: len(tokenizer(text, add_special_tokens=False)["input_ids"])
