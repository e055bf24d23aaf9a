"""Whether a text that no reader takes holds scores all the same: a benchmark or a metric with a number behind it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath

from mergekit_eval.readers._benchmarks import HARNESS, TABLE, built_in
from mergekit_eval.readers._head import Head
from mergekit_eval.registry import fold

# A name, and behind a sign a number that is written like a score: with decimals, or in percent.
_SCORE = re.compile(
    r"(?<![\w@/.-])(?P<name>[A-Za-z][\w@+-]*(?:[ -][\w@+-]+){0,3}?)(?:\s*\([^()\n]{0,30}\))?[\"'`*_]*"
    r"\s*(?:[:=|,&]|→|->)\s*[\"'`*|]*\s*[-+]?(?:\d{1,3}\.\d+|\d{1,3}(?:\.\d+)?\s*\\?%)"
)
_CODE = frozenset(
    """.py .pyc .sh .slurm .sbatch .css .js .ts .c .h .cpp .cu .rs .go .java .ipynb .toml .cfg .ini .conf .lock .cff
    .jinja .j2 .patch .diff .bib .bst .sty .csv .tsv .svg""".split()
)
# Names of benchmarks and metrics that are words of other things, too.
_WORDS = frozenset(
    fold(word) for word in "math code race drop score rate loss em mr acc_score precision recall".split()
)
_SHOWN = 4


def scores_in(head: Head) -> list[str]:
    """Return the first names that stand before a score in a text, [] where none does.

    Only the beginning and the end of a large text are looked at, and no source code.
    """
    if head.kind != "text" or PurePosixPath(head.name.lower()).suffix in _CODE:
        return []
    text = head.ends.decode("utf-8", "replace")
    found = list(dict.fromkeys(name for one in _SCORE.finditer(text) if (name := _known(one["name"]))))
    tasks = [name for name in found if fold(name) in _benchmarks()]
    mentioned = tasks or any(fold(word) in _benchmarks() for word in set(re.findall(r"[A-Za-z][\w-]{2,40}", text)))
    return (tasks or found if mentioned or head.yaml is not None else [])[:_SHOWN]


def _known(name: str) -> str:
    """Return the longest end of some words that is a benchmark or a metric, "" for none."""
    words = name.split(" ")
    ends = (" ".join(words[at:]) for at in range(len(words)))
    return next((end for end in ends if fold(end) in _benchmarks() or fold(end) in _metrics()), "")


@cache
def _benchmarks() -> frozenset[str]:
    tools = built_in().tools
    names = [*tools[TABLE]["tasks"], *tools[TABLE]["renamed"], *tools[HARNESS]["tasks"]]
    return frozenset(fold(str(name)) for name in names if not re.search(r"[*?,]", str(name))) - _WORDS


@cache
def _metrics() -> frozenset[str]:
    names = [name for tool in (TABLE, HARNESS) for name in built_in().tools[tool]["metrics"]]
    return frozenset(fold(str(name)) for name in names if not re.search(r"[*?,]", str(name))) - _WORDS
