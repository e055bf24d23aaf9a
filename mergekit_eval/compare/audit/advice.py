"""What to do about what bends a comparison: the setting to change, and the command that evaluates it again."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.collect.item_text import rows_of
from mergekit_eval.compare.comparability_rules import remedies
from mergekit_eval.compare.paired_differences import contrasts
from mergekit_eval.errors import DataError
from mergekit_eval.readers._lm_eval_answers import settings_of, stated_limit
from mergekit_eval.rows import grouped, records
from mergekit_eval.signs import by_word

if TYPE_CHECKING:
    from mergekit_eval.compare.comparison import Comparison

CUT = ("cut", "cut_inferred")
SETTING = "max_gen_toks"
PARAMS = "params"
SAME_PROMPT = "give both the same prompts: number of examples (num_fewshot), apply_chat_template, system_instruction"


@tables.makes("advice")
def advice_table(cmp: Comparison) -> pd.DataFrame:
    """Return what to change for each merge, task and sign that merge and reference surely differ in.

    Parameters
    ----------
    cmp : Comparison
        The comparison; its study, where there is one, names the file in the command.

    Returns
    -------
    DataFrame
        Table `advice`: one row per merge, task and sign; ``again`` are the merge and its references on the task: after
        a change all of them have to be evaluated again, or they are asked differently. It and ``command`` are empty
        where nothing has to be evaluated: another answer filter is in the files already, or answers are to be read.
    """
    sure = cmp.asymmetry[cmp.asymmetry["decided"].ne("")]
    places = grouped(records(sure), lambda row: (row["merge"], row["task"], row["sign"]))
    return pd.DataFrame([_advised(cmp, *place) for place in places])


def _advised(cmp: Comparison, merge: str, task: str, word: str) -> dict[str, Any]:
    place = {"merge": merge, "task": task, "sign": word}
    sign = by_word().get(word)
    if sign is None:
        return {**place, **_again(cmp, merge, task, remedies().get(word, SAME_PROMPT))}
    if sign.read:
        return {**place, "todo": f"{sign.do}: cmp.answers(task={task!r}, sign={word!r})"}
    if sign.name == "unparsed" and (other := _other_filter(cmp, merge, task)):
        return {**place, "todo": f"count by {other} (filter of the task in the suite); nothing is evaluated again"}
    now = _limit(cmp, merge, task) if sign.name in CUT else None
    if now:
        return {**place, **_again(cmp, merge, task, f"{sign.do} ({now} now; try {2 * now})", _tokens(2 * now))}
    return {**place, **_again(cmp, merge, task, sign.do, sign.flag)}


def _tokens(limit: int) -> str:
    return f"--gen_kwargs {SETTING}={limit}"


def _other_filter(cmp: Comparison, merge: str, task: str) -> str:
    rows = cmp.filters[cmp.filters["merge"].eq(merge) & cmp.filters["task"].eq(task)]
    return str(rows["other_filter"].iloc[0]) if len(rows) else ""


def _limit(cmp: Comparison, merge: str, task: str) -> int | None:
    """Return the limit that the file of the merge's first item states; None where it states none or is gone."""
    evidence = cmp.evidence
    try:
        for file, lines in evidence.origins(evidence.by_model[merge][task], np.array([0])).items():
            for row in rows_of(file, lines).values():
                return stated_limit(settings_of(json.dumps(row.get("arguments")).encode())[0] or {})
    except DataError:
        return None
    return None


def _again(cmp: Comparison, merge: str, task: str, todo: str, flag: str = "") -> dict[str, str]:
    """Return what to change, which models are evaluated again then, and by which command."""
    references = [pair.reference for pair in contrasts(cmp.merges) if pair.merge == merge]
    models = [merge, *(name for name in references if task in cmp.evidence.by_model.get(name, {}))]
    ran = f"lm_eval run --model_args pretrained=MODEL --tasks {shlex.quote(task)} --log_samples {flag}".strip()
    return {"todo": todo, "again": ", ".join(models), "command": study_command(cmp, models) or ran}


def study_command(cmp: Comparison, models: list[str]) -> str:
    """Return the command that evaluates some models of the study again; '' where they are of none."""
    if cmp.study is None or not set(models) <= set(cmp.study.names()):
        return ""
    file = cmp.study.file
    called = f"{PARAMS}/{file.name}" if file.parent.name == PARAMS else file.name  # as from the folder of the workspace
    only = " ".join(f"--only {shlex.quote(name)}" for name in models)
    return f"mergekit-eval evaluate {shlex.quote(called)} {only}"
