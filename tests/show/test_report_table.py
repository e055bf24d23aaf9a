import numpy as np
import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show.report_table import Printed, rows, verdict_rows

NAN = float("nan")
WORSE = "worse than every parent"
VERDICT = {
    "merge": "m",
    "verdict": WORSE,
    "reason": "r",
    "gain": -0.1,
    "gain_low": -0.2,
    "gain_high": 0.0,
}


def column(values: list, decimals: int = 3) -> list[Printed]:
    return [row[0] for row in rows(pd.DataFrame({"x": values}), decimals)["body"]]


def test_cells_of_frames():
    assert column([0.12345, 1e-9, NAN, np.inf, -2.0]) == [
        ("0.123", "number", "0.12345"),
        ("1.0e−09", "number", "1e-09"),
        ("—", "missing", ""),
        ("∞", "number", "inf"),
        ("−2.000", "number", "-2.0"),
    ]
    assert column([1234, 5]) == [("1,234", "number", ""), ("5", "number", "")]
    assert column([("a", "b"), None, True]) == [("a, b", "", ""), ("—", "missing", ""), ("yes", "", "")]


def test_the_words_of_a_decision_have_mark_and_colour_of_the_vocabulary():
    cells = column(["better", "worse", "undecided", "", "better than nothing"])
    assert [(cell.text, cell.kind) for cell in cells] == [
        ("▲ better", "badge better"),
        ("▼ worse", "badge worse"),
        ("· undecided", "badge open"),
        ("", ""),
        ("better than nothing", ""),
    ]


def test_a_long_text_is_cut_and_whole_in_the_tooltip():
    whole, cut = column(["x" * 160, "y\n" * 100])
    assert whole == ("x" * 160, "", "")
    assert cut.text == "y " * 78 + "y…"
    assert cut.full == "y " * 99 + "y"


def test_heads_of_numbers_stand_right():
    assert rows(pd.DataFrame({"n": [1], "a\nb": ["x"]}), 3)["heads"] == [("n", "number"), ("a b", "")]


def test_a_verdict_has_mark_and_colour_of_its_word_and_of_no_decision_else():
    words = ["better than every parent", "between", "worse than every parent", "collapsed", "not decided", "unheard of"]
    table, _ = verdict_rows(pd.DataFrame([VERDICT | {"verdict": word} for word in words]))
    assert [(row["symbol"], row["kind"]) for row in table] == [
        ("▲", "better"), ("◆", "between"), ("▼", "worse"), ("✖", "collapsed"), ("○", "open"), ("○", "open")
    ]  # fmt: skip


def test_the_interval_is_placed_on_one_axis_as_long_as_the_largest_bound():
    table, axis = verdict_rows(pd.DataFrame([VERDICT, VERDICT | {"gain": 0.05, "gain_low": 0.025, "gain_high": 0.075}]))
    assert axis == ("−20", "+20")
    # The axis of 0 to 200 has zero at 100 and 0.2 at 96 to each side.
    assert table[0]["strip"] == {"at": 52.0, "low": 4.0, "width": 96.0}
    assert table[1]["strip"] == {"at": 124.0, "low": 112.0, "width": 24.0}
    assert [row["gain"] for row in table] == ["−10.0", "+5.0"]


def test_what_a_verdict_lacks_is_left_out():
    (row,), axis = verdict_rows(pd.DataFrame([VERDICT | {"gain_low": NAN, "method": NAN, "parents": ("a", "b")}]))
    assert (row["strip"], row["method"], row["parents"], row["macro"], row["n"]) == (None, "", "a, b", "—", "")
    (row,), axis = verdict_rows(pd.DataFrame([{"merge": "m", "verdict": WORSE, "reason": "r", "n_tasks": 1}]))
    assert (row["strip"], row["gain"], row["n"], axis) == (None, "—", "1 task", ("", ""))
    with pytest.raises(DataError, match="reason"):
        verdict_rows(pd.DataFrame([{"merge": "m", "verdict": WORSE}]))
