"""Counted nouns: one merge, two merges, wherever a number meets a noun."""

import re
from pathlib import Path

import pandas as pd
import pytest

import mergekit_eval
from mergekit_eval.wording import counted, share_of

PACKAGE = Path(mergekit_eval.__file__).parent
# Nouns that this kit counts in what a person reads, as they stand after a number in an f-string.
NOUNS = "merges|models|tasks|items|parents|scores|problems|values|rows|files|comparisons|datasets|subjects|families"
ELSEWHERE = ("readers", "gather", "tiny")  # what is said of files, and the laboratory's own sentences
SEVERAL = ("FEWEST", "m.size")  # never 1 where they stand


@pytest.mark.parametrize(
    ("number", "noun", "plural", "text"),
    [
        (1, "merge", "", "1 merge"),
        (0, "merge", "", "0 merges"),
        (1234, "item", "", "1,234 items"),
        (2, "family", "", "2 families"),
        (2, "survey", "", "2 surveys"),
        (1, "leaf", "leaves", "1 leaf"),
        (3, "leaf", "leaves", "3 leaves"),
        (1.0, "task", "", "1 task"),
        (1, "model lacks", "models lack", "1 model lacks"),
        (2, "model lacks", "models lack", "2 models lack"),
    ],
)
def test_the_noun_follows_its_number(number, noun, plural, text):
    assert counted(number, noun, plural) == text


def test_a_part_takes_the_form_of_its_whole():
    assert share_of(1, 1, "task") == "1 of 1 task"
    assert share_of(1, 15, "task") == "1 of 15 tasks"
    assert share_of(56, 57, "leaf", "leaves") == "56 of 57 leaves"


def test_no_sentence_of_the_kit_puts_a_plural_behind_a_bare_number():
    """A number in braces, then a plural, reads "1 merges" where there is one; errors about what was given may."""
    number = re.compile(rf"\{{([^{{}}]*)\}} ({NOUNS})\b")
    found = [
        f"{path.relative_to(PACKAGE)}:{at}: {line.strip()}"
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in ELSEWHERE
        for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for inside, _ in number.findall(line)
        if not any(word in line for word in ("Error(", "reject(")) and inside not in SEVERAL
    ]
    assert found == []


def test_one_merge_is_judged_and_one_task_is_counted():
    from mergekit_eval.compare.verdicts import _reason
    from mergekit_eval.reporting import _summary

    one = pd.DataFrame({"merge": ["m"], "verdict": ["not decided"]})
    assert _summary(one, 0.005).startswith("1 merge was judged")
    assert "of any false worse is at most 0.5%, each by itself" in _summary(one, 0.005)
    row = pd.Series({"gain": 0.1, "gain_low": 0.0, "gain_high": 0.2, "best_parent": "a", "n_tasks": 1, "n_items": 1,
                     "note": "", "verdict": "not decided", "p_adjusted": 0.5, "evidence": "paired items"})  # fmt: skip
    assert "macro over 1 task, 1 item: no verdict holds, Holm over 1 merge" in _reason(row, 1, False)
