"""Each merge against its base and each parent, task by task, on the same items wherever there are items."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.item_index import Evidence, text_note, unit
from mergekit_eval.compare.joint_intervals import joint_limits
from mergekit_eval.compare.multiplicity import MAX_T, adjusted, check
from mergekit_eval.compare.pairs import Contrast, Match, Measured, measured
from mergekit_eval.compare.testing import outcome
from mergekit_eval.errors import DataError
from mergekit_eval.shares import shares_checked


def contrasts(merges: pd.DataFrame, extra: list[str] | None = None) -> list[Contrast]:
    """Return every merge with its base, its parents and the ``extra`` references, each pair once."""
    found: dict[tuple[str, str], Contrast] = {}
    for row in merges.itertuples():
        named = [(row.base, "base"), *((p, "parent") for p in row.parents), *((e, "reference") for e in extra or [])]
        for name, relation in named:
            if name and name != row.merge:
                found.setdefault((row.merge, name), Contrast(row.merge, name, relation))
    return list(found.values())


@tables.makes("differences")
@shares_checked
def differences(
    collection: Any,
    merges: pd.DataFrame,
    *,
    alpha: float = 0.05,
    references: list[str] | None = None,
    seed: int = 0,
    family: str = "all",
    correction: str = "holm",
) -> pd.DataFrame:
    """Return the differences of every merge to its base and parents on the primary metric of every task.

    Parameters
    ----------
    collection : Collection
        What was read.
    merges : DataFrame
        merge, parents, base (`Session.merges`).
    alpha : float
        Error rate of each family. Intervals are at level 1 - alpha, not adjusted; `simultaneous` adjusts them.
    references : list of str, optional
        Models every merge is compared with besides.
    seed : int
        For random sign flips.
    family : {"all", "merge", "task", "relation"}
        Which rows share one correction: all that have a p, or those of each merge, task or relation.
    correction : {"holm", "bh", "by", "max-t"}
        Holm and max-T bound the chance of any false claim, Benjamini-Hochberg and -Yekutieli the mean share of false
        claims. Max-T takes joint sign flips of shared items.

    Returns
    -------
    DataFrame
        Table `differences`. ``diff`` is merge - reference on the metric's own scale (percent as share of one);
        ``gain`` is the same, positive where the merge is better, whatever the metric's direction. ``decided`` is
        better, worse or undecided; empty where nothing could be tested. A row that may not be compared has no numbers
        and says why in ``note``. ``n`` counts items, ``units`` what is independent: items, or clusters of them;
        ``df`` is what the error is worth in an average: the units that separate the two less one, none for aggregates.

    Raises
    ------
    DataError
        For a family, a correction or a reference that is not known.
    """
    check(family, correction)
    evidence = Evidence(collection)
    unknown = sorted(set(references or []) - set(evidence.scores["model"]))
    if unknown:
        allowed = ", ".join(dict.fromkeys(evidence.scores["model"]))
        raise DataError(f"references: {', '.join(unknown)} not among the results; allowed: {allowed}.")
    rows = contrast_rows(evidence, contrasts(merges, references), level=1 - alpha, seed=seed)
    if correction == MAX_T:
        joint = joint_limits(evidence, rows, alpha=alpha, family=family, seed=seed)
        return decide(rows, joint["p_joint"], alpha)
    return decide(rows, adjusted(rows, family, correction), alpha)


def contrast_rows(
    evidence: Evidence, pairs: list[Contrast], *, level: float, seed: int = 0, tasks: set[str] | None = None
) -> pd.DataFrame:
    """Return the unadjusted difference of every pair on every task both have (of ``tasks``, if given)."""
    matches = []
    for contrast in pairs:
        mine, other = (evidence.by_model.get(name, {}) for name in (contrast.merge, contrast.reference))
        for task in mine:
            if task in other and (tasks is None or task in tasks):
                matches.append(Match.of(evidence, contrast, mine[task], other[task]))
    results = measured(evidence, matches, level, seed)
    rows = [_row(match, found) for match, found in zip(matches, results, strict=True)]
    return pd.DataFrame(rows, columns=tables.columns("differences"))


def decide(table: pd.DataFrame, p_adjusted: pd.Series, alpha: float) -> pd.DataFrame:
    """Return a copy with the adjusted p and what it decides; '' where nothing could be tested."""
    return table.assign(p_adjusted=p_adjusted, decided=outcome(table["gain"], p_adjusted, alpha))


def _row(match: Match, found: Measured | None) -> dict[str, Any]:
    a, b = match.a, match.b
    row: dict[str, Any] = {**match.who._asdict(), "task": a.task, "metric": a.metric, "filter": a.filter}
    row |= {"capability": a.capability, "higher_is_better": a.higher_is_better}
    row |= {"merge_value": unit(a.value, a.scale), "reference_value": unit(b.value, b.scale)}
    row["scale"] = "unit" if a.scale == "percent" else a.scale
    if found is None:
        return row | {"note": f"not compared: {match.refused}"}
    facts = {"evidence": found.evidence, "matched": found.matched, "unmatched": found.unmatched}
    facts |= {"units": found.units, "df": found.df}
    note = text_note(*match.remarks, found.why, found.result.note)
    return row | facts | _numbers(found.result, a.higher_is_better) | {"note": note}


def _numbers(result: stats.PairedDifference, higher_is_better: Any) -> dict[str, Any]:
    known = not pd.isna(higher_is_better)
    sign = (1 if higher_is_better else -1) if known else float("nan")
    limits = [float("nan") if v is None else sign * v for v in (result.low, result.high)]
    fields = ("diff", "stderr", "p", "p_exact", "n", "mde")
    wins, losses = (result.wins, result.losses) if sign != -1 else (result.losses, result.wins)
    return {
        **{name: getattr(result, name) for name in fields},
        **{"wins": wins, "losses": losses, "ties": result.ties},
        **{"gain": sign * result.diff, "gain_low": min(limits), "gain_high": max(limits)},
        **({} if known else {"p": None}),
    }


def incomplete(table: pd.DataFrame) -> pd.DataFrame:
    """Return the differences that are unpaired, refused, or leave items out."""
    left_out = table["unmatched"].fillna(0).gt(0)
    return table[left_out | table["evidence"].ne("paired items") | table["note"].ne("")]


def most_traded(table: pd.DataFrame, count: int = 30) -> pd.DataFrame:
    """Return the differences over shared items with the most items both won and lost, in the order of the table."""
    known = table[table["wins"].notna() & table["p"].notna()]
    traded = known[["wins", "losses"]].astype(float).min(axis=1)
    return known.loc[sorted(traded.sort_values(ascending=False, kind="stable").index[:count])]
