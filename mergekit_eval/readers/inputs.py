"""What lies beside results and is none: questions, answers, generated code, legends, training logs. Named, not read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, NoReturn

from mergekit_eval.readers._base import Context, Skipped
from mergekit_eval.readers._head import Head

NAME = "inputs"
KINDS = ("lines", "array", "object", "text")


class Kind(NamedTuple):
    """Rows that have all of ``needs``, none of ``lacks`` and, if given, nothing but ``only`` are ``what``."""

    what: str
    needs: frozenset[str]
    lacks: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()


_VERDICTS = frozenset(
    "passed result score preference winner base_status judge acc exact_match metrics filter resps".split()
)
_OF_DATA_SETS = frozenset(
    """question answer id idx index question_id choices options context passage subject category level type topic
    solution rationale explanation split source difficulty answer_idx answerKey meta_info metadata language""".split()
)
_ROWS = (
    Kind("generated code that nobody has run yet", frozenset({"task_id", "completion"}), _VERDICTS),
    Kind("generated code that nobody has run yet", frozenset({"task_id", "solution"}), _VERDICTS),
    Kind("problems of a code benchmark", frozenset({"task_id", "prompt", "test"}), _VERDICTS | {"completion"}),
    Kind("answers of a model to MT-Bench", frozenset({"question_id", "model_id", "choices"}), _VERDICTS),
    Kind("questions of MT-Bench", frozenset({"question_id", "category", "turns"}), _VERDICTS),
    Kind("questions and answers of a data set", frozenset({"question", "answer"}), only=_OF_DATA_SETS),
    Kind("answers of a model to AlpacaEval", frozenset({"instruction", "output", "generator"}), _VERDICTS),
)
_TABLES = (
    Kind("prompts of XSTest", frozenset({"prompt", "type", "label"}), frozenset({"completion"})),
    Kind("prompts of XSTest", frozenset({"prompt", "type", "focus"}), frozenset({"completion"})),
    Kind("a probing dataset of Holmes", frozenset({"inputs", "context", "label", "set-0"})),
)


def claims(head: Head) -> bool | str:
    """Claim files whose first row, header or first bytes show that they hold no result."""
    return bool(_what(head))


def read(path: Path, head: Head, ctx: Context) -> NoReturn:
    """Say what the file is.

    Raises
    ------
    Skipped
        Always.
    """
    raise Skipped(_what(head))


def _what(head: Head) -> str:
    if head.kind in ("lines", "array", "object"):
        row = head.document if head.kind == "object" else head.first
        keys = set(row) if isinstance(row, dict) else set()
        return _match(keys, _ROWS) or _generations(row)
    if head.kind == "text":
        if b"!!python/" in head.start:
            return "settings of a probe with a tag that can run code; never loaded"
        if head.columns[1:] == ["name", "metric"]:
            return "a legend for the columns of a table"
        return _match(set(head.columns), _TABLES)
    return ""


def _match(keys: set[str], kinds: tuple[Kind, ...]) -> str:
    fitting = (kind for kind in kinds if kind.needs <= keys and not kind.lacks & keys)
    return next((kind.what for kind in fitting if not kind.only or keys <= kind.only), "")


def _generations(row: object) -> str:
    """Return what a list of (lists of) texts is: what bigcode saves beside its verdicts."""
    texts = isinstance(row, list) and bool(row) and all(isinstance(sample, str) for sample in row)
    return (
        "generated code, a list of samples per problem" if texts else "a list of texts" if isinstance(row, str) else ""
    )
