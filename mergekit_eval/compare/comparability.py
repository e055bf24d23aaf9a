"""Which models can be compared, on which tasks, and why not."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.engine import PAIRED, UNPAIRED
from mergekit_eval.compare.item_index import Evidence, Results
from mergekit_eval.compare.paired_differences import contrasts
from mergekit_eval.compare.pairs import Contrast, Match
from mergekit_eval.rows import ScoreRow

REFUSED, ONE_SIDED, ABSENT = "refused", "one of the two only", "not evaluated"
STATUSES = (PAIRED, UNPAIRED, REFUSED, ONE_SIDED, ABSENT)
COUNTS = ("n_paired", "n_aggregates", "n_refused", "n_one_sided", "n_absent")  # columns, in the order of the statuses


def comparable_pairs(collection: Results, merges: pd.DataFrame, *, references: list[str] | None = None) -> pd.DataFrame:
    """Return, for every merge, its base, parents and ``references``, and every task, whether they can be compared.

    Parameters
    ----------
    collection : Collection
        What was read.
    merges : DataFrame
        merge, parents, base.
    references : list of str, optional
        Models every merge is compared with besides.

    Returns
    -------
    DataFrame
        Table `comparable`. ``status``: "paired items" (the best there is), "aggregates only" (weaker), "refused" (a
        rule of comparability.yaml forbids it), "one of the two only", or "not evaluated" (one row for the whole pair);
        ``message`` says what differs, also where the comparison is made all the same. Without a merge of known origin
        the table is empty.
    """
    evidence = Evidence.of(collection)
    rows: list[dict[str, Any]] = []
    for who in contrasts(merges, references):
        own, other = evidence.by_model.get(who.merge), evidence.by_model.get(who.reference)
        if own is None or other is None:
            missing = " and ".join(
                name for name, rows_of in ((who.merge, own), (who.reference, other)) if rows_of is None
            )
            rows.append({**who._asdict(), "status": ABSENT, "message": f"no result of {missing}"})
            continue
        for task in dict.fromkeys([*own, *other]):
            rows.append(who._asdict() | {"task": task} | _status(evidence, who, own.get(task), other.get(task)))
    return tables.conform(rows, "comparable")


def _status(evidence: Evidence, who: Contrast, a: ScoreRow | None, b: ScoreRow | None) -> dict[str, str]:
    if a is None or b is None:
        return {"status": ONE_SIDED, "message": f"only {who.reference if a is None else who.merge} has it"}
    match = Match.of(evidence, who, a, b)
    where = {"metric": a.metric, "filter": a.filter}
    if match.refused:
        return where | {"status": REFUSED, "message": "; ".join(match.refused)}
    both = evidence.carries(a) and evidence.carries(b)
    return where | {"status": PAIRED if both else UNPAIRED, "message": "; ".join(match.remarks)}


@tables.makes("comparability_counts")
def comparability_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return on how many tasks each merge can be compared with its references, and what speaks against it.

    References of a merge with which it can be compared equally well share a row.

    Parameters
    ----------
    table : DataFrame
        From `comparable_pairs`.
    """
    rows = [_counts(group) for _, group in table.groupby(["merge", "reference"], sort=False)]
    if not rows:
        return pd.DataFrame()
    out = pd.DataFrame(rows)
    same = [name for name in out if name != "reference"]
    return out.groupby(same, sort=False, as_index=False).agg({"reference": ", ".join})


def _counts(rows: pd.DataFrame) -> dict[str, Any]:
    counts = rows["status"].value_counts()
    messages = list(dict.fromkeys(rows.loc[rows["message"].ne("") & rows["status"].ne(ONE_SIDED), "message"]))
    more = f" (and {len(messages) - 2} more)" if len(messages) > 2 else ""
    numbers = {column: int(counts.get(status, 0)) for column, status in zip(COUNTS, STATUSES, strict=True)}
    pair = rows.iloc[0]
    return {
        "merge": pair["merge"],
        "reference": pair["reference"],
        **numbers,
        "message": "; ".join(messages[:2]) + more,
    }
