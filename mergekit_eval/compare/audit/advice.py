"""What to do about what bends a comparison: the setting to change, and the command that evaluates it again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.collect.item_text import rows_of
from mergekit_eval.compare.audit.asymmetry import DIFFERENT
from mergekit_eval.errors import DataError
from mergekit_eval.readers._lm_eval_answers import settings_of, stated_limit
from mergekit_eval.rows import grouped, records
from mergekit_eval.signs import Sign, signs

if TYPE_CHECKING:
    from mergekit_eval.compare.comparison import Comparison

CUT = ("cut", "cut_inferred")
SETTING = "max_gen_toks"


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
        Table `advice`: one row per merge, task and sign; ``again`` are the merge and those of its references that
        differ, all of which have to be evaluated again; ``now`` is the limit of tokens that the first such item states.
    """
    by_word = {sign.short: sign for sign in signs().values()}
    sure = cmp.asymmetry[~cmp.asymmetry["decided"].isin(["", DIFFERENT])]
    groups = grouped(records(sure), lambda row: (row["merge"], row["task"], row["sign"]))
    return pd.DataFrame(
        [_advised(cmp, *place, [row["reference"] for row in same], by_word[place[2]]) for place, same in groups.items()]
    )


def _advised(cmp: Comparison, merge: str, task: str, word: str, references: list[str], sign: Sign) -> dict[str, Any]:
    now = _limit(cmp, merge, task) if sign.name in CUT else None
    models = [merge, *references]
    return {
        **{"merge": merge, "task": task, "sign": word, "again": ", ".join(models)},
        "todo": sign.do + (f" ({now} now; try {2 * now})" if now else ""),
        "command": _command(cmp, models, task, {SETTING: 2 * now} if now else {}),
    }


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


def _command(cmp: Comparison, models: Iterable[str], task: str, arguments: dict[str, Any]) -> str:
    """Return the command that evaluates some models again, by the study where there is one."""
    if cmp.study is not None and set(models) <= set(cmp.study.names()):
        only = " ".join(f"--only {shlex.quote(name)}" for name in models)
        where = " after changing gen_kwargs of its suite" if arguments else ""
        return f"mergekit-eval evaluate {shlex.quote(str(cmp.study.file.name))} {only}{where}"
    given = " ".join(f"{name}={value}" for name, value in arguments.items())
    return f"lm_eval run --tasks {shlex.quote(task)} --log_samples{f' --gen_kwargs {given}' if given else ''}"
