"""The audit command: what the answers of a study or a folder show beside their scores, and what that bends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mergekit_eval.compare.audit import bent
from mergekit_eval.compare.audit.advice import study_command
from mergekit_eval.compare.audit.shown import answered
from mergekit_eval.opening import open_study
from mergekit_eval.rows import Row, grouped, records
from mergekit_eval.signs import by_word
from mergekit_eval.wording import counted

if TYPE_CHECKING:
    from mergekit_eval.compare.comparison import Comparison

MOST = 20  # lines of a list that are printed


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
    return [*_signs(cmp), *_comparisons(cmp), *_advice(cmp)], bends


def _signs(cmp: Comparison) -> Iterator[str]:
    """Say how much of the answers can be seen, and of each sign on each task how many models show it."""
    table, scores = cmp.signs(), cmp.evidence.scores
    seen = answered(table)
    models, tasks = (counted(scores[name].nunique(), name) for name in ("model", "task"))
    yield f"{models}, {tasks}, {counted(len(scores), 'score')}; for {len(seen):,} of them the files hold the answers"
    if seen.empty:
        yield "  nothing can be said of answers: keep them when you evaluate (--log_samples of lm-eval)"
    ordered = table[table["count"].fillna(0).gt(0)].sort_values("share", ascending=False, kind="stable")
    rows = [row for row in records(ordered) if row["share"] >= by_word()[row["sign"]].least]
    groups = list(grouped(rows, lambda row: (row["task"], row["sign"])).items())
    yield from (_of_sign(*place, same, int(seen["task"].eq(place[0]).sum())) for place, same in groups[:MOST])
    yield from _more(len(groups), "sign")
    if cmp.merges.empty and groups:
        yield "what to do:"
        yield from (f"  {word}: {by_word()[word].do}" for word in dict.fromkeys(sign for (_, sign), _ in groups))


def _of_sign(task: str, sign: str, rows: list[Row], models: int) -> str:
    most = rows[0]
    share = f"{most['count']:,} of {counted(most['n'], 'answer')}, {most['share']:.0%}"
    return f"  {task}  {sign}: {len(rows)} of {counted(models, 'model')}; most in {most['model']}, {share}"


def _comparisons(cmp: Comparison) -> Iterator[str]:
    if cmp.merges.empty:
        yield "no merge is known here: name its parents in a study (--study), and the signs are compared with theirs"
        return
    verdicts = cmp.verdicts()
    yield cmp.alike()
    for row in records(verdicts[verdicts["fairness"].ne("")]):
        yield f"{row['merge']}: {row['verdict']}"
        yield from (f"    {part}" for part in row["fairness"].split("; "))
    alone = cmp.asymmetry[cmp.asymmetry["sign"].eq("")]
    for row in records(alone.head(MOST)):
        yield f"{row['merge']} and {row['reference']} on {row['task']}: {row['note']}"
    yield from _more(len(alone), "such task")


def _advice(cmp: Comparison) -> Iterator[str]:
    """Say each thing to do once: for how many merges, and by which command."""
    places = grouped(records(cmp.advice()), lambda row: (row["task"], row["sign"], row["todo"]))
    if places:
        yield "what to do:"
    for (task, sign, todo), rows in list(places.items())[:MOST]:
        yield f"  {task}  {sign} ({counted(len(rows), 'merge')}): {todo}"
        models = list(dict.fromkeys(name for row in rows for name in row["again"].split(", ") if name))
        command = study_command(cmp, models) or rows[0]["command"]
        yield from [f"    {command}"] if models else []
    yield from _more(len(places), "thing to do")


def _more(number: int, what: str) -> Iterator[str]:
    if number > MOST:
        yield f"  and {counted(number - MOST, f'more {what}', f'more {what}s')}; notebooks 03 and 05a list all"
