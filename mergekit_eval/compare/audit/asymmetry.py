"""Where a merge and its reference differ in a sign: only what one of them has more of can bend their difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.audit.shown import Bools, Signs, able, how_known, shows, signs_of
from mergekit_eval.compare.comparability_rules import audited, judged
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.pairs import Contrast
from mergekit_eval.compare.shared_units import Ints
from mergekit_eval.rows import ScoreRow
from mergekit_eval.shares import shares_checked
from mergekit_eval.signs import bending, bit, by_word, signs
from mergekit_eval.thresholds import thresholds

PROMPT = "other prompt"
NOT_BROKEN = "no merge gives degenerate answers that its base and its parents do not"
UNSURE = "note"  # the level of a difference where one of two files does not state the value
MORE, LESS, DIFFERENT = "merge more", "reference more", "different"


@tables.makes("asymmetry")
@shares_checked
def asymmetry_table(evidence: Evidence, pairs: list[Contrast], *, alpha: float = 0.05) -> pd.DataFrame:
    """Return, per merge, reference, task and sign, how many answers show it on the items that both answered.

    Parameters
    ----------
    evidence : Evidence
        Scores and their items.
    pairs : list of Contrast
        Who is compared with whom, see `paired_differences.contrasts`.
    alpha : float
        Chance of any false alarm in the whole table, and one minus the level of the limits of each row.

    Returns
    -------
    DataFrame
        Table `asymmetry`: ``shift`` is the share of the merge less that of the reference, with Newcombe's limits
        for paired shares; ``p`` is McNemar's exact one, adjusted after Holm over all rows. Where items belong together
        (``units`` of them are independent) both are those of sign flips of whole clusters, as for differences of
        scores. ``decided`` says who shows the sign more, where the difference is sure and at least that of
        ``asymmetry`` in `thresholds.yaml`. Prompts and settings are equal or not: a row without a p for each that is
        not. Signs that neither shows on any item have no row; where only one of the two has items, a row without a
        sign says so. Where the end of an answer is known of one model only, cuts are compared as inferred ones.
    """
    found = pd.DataFrame([row for pair in pairs for row in _pair(evidence, pair, alpha)])
    if found.empty:
        return tables.empty("asymmetry")
    asked = found["sign"].isin([PROMPT, *audited()])
    counted = ~asked & found["sign"].ne("")
    out = found.join(_tested(found[counted], alpha)) if counted.any() else found.assign(decided="")
    out["decided"] = out["decided"].fillna("").mask(asked, DIFFERENT)
    return out.reindex(columns=tables.columns("asymmetry"))


def _pair(evidence: Evidence, pair: Contrast, alpha: float) -> Iterator[dict[str, Any]]:
    mine, theirs = (evidence.by_model.get(name, {}) for name in (pair.merge, pair.reference))
    for task in mine:
        if task in theirs:
            place = {**pair._asdict(), "task": task, "metric": mine[task].metric, "filter": mine[task].filter}
            yield from ({**place, **row} for row in _task(evidence, mine[task], theirs[task], alpha))


def _task(evidence: Evidence, merge: ScoreRow, reference: ScoreRow, alpha: float) -> Iterator[dict[str, Any]]:
    for finding in judged(evidence.facts(merge), evidence.facts(reference), True):
        if finding.rule in audited() and (finding.level != UNSURE or (finding.a and finding.b)):
            yield {"sign": finding.rule, "note": finding.message}
    held = [row.model for row in (merge, reference) if evidence.has_items(row)]
    if len(held) < 2:
        yield from ({"sign": "", "note": f"only the items of {name} are in the files: not compared"} for name in held)
        return
    paired = evidence.pair(merge, reference)
    sides = ((merge, paired.places), (reference, paired.places_b))
    shown, against = (signs_of(evidence, row)[at] for row, at in sides)
    yield from _signs(_as_known_by(shown, against), _as_known_by(against, shown), paired.cluster, alpha)
    one, other = (evidence.column(row, "prompt")[at] for row, at in sides)
    known = (one >= 0) & (other >= 0)
    if apart := int((one != other)[known].sum()):
        yield {"sign": PROMPT, "n": int(known.sum()), "count": apart}


def _as_known_by(shown: Signs, other: Signs) -> Signs:
    """Return signs without the end of an answer where the other model's file does not say how it ended.

    Whether an answer is cut is then what is inferred from its length; a cut that the file states stands for one that
    would be inferred, as nine of ten are.
    """
    stated = (shown & bit("ending", "limit")) == bit("ending")
    inferred = stated * bit("limit") | (stated & (shown & bit("cut") > 0)) * bit("cut_inferred")
    weaker = shown & ~bit("ending", "cut", "counted") | inferred
    return np.where(other & bit("ending"), shown, weaker).astype(np.int32)


def _signs(merge: Signs, reference: Signs, clusters: Ints | None, alpha: float) -> Iterator[dict[str, Any]]:
    anything = int(np.bitwise_or.reduce(merge | reference)) if len(merge) else 0
    for sign in signs().values():
        if anything & sign.bit:
            could = able(merge, sign) & able(reference, sign)
            one, other = shows(merge, sign) & could, shows(reference, sign) & could
            if one.any() or other.any():
                only = (int((one & ~other).sum()), int((other & ~one).sum()))
                row = {"sign": sign.short, "n": int(could.sum()), "_both": int((one & other).sum()), "_only": only}
                row["note"] = how_known((merge | reference)[could], sign)
                together = {} if clusters is None else _by_cluster(one[could], other[could], clusters[could], alpha)
                yield row | together


def _by_cluster(merge: Bools, reference: Bools, clusters: Ints, alpha: float) -> dict[str, Any]:
    """Return how many units items in clusters are, and p and limits of their difference."""
    found = stats.paired_difference(merge.astype(float), reference.astype(float), clusters=clusters, level=1 - alpha)
    p = found.p if found.p_exact is None else found.p_exact
    return {"_units": len(np.unique(clusters)), "_low": found.low, "_high": found.high, "_p": p}


def _tested(rows: pd.DataFrame, alpha: float) -> pd.DataFrame:
    merge, reference = (rows["_only"].str[side].astype(int) for side in (0, 1))
    both, n = rows["_both"].astype(int), rows["n"].astype(int)
    low, high = stats.newcombe(both, merge, reference, n - both - merge - reference, 1 - alpha)
    alone = {"units": n, "low": low, "high": high, "p": stats.mcnemar_exact(merge, reference)}
    shares = {"merge_share": (both + merge) / n, "reference_share": (both + reference) / n}
    out = pd.DataFrame({**shares, "shift": (merge - reference) / n, **alone}, index=rows.index)
    for name in alone:
        if f"_{name}" in rows:
            out[name] = rows[f"_{name}"].fillna(out[name])
    out["p_adjusted"] = stats.holm(out["p"])
    least = rows["sign"].map({word: sign.least for word, sign in by_word().items()})
    sure = (out["p_adjusted"] < alpha) & (out["shift"].abs() >= thresholds()["asymmetry"])
    enough = out[["merge_share", "reference_share"]].max(axis=1) >= least
    words = np.where(out["shift"] > 0, MORE, LESS)
    return out.assign(decided=np.where(sure & enough, words, ""))


def bent(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of an `asymmetry_table` whose sign is decided and bends the difference of the scores."""
    return table[table["decided"].isin([MORE, LESS]) & table["sign"].isin([sign.short for sign in bending()])]


def degenerate(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of an `asymmetry_table` that show a broken merge, one per merge, task and sign.

    The merge surely shows the sign more than the base and every parent, by more than ``degenerate`` of
    `thresholds.yaml`; the row is that of the reference that shows it most.
    """
    rows = table[table["sign"].isin([sign.short for sign in signs().values() if sign.breaks])]
    more = rows["decided"].eq(MORE) & rows["low"].gt(thresholds()["degenerate"])
    broken = rows[more.groupby([rows["merge"], rows["task"], rows["sign"]]).transform("all")]
    most = broken.sort_values("reference_share", ascending=False, kind="stable")
    first = most.drop_duplicates(["merge", "task", "sign"]).sort_index()
    return tables.because(first, NOT_BROKEN) if len(table) else first
