"""Which differences are corrected together (the family), and by which correction."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.errors import DataError
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import percent

# Name -> the columns whose values are families of their own.
FAMILIES = {"all": (), "merge": ("merge",), "task": ("task",), "relation": ("relation",)}
STEPS: dict[str, Callable[..., np.ndarray]] = {
    "holm": stats.holm,
    "bh": stats.benjamini_hochberg,
    "by": stats.benjamini_yekutieli,
}
MAX_T = "max-t"
CORRECTIONS = (*STEPS, MAX_T)
NAMED = {"holm": "Holm", "bh": "Benjamini-Hochberg", "by": "Benjamini-Yekutieli", MAX_T: "max-T from joint sign flips"}
FALSE_SHARE = ("bh", "by")


def check(family: str, correction: str) -> None:
    """Raise `DataError` for a family or a correction that is not known, with what is allowed."""
    for name, value, allowed in (("family", family, tuple(FAMILIES)), ("correction", correction, CORRECTIONS)):
        if value not in allowed:
            raise DataError(f"{name} = {value!r}; allowed: {', '.join(allowed)}.")


def members(table: pd.DataFrame, family: str) -> Iterator[tuple[str, pd.Series]]:
    """Yield each family's name and its tested rows, as a mask over the table."""
    tested = table["p"].notna()
    if family == "all":
        yield family, tested
        return
    for value in table[family].drop_duplicates():
        yield str(value), tested & table[family].eq(value)


@shares_checked
def described(family: str, correction: str, alpha: float) -> str:
    """Return the correction in words: rule, what is promised, and for which family."""
    scope = "the whole family" if family == "all" else f"each {family}"
    if correction in FALSE_SHARE:
        return f"{NAMED[correction]}, at most {percent(alpha)} of the claims of {scope} false on average"
    return f"{NAMED[correction]}, chance of any false claim in {scope} at most {percent(alpha)}"


@tables.makes("tested")
def tested_table(differences: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Return how many differences were tested and what was decided, in one row.

    Parameters
    ----------
    differences : DataFrame
        From `differences`.
    rule : str
        The correction in words, see `described`.
    """
    tested = differences["p"].notna()
    counts = differences.loc[tested, "decided"].value_counts()
    evidence = differences["evidence"].value_counts()
    row = {"comparisons": len(differences), "tested": int(tested.sum()), "correction": rule}
    row |= {name: int(counts.get(name, 0)) for name in ("better", "worse", "undecided")}
    row |= {"n_paired": int(evidence.get("paired items", 0)), "n_aggregates": int(evidence.get("aggregates only", 0))}
    return pd.DataFrame([row])
