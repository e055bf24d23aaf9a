"""Tables as a person reads them: crossed, and reduced to what has a value."""

import numpy as np
import pandas as pd

from mergekit_eval import views
from mergekit_eval.views._shape import crossed


def test_a_crossed_table_keeps_order_and_leaves_gaps_empty():
    table = pd.DataFrame([("z", "q", 1), ("z", "p", 2), ("y", "p", 3)], columns=["row", "column", "v"])
    wide = crossed(table, "row", "column", lambda r: str(r.v), "nothing")
    assert wide.to_numpy().tolist() == [["z", "1", "2"], ["y", "", "3"]]
    assert list(wide.columns) == ["row", "q", "p"]
    assert crossed(table.iloc[:0], "row", "column", str, "nothing").attrs["reason"] == "nothing"


def test_what_has_no_value_at_all_gives_its_reasons_once():
    table = pd.DataFrame({"v": [np.nan] * 5, "note": ["one", "one", "two", "three", "four"]})
    assert views.having(table, "v").attrs["reason"] == "one; two; three (and 1 more reason)"
    assert len(views.having(table.assign(v=[1.0, *[np.nan] * 4]), "v")) == 5
