"""Signs of a broken model beyond its scores: answers that are empty, caught in a loop, or always the same.

Sample files are opened only here, a few evenly spaced items per model and task. A sign counts where a merge shows it
and its base and parents do not: a task on which every model answers A may just have its answers there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.collect.item_text import rows_of
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.errors import DataError
from mergekit_eval.rows import merge_rows
from mergekit_eval.thresholds import thresholds

SIGNS = ("empty", "loop", "same answer")
LIMITS = {"empty": "empty_output", "loop": "repeated_output"}
DEGENERATE = "degenerate"


class Answers(NamedTuple):
    """What one model answered on some items of a task: texts, or places of chosen options."""

    texts: list[str]
    choices: list[int]
    note: str


def output_signs(
    context: MergeContext, *, tasks: Iterable[str] | None = None, sample: int = 100, merges: Iterable[str] | None = None
) -> pd.DataFrame:
    """Return the share of empty, looping and identical answers per merge and task, beside its base and parents.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    tasks, merges : iterable of str, optional
        Which to look at; all by default.
    sample : int
        Items read per model and task, evenly spaced over the file.

    Returns
    -------
    DataFrame
        Table `outputs`, one row per merge, task and sign: ``share`` with its Wilson interval, ``relatives`` the
        highest share among base and parents (``relative``), ``answer`` the most frequent one. ``decided`` is
        "degenerate" where the interval lies above the relatives by the amounts of `thresholds.yaml` ("same answer":
        where it lies above the threshold and no relative does), '' otherwise. A file that is gone gives a row that says
        so.
    """
    wanted = None if tasks is None else set(tasks)
    chosen = None if merges is None else set(merges)
    known: dict[tuple[str, str], Answers] = {}
    rows: list[dict[str, Any]] = []
    for merge in merge_rows(context.merges):
        if chosen is None or merge.merge in chosen:
            references = dict.fromkeys(name for name in (*merge.parents, merge.base) if name)
            for task in context.rows.get(merge.merge, {}):
                if wanted is None or task in wanted:
                    rows += _task(context, merge.merge, list(references), task, sample, known)
    return tables.conform(rows, "outputs")


def _task(
    context: MergeContext,
    merge: str,
    references: list[str],
    task: str,
    sample: int,
    known: dict[tuple[str, str], Answers],
) -> Iterator[dict[str, Any]]:
    for model in (merge, *references):
        if (model, task) not in known and task in context.rows.get(model, {}):
            known[model, task] = _answers(context, model, task, sample)
    own = known[merge, task]
    if own.note:
        yield {"merge": merge, "task": task, "sign": "", "note": own.note, "decided": ""}
    theirs = {name: signs(known[name, task]) for name in references if (name, task) in known}
    for sign, (hits, n, answer) in signs(own).items():
        share = stats.proportion(hits, n, level=context.level)
        others = {name: counts[sign][0] / counts[sign][1] for name, counts in theirs.items() if sign in counts}
        most = max(others, key=lambda name: others[name]) if others else ""
        yield {
            "merge": merge, "task": task, "sign": sign, "share": share.estimate, "low": share.low, "high": share.high,
            "n": n, "relatives": others.get(most, np.nan), "relative": most, "answer": answer,
            "decided": DEGENERATE if others and _shown(sign, float(share.low or 0.0), others[most]) else "",
            "note": "" if others else "no relative to compare with: nothing is decided",
        }  # fmt: skip


def _shown(sign: str, low: float, highest: float) -> bool:
    limit = thresholds()
    if sign in LIMITS:
        return low > highest + limit[LIMITS[sign]]
    return low > limit["same_answer"] >= highest


def _answers(context: MergeContext, model: str, task: str, sample: int) -> Answers:
    row = context.rows[model][task]
    size = len(context.evidence.known(row).keys)
    if not size:
        return Answers([], [], "")
    at = np.unique(np.linspace(0, size - 1, min(sample, size)).astype(int))
    files = context.evidence.origins(row, at)
    if not files:
        return Answers([], [], "answers not read: no file is named for the items")
    texts: list[str] = []
    choices: list[int] = []
    try:
        for file, lines in files.items():
            for held in rows_of(file, lines).values():
                answer = answer_of(held)
                if isinstance(answer, str):
                    texts.append(answer)
                elif answer is not None:
                    choices.append(answer)
    except (DataError, OSError) as error:
        return Answers([], [], f"answers not read: {error}")
    return Answers(texts, choices, "")


def answer_of(row: dict[str, Any]) -> str | int | None:
    """Return the text a model wrote, or the place of the option it found likeliest; None where a row holds neither.

    Parameters
    ----------
    row : dict
        A row of a sample file, as `item_text` gives it.
    """
    held = row.get("resps", row.get("filtered_resps"))
    if isinstance(held, list) and held:
        return _response(held)
    logits = [row[name] for name in sorted(row) if name.startswith("logit_")]
    if len(logits) > 1:
        return _likeliest(logits)
    found = next((row[name] for name in ("response", "output", "completion", "solution") if name in row), None)
    return found if isinstance(found, str) else None


def _response(held: list[Any]) -> str | int | None:
    flat = [one[0] if isinstance(one, list) and len(one) == 1 else one for one in held]
    if isinstance(flat[0], str) and len(held) == 1:
        return None if _number(flat[0]) is not None and held == flat else flat[0]
    pairs = [one[0] if isinstance(one, list) and one else one for one in flat]
    return _likeliest(pairs) if len(pairs) > 1 else None


def _likeliest(values: list[Any]) -> int | None:
    numbers = [_number(value) for value in values]
    return None if None in numbers else int(np.argmax(np.array(numbers, dtype=float)))


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return None if np.isnan(number) else number


def signs(answers: Answers) -> dict[str, tuple[int, int, str]]:
    """Return sign -> (items that show it, items that could, the most frequent answer)."""
    found: dict[str, tuple[int, int, str]] = {}
    if answers.texts:
        common, times = Counter(answers.texts).most_common(1)[0]
        found["empty"] = (sum(not text.strip() for text in answers.texts), len(answers.texts), "")
        if long := [text for text in answers.texts if units(text)]:
            found["loop"] = (sum(map(is_loop, long)), len(long), next((t[:200] for t in long if is_loop(t)), ""))
        if common.strip():
            found["same answer"] = (times, len(answers.texts), common[:200])
    elif answers.choices:
        place, times = Counter(answers.choices).most_common(1)[0]
        found["same answer"] = (times, len(answers.choices), f"option {place + 1}")
    return found


def units(text: str) -> list[str]:
    """Return the words of a text that is long enough to show a loop, its letters where it has none, else []."""
    least = int(thresholds()["loop_words"])
    words = text.split()
    if len(words) >= least:
        return words
    letters = list(text.strip())
    return letters if len(letters) >= 5 * least else []


def is_loop(text: str) -> bool:
    """Return whether most of a text repeats what stands one fixed distance before."""
    parts = units(text)
    if not parts:
        return False
    codes = np.unique(np.array(parts, dtype=object).astype(str), return_inverse=True)[1]
    most = max(int((codes[shift:] == codes[:-shift]).sum()) for shift in range(1, len(codes) // 2 + 1))
    return most / len(codes) > thresholds()["loop_share"]
