"""Each merge against its base and each parent, task by task, on the same items wherever there are items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mergekit_eval import orientation, tables
from mergekit_eval.compare.engine import PAIRED
from mergekit_eval.compare.item_index import Evidence, Results, text_note
from mergekit_eval.compare.joint_intervals import simultaneous
from mergekit_eval.compare.multiplicity import FAMILIES, MAX_T, STEPS, check
from mergekit_eval.compare.pairs import Contrast, Match, Measured, measured
from mergekit_eval.compare.testing import corrected, decide
from mergekit_eval.compare.unpaired import unpaired_rows
from mergekit_eval.errors import DataError
from mergekit_eval.rows import merge_rows
from mergekit_eval.shares import shares_checked

NUMBERS = ("diff", "low", "high", "p")
NO_GAIN, NO_ERROR = "no direction is known", "no error is known"


def contrasts(merges: pd.DataFrame, extra: list[str] | None = None) -> list[Contrast]:
    """Return every merge with its base, its parents and the ``extra`` references, each pair once."""
    pairs: dict[tuple[str, str], Contrast] = {}
    for row in merge_rows(merges):
        named = [(row.base, "base"), *((p, "parent") for p in row.parents), *((e, "reference") for e in extra or [])]
        for name, relation in named:
            if name and name != row.merge:
                pairs.setdefault((row.merge, name), Contrast(row.merge, name, relation))
    return list(pairs.values())


@tables.makes("differences")
@shares_checked
def differences(
    collection: Results,
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
    evidence = Evidence.of(collection)
    unknown = sorted(set(references or []) - set(evidence.scores["model"]))
    if unknown:
        allowed = ", ".join(dict.fromkeys(evidence.scores["model"]))
        raise DataError(f"references: {', '.join(unknown)} not among the results; allowed: {allowed}.")
    rows = contrast_rows(evidence, contrasts(merges, references), level=1 - alpha, seed=seed)
    if correction == MAX_T:
        joint = simultaneous(evidence, rows, alpha=alpha, family=family, seed=seed)
        return decide(rows, joint["p_joint"], alpha)
    return decide(rows, corrected(rows, "p", FAMILIES[family], STEPS[correction]), alpha)


def contrast_rows(
    evidence: Evidence, pairs: list[Contrast], *, level: float, seed: int = 0, tasks: set[str] | None = None
) -> pd.DataFrame:
    """Return the unadjusted difference of every pair on every task both have (of ``tasks``, if given)."""
    matches = []
    for contrast in pairs:
        merge, reference = (evidence.by_model.get(name, {}) for name in (contrast.merge, contrast.reference))
        shared = [task for task in merge if task in reference and (tasks is None or task in tasks)]
        matches += [Match.of(evidence, contrast, merge[task], reference[task]) for task in shared]
    if not matches:
        return tables.empty("differences")
    paired = measured(evidence, matches, level, seed)
    bare = [at for at, match in enumerate(matches) if at not in paired and not match.refused]
    rows = _sides(evidence, matches)
    refused = {at: f"not compared: {'; '.join(match.refused)}" for at, match in enumerate(matches) if match.refused}
    numbers = [pd.DataFrame({"note": refused}), _paired(matches, paired), unpaired_rows(evidence, matches, bare, level)]
    measures = pd.concat([one for one in numbers if len(one)]).sort_index()
    out = _gains(pd.concat([rows, measures], axis=1))
    first = [match.refused[0] if match.refused else "" for match in matches]
    untested = np.select([np.array(first) != "", out["gain"].isna(), out["p"].isna()], [first, NO_GAIN, NO_ERROR], "")
    return out.assign(untested=untested).reindex(columns=tables.columns("differences"))


def _sides(evidence: Evidence, matches: Sequence[Match]) -> pd.DataFrame:
    """Return who is compared with whom, on what, and both scores."""
    scores = evidence.scores.assign(directed=orientation.directed(evidence.scores["score"], evidence.scores))
    merge, reference = (
        scores.loc[[getattr(match, side).Index for match in matches]].reset_index(drop=True) for side in "ab"
    )
    out = pd.DataFrame([match.who for match in matches], columns=Contrast._fields)
    out = out.join(merge[["task", "task_key", "metric", "filter", "capability", *orientation.COLUMNS]])
    return out.assign(
        higher_is_better=merge["higher_is_better"].astype(object).infer_objects(),
        merge_value=merge["score"],
        reference_value=reference["score"],
        merge_oriented=merge["directed"],
        reference_oriented=reference["directed"],
        scale=orientation.unit_of(merge["scale"]),
    )


def _paired(matches: Sequence[Match], paired: dict[int, Measured]) -> pd.DataFrame:
    fields = ("diff", "low", "high", "stderr", "p", "p_exact", "n", "mde", "wins", "losses", "ties", "tail_seen")
    rows = [
        {
            **{name: getattr(one.result, name) for name in fields},
            **{"evidence": PAIRED, "matched": one.matched, "unmatched": one.unmatched},
            **{"units": one.units, "df": one.df},
            "note": text_note(*matches[at].remarks, one.note, one.result.note),
        }
        for at, one in paired.items()
    ]
    return pd.DataFrame(rows, index=list(paired))


def _gains(rows: pd.DataFrame) -> pd.DataFrame:
    """Name the measured differences gains; without a direction there is none, and no p."""
    out = rows.reindex(columns=list(dict.fromkeys([*rows, *NUMBERS])))
    known = orientation.known(rows)
    gains = {"gain": "diff", "gain_low": "low", "gain_high": "high", "p": "p"}
    named = {name: out[measure].where(known) for name, measure in gains.items()}
    return out.assign(**named, diff=orientation.plain_difference(out["diff"].astype(float), rows))


def most_traded(table: pd.DataFrame, count: int = 30) -> pd.DataFrame:
    """Return the differences over shared items with the most items both won and lost, in the order of the table."""
    known = table[table["wins"].notna() & table["p"].notna()]
    traded = known[["wins", "losses"]].astype(float).min(axis=1)
    return known.loc[sorted(traded.sort_values(ascending=False, kind="stable").index[:count])]


def incomplete(table: pd.DataFrame) -> pd.DataFrame:
    """Return the differences that are unpaired, refused, or leave items out."""
    left_out = table["unmatched"].fillna(0).gt(0)
    return table[left_out | table["evidence"].ne("paired items") | table["note"].ne("")]
