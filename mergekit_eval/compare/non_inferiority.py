"""Non-inferiority to the parent: a loss smaller than a margin that was fixed in advance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from mergekit_eval import stats, tables
from mergekit_eval.compare.engine import PAIRED
from mergekit_eval.compare.item_index import Evidence, Results, text_note
from mergekit_eval.compare.testing import TINY, corrected
from mergekit_eval.shares import MARGIN, shares_checked

SHOWN, OPEN, WORSE = "no worse", "not shown", "worse by more than the margin"


@tables.makes("no_worse")
@shares_checked
def no_worse_table(
    collection: Results,
    differences: pd.DataFrame,
    *,
    margin: float = MARGIN,
    alpha: float = 0.05,
    relation: str = "parent",
    seed: int = 0,
) -> pd.DataFrame:
    """Return, per merge, parent and task, whether the merge is shown to lose less than a margin.

    Parameters
    ----------
    collection : Collection
        What was read.
    differences : DataFrame
        From `differences`.
    margin : float
        The loss one would accept, as a share of one (0.05: five points), decided before looking.
    alpha : float
        Family-wise error rate of "no worse" (Holm over the table).
    relation : str
        Against whom: parent, base or reference.
    seed : int
        For random sign flips.

    Returns
    -------
    DataFrame
        Table `no_worse`, with ``p`` one-sided against "worse by the margin or more". ``shown``: "no worse", "not
        shown" (which does not mean worse), or "worse by more than the margin" where the same test, the other way round
        and with a family of its own, says so. Right and wrong answers: score test (Tango); graded or clustered: sign
        flips at the margin; aggregates: normal. Where nothing can be tested ``shown`` is '' and ``note`` says why.

    Raises
    ------
    DataError
        For a margin that is not between 0 and 1.
    """
    evidence = Evidence.of(collection)
    chosen = differences[differences["relation"].eq(relation)]
    columns = tables.columns("no_worse")
    kept = [name for name in columns if name in chosen and name not in ("p", "p_adjusted")]
    rows = [_row(evidence, row, kept, margin, seed) for row in chosen.astype(object).itertuples()]
    out = pd.DataFrame(rows, columns=columns)
    p = pd.to_numeric(out["p"]).astype(float)
    opposite = corrected(out.assign(p=(1 - p).clip(lower=TINY)))
    out = out.assign(p=p, p_adjusted=corrected(out))
    kinds = [out["p_adjusted"].isna(), out["p_adjusted"].le(alpha), opposite.le(alpha)]
    return out.assign(shown=np.select(kinds, ["", SHOWN, WORSE], OPEN))


def _row(evidence: Evidence, row: Any, kept: list[str], margin: float, seed: int) -> dict[str, Any]:
    head = {name: getattr(row, name) for name in kept} | {"margin": margin}
    if row.scale != "unit":
        return head | {"note": text_note("no bounded score: a margin in points has no meaning", row.note)}
    if pd.isna(row.gain):
        return head | {"note": text_note(row.note, "" if row.note else "direction unknown")}
    if row.evidence != PAIRED:
        return head | _from_error(row, margin)
    pairing = evidence.pair(*(evidence.by_model[name][row.task] for name in (row.merge, row.reference)))
    found = stats.non_inferior(pairing.a, pairing.b, margin, clusters=pairing.cluster, seed=seed)
    return head | {"p": found.p, "method": found.method}


def _from_error(row: Any, margin: float) -> dict[str, Any]:
    if not (pd.notna(row.stderr) and row.stderr > 0):
        return {"note": text_note("no error known: nothing can be shown", row.note)}
    p = max(float(special.ndtr(-(float(row.gain) + margin) / float(row.stderr))), TINY)
    return {"p": p, "method": "normal, from aggregates"}


@tables.makes("no_worse_counts")
def no_worse_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return, per merge and parent, on how many tasks it is no worse, open, worse by more, or not tested.

    Parameters
    ----------
    table : DataFrame
        From `no_worse_table`.
    """
    words = {"n_no_worse": SHOWN, "n_open": OPEN, "n_worse": WORSE, "n_untested": ""}
    flags = {column: table["shown"].eq(word).astype(int) for column, word in words.items()}
    return (
        table[["merge", "reference"]].assign(**flags).groupby(["merge", "reference"], sort=False, as_index=False).sum()
    )
