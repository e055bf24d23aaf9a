"""Which models can be compared, on which tasks, and why not."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.engine import PAIRED, UNPAIRED
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.paired_differences import contrasts
from mergekit_eval.compare.pairs import Match

REFUSED, ONE_SIDED, ABSENT = "refused", "one of the two only", "not evaluated"
STATUSES = (PAIRED, UNPAIRED, REFUSED, ONE_SIDED, ABSENT)


def comparable_pairs(collection: Any, merges: pd.DataFrame, *, references: list[str] | None = None) -> pd.DataFrame:
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
        the table is empty and ``attrs["reason"]`` says so.
    """
    evidence = Evidence(collection)
    rows: list[dict[str, Any]] = []
    for who in contrasts(merges, references):
        mine, other = evidence.by_model.get(who.merge), evidence.by_model.get(who.reference)
        if mine is None or other is None:
            gone = " and ".join(name for name, found in ((who.merge, mine), (who.reference, other)) if found is None)
            rows.append({**who._asdict(), "status": ABSENT, "message": f"no result of {gone}"})
            continue
        for task in dict.fromkeys([*mine, *other]):
            rows.append(who._asdict() | {"task": task} | _status(evidence, who, mine.get(task), other.get(task)))
    out = tables.conform(rows, "comparable")
    if out.empty:
        out.attrs["reason"] = "no merge with a known base or parent"
    return out


def _status(evidence: Evidence, who: Any, a: Any, b: Any) -> dict[str, str]:
    if a is None or b is None:
        return {"status": ONE_SIDED, "message": f"only {who.reference if a is None else who.merge} has it"}
    match = Match.of(evidence, who, a, b)
    where = {"metric": a.metric, "filter": a.filter}
    if match.refused:
        return where | {"status": REFUSED, "message": match.refused}
    both = evidence.carries(a) and evidence.carries(b)
    return where | {"status": PAIRED if both else UNPAIRED, "message": "; ".join(match.remarks)}
