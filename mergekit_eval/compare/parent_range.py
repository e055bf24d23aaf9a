"""The range of the parents, and the position of the merge in it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.categories import BETTER, BETWEEN, OPEN, WORSE
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.references import PARENT
from mergekit_eval.schema import require

WHERE = {BETTER: "above", BETWEEN: "within", WORSE: "below", OPEN: "undecided"}


@tables.makes("expectation")
def expectation_table(categories: pd.DataFrame, relations: pd.DataFrame) -> pd.DataFrame:
    """Return the parents' range and the merge's place in it.

    Parameters
    ----------
    categories : DataFrame
        From `category_table`.
    relations : DataFrame
        From `relation_table`, the one the categories were made of.

    Returns
    -------
    DataFrame
        Table `expectation`. ``position`` is 0 at the lowest parent and 1 at the highest; its interval takes the range
        as it stands and the merge's gain over the lowest parent as uncertain. It is left out where the parents' scores
        are closer together than the errors of the comparison, because a place in such a range means nothing. ``where``
        is above, within, below or undecided, by the tests of `category_table`: the lowest and the highest
        parent were selected on these items, so that a position inside their range by the numbers alone shows little.
    """
    require(categories, ("category", "parent_low", "parent_high", "lowest"), "expectation_table")
    require(relations, ("level", "merge", "task", "reference", "gain_low", "gain_high"), "expectation_table")
    key = ["level", "merge", "task"]
    parents = relations[relations["relation"].eq(PARENT)]
    gains = parents[[*key, "reference", "gain", "gain_low", "gain_high"]].astype({"reference": object})
    joined = categories.astype({"lowest": object}).merge(
        gains, how="left", left_on=[*key, "lowest"], right_on=[*key, "reference"]
    )
    width = (joined["parent_high"] - joined["parent_low"]).abs().astype(float)
    half = ((joined["gain_high"] - joined["gain_low"]) / 2).astype(float)
    close = width.le(half) | width.eq(0) | width.isna()
    place = {
        name: (joined[source].astype(float) / width.where(~close, np.nan))
        for name, source in (("position", "gain"), ("position_low", "gain_low"), ("position_high", "gain_high"))
    }
    narrow = close & joined["parent_low"].notna() & joined["n_parents"].gt(1)
    notes = [
        text_note(note, "the parents lie closer together than the error of a comparison: no place in their range")
        if at
        else note
        for note, at in zip(joined["note"], narrow, strict=True)
    ]
    return joined.assign(**place, where=joined["category"].map(WHERE), note=notes).reindex(
        columns=tables.columns("expectation")
    )
