"""The report of a study: the same functions as the notebooks, put on one page."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare import (
    best_decided,
    capability_table,
    choice_paragraph,
    collapse_table,
    correlation_caption,
    correlations,
    most_reliable,
    own_votes,
    sign_shares,
    significance_paragraph,
    with_own_parents,
)
from mergekit_eval.compare.comparison import Comparison
from mergekit_eval.compare.words import evidence_words, verdict_rates
from mergekit_eval.errors import DataError
from mergekit_eval.plotting import describe
from mergekit_eval.session import Session
from mergekit_eval.shares import shares_checked
from mergekit_eval.show.view import shown
from mergekit_eval.wording import counted


def score_paper(scores: pd.DataFrame, decided: pd.DataFrame | None = None, **options: Any) -> Any:
    """Return the table of all scores, models down and tasks across, as a `PaperTable`.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`.
    decided : DataFrame, optional
        From `best_decided`; without it nothing is marked as best.
    options
        Further fields of `PaperTable`.
    """
    from mergekit_eval.show.tables import PaperTable
    from mergekit_eval.show.text import short_names

    roles = {"base": 0, "parent": 1, "merge": 2, "reference": 3, "": 4}
    cells = scores.sort_values("role", key=lambda role: role.map(roles), kind="stable")
    names = short_names(list(scores["model"].unique()), 26) | short_names(list(scores["task"].unique()), 20)
    defaults = {"caption": "Scores.", "row_group": "role", "names": names}
    if decided is not None and len(decided):
        note = f"Decided: differences{evidence_words(decided)}, Bonferroni over all pairs of models."
        defaults["notes"] = (note,)
    groups = {"column_group": "capability"} if scores["capability"].ne("").all() else {}
    return PaperTable(cells=cells, decided=decided, **{**defaults, **groups, **options})


@shares_checked
def write_report(lab: Session, *, alpha: float = 0.05) -> Path:
    """Write ``report.html`` and return its path.

    A figure that a notebook has drawn from the same numbers is taken; any other is written as ``report_<name>``, and so
    are the tables: what a notebook wrote, perhaps with other parameters, stays as it is.

    Parameters
    ----------
    lab : Session
        What was read.
    alpha : float
        Chance of any false statement in the table of verdicts, and family-wise error rate of the differences.

    Raises
    ------
    DataError
        If there is no score to report, or it is still to choose what to compare.
    """
    from mergekit_eval.show import report

    if lab.question:
        raise DataError(lab.question)
    cmp = lab.require_scores().compare(alpha=alpha)
    verdicts = cmp.verdicts()
    saved = {"scores": cmp.scores, "differences": cmp.tasks, "places": cmp.places, "verdicts": verdicts}
    for name, table in saved.items():
        lab.save_table(table, f"report_{name}")
    return report.write_report(
        lab.output / "report.html",
        title=lab.study.title if lab.study else "Results",
        summary=_summary(verdicts, cmp) + "\n\n" + significance_paragraph(cmp.tasks, alpha),
        verdicts=verdicts,
        sections=_sections(lab, cmp),
        problems=lab.collection.problems,
        provenance=lab.provenance(alpha=alpha),
        links={"tables": lab.output / "tables", "figures": lab.output / "figures"},
        notice=lab.notice,
        written=lab.places.text,
    )


def _summary(verdicts: pd.DataFrame, cmp: Comparison) -> str:
    if verdicts.empty:
        return "No merge with a known origin is among these results; the scores stand for themselves."
    counts = verdicts["verdict"].value_counts()
    totals = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    judged = f"{counted(len(verdicts), 'merge was', 'merges were')} judged by the average over benchmarks: {totals}."
    rates, own = verdict_rates(cmp.alpha), own_votes(cmp.vote_table())
    words = " ".join(part for part in (judged, rates, own) if part)
    return f"{choice_paragraph(cmp.choice(), cmp.alpha)}\n\n{words}"


def _sections(lab: Session, cmp: Comparison) -> list[Any]:
    from mergekit_eval.show import plots, report

    def figure(
        heading: str, prose: str, name: str, draw: Callable[..., Any], data: pd.DataFrame, missing: str = "", **how: Any
    ) -> Any:
        if data.empty:
            return report.Section(heading, lab.missing(tables.reason(data) or missing).text)
        text = how.pop("caption", "") or describe(name, data, lab.level, draw.__name__)
        own = name if lab.saved(name, draw, data, text, **how) else f"report_{name}"
        lab.figure(own, draw, data, text, **how)
        stem = lab.output / "figures" / own
        files = [stem.with_name(f"{own}.{kind}") for kind in ("pdf", "svg", "csv")]
        return report.Section(heading, prose, figures=[report.Figure(stem.with_name(f"{own}.png"), text, files)])

    def table(heading: str, prose: str, content: Any, view: str = "") -> Any:
        rows, why = shown(content, view) if isinstance(content, pd.DataFrame) else (content, "")
        if why:
            return report.Section(heading, lab.missing(why).text, folded=True)
        return report.Section(heading, prose, tables=[report.Table(rows)], folded=True)

    def measured() -> Any:
        """Return the section on fairness: what the answers show, who differs in it, what is left, what to do."""
        signs = cmp.signs()
        missing = "no answer shows a sign" if signs["sign"].ne("").any() else "the files hold no answers, only scores"
        part = figure("Measured fairly?", _FAIR, "signs", plots.score_heatmap, sign_shares(signs), missing, **_SHARE)
        bent = [cmp.asymmetry, cmp.clean, cmp.filters, cmp.advice()]
        views = [(shown(one)[0], tables.spec(tables.name_of(one)).title) for one in bent]
        held = [report.Table(rows, title) for rows, title in views if len(rows)]
        prose = part.prose if cmp.merges.empty else f"{part.prose} {cmp.alike()}"
        return replace(part, prose=prose, tables=held, folded=bool(held))

    # Each figure is drawn from what the notebook of that figure draws, so that its files can be taken.
    scores, diffs, alpha = cmp.scores, cmp.tasks, cmp.alpha
    base, parents = (tables.only(diffs, relation=relation) for relation in ("base", "parent"))
    gains = tables.only(cmp.places, level="overall")
    decided = best_decided(lab.collection, scores, alpha=alpha)
    capabilities, marks = capability_table(scores, cmp.votes), {"kind": "point"}
    every, by_capability = (with_own_parents(table, lab.merges) for table in (scores, capabilities))
    pairs = correlations(scores, level=1 - alpha)
    heatmap = plots.correlation_heatmap
    scored = (_BAND if scores["role"].eq("parent").any() else "") + _SCORES
    reliable = most_reliable(pairs)
    caption = correlation_caption(reliable, pairs, "kendall", 1 - alpha)
    return [
        measured(),
        figure("On average", _GAINS, "macro_gains", plots.places, gains, "no task is shared with a base or a parent"),
        figure("Every task", scored, "scores", plots.score_grid, every, "no score", **marks),
        figure("By capability", "", "capabilities", plots.score_grid, by_capability, _UNBOUNDED, **marks),
        figure("Against the base", _DELTA, "delta_base", plots.delta_heatmap, base),
        figure("Against each parent", _DELTA, "delta_parents", plots.delta_heatmap, parents),
        figure("Which differences are real", "", "significance", plots.significance_matrix, diffs, _NO_MERGE),
        figure("Which tasks go together", _CORR, "correlations", heatmap, reliable, "one task only", caption=caption),
        table("What collapsed", _LOST, collapse_table(scores, lab.merges), "every"),
        table("All scores", "", score_paper(scores, decided)),
        table("What could not be seen", _MDE, diffs, "undecided"),
    ]


_FAIR = "Share of the answers of each model that show a sign beside their score, of those in which it could be seen."
_SHARE = {"rows": "sign", "label": "share of answers"}
_GAINS = (
    "Mean gain over the benchmarks a merge shares with its base and all its parents. The limits hold together for the "
    "whole figure, and a gain is coloured where they decide it."
)
_NO_MERGE = "no merge was evaluated with a known base or parent"
_UNBOUNDED = "no bounded score of known direction, so there is nothing to average"
_BAND = "The band runs from the weakest to the strongest parent, with a dashed line at each. "
_SCORES = (
    "The dotted line is guessing. Intervals are those of single scores: whether two models differ is decided by a test "
    "of their difference, not by these intervals."
)
_DELTA = "Points gained, positive is better also where a low score is good. Coloured only where the items decide."
_CORR = "Models that share weights are not independent: there are fewer independent models than n says."
_LOST = "What is left of the best relative's score over chance, on tasks where a relative is surely above chance."
_MDE = "Not decided does not mean equal: the last column is the smallest difference these items would have shown."
