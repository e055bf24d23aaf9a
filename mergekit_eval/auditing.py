"""The audit command: what the answers of a study or a folder show beside their scores, and what that bends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mergekit_eval.compare.audit import bent
from mergekit_eval.compare.audit.asymmetry import DIFFERENT
from mergekit_eval.opening import open_study
from mergekit_eval.rows import records
from mergekit_eval.signs import facts
from mergekit_eval.wording import counted

if TYPE_CHECKING:
    from mergekit_eval.compare.comparison import Comparison

MOST = 20  # signs that are listed, the most frequent first


def audit(path: Path, study: Path | None = None, output: Path | None = None) -> tuple[list[str], bool]:
    """Return the lines of an audit, and whether anything bends a comparison.

    Parameters
    ----------
    path : Path
        A folder or file with results of any supported tool, the tables of an earlier ``collect``, or a study file.
    study : Path, optional
        Says which models are merges of which; without it that is read from the results.
    output : Path, optional
        Where the tables that were read go, as for `open_study`.

    Raises
    ------
    DataError
        If there is nothing to read; the message says what became of the files.
    """
    given = {"study": path} if path.suffix in (".yaml", ".yml") else {"results": path, "study": study or ""}
    cmp = open_study(**given, output=output or "").require_scores().compare()
    bends = bool(len(bent(cmp.asymmetry)) or cmp.filters["decided"].ne("").any())
    return [*_signs(cmp), *_comparisons(cmp, bends)], bends


def _signs(cmp: Comparison) -> Iterator[str]:
    signs, scores = cmp.signs(), cmp.evidence.scores
    seen = signs.loc[signs["sign"].ne(""), ["model", "task"]].drop_duplicates()
    least = {sign.short: sign.least for sign in facts().values()}
    models, tasks = (counted(scores[name].nunique(), name) for name in ("model", "task"))
    yield f"{models}, {tasks}, {counted(len(scores), 'score')}; of {len(seen):,} of them the files hold the answers"
    shown = signs[signs["count"].fillna(0).gt(0) & signs["share"].ge(signs["sign"].map(least))].sort_values(
        "share", ascending=False, kind="stable"
    )
    for row in records(shown.head(MOST)):
        share = f"{row['count']:,} of {counted(row['n'], 'answer')}, {row['share']:.0%}"
        yield f"  {row['model']}  {row['task']}  {row['sign']}: {share}"
    if len(shown) > MOST:
        yield f"  and {counted(len(shown) - MOST, 'more sign')}; notebook 03 lists all"


def _comparisons(cmp: Comparison, bends: bool) -> Iterator[str]:
    if cmp.merges.empty:
        yield "no merge is known here: name its parents in a study (--study), and the signs are compared with theirs"
        return
    if not bends:
        yield f"{counted(len(cmp.merges), 'merge')}: no sign bends a difference from base or parents"
    if not bends and not cmp.asymmetry["decided"].eq(DIFFERENT).any():
        return
    for row in records(cmp.verdicts()):
        if row["fairness"]:
            yield f"{row['merge']}  {row['verdict']}"
            yield f"    {row['fairness']}"
    if bends:
        yield from (f"    {command}" for command in dict.fromkeys(cmp.advice()["command"]))
