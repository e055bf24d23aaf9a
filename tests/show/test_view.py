"""How a table is shown: rows, order, headings and formats come from tables.yaml and from nothing else."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval import tables
from mergekit_eval.errors import DataError
from mergekit_eval.show.view import first_shown, show_table, shown
from mergekit_eval.specs import tables as specs

FILLED = {"number": 0.25, "count": 3, "flag": True, "names": ("a", "b"), "int32": 1, "int64": 1}
EVERY = [(table.name, view) for table in specs().values() for view in table.views]


def filled(name: str, view: str) -> pd.DataFrame:
    """Return one row of a table with a value in every column, such that the view keeps it."""
    table = tables.spec(name)
    row = {}
    for column in table.columns:
        words = [word for word in tables.words(column) if word]
        row[column.name] = words[0] if words else FILLED.get(column.type, f"any {column.name}")
    chosen = table.views[view]
    row |= {column: values[0] for column, values in chosen.where.items()}
    row |= {chosen.lacks: None} if chosen.lacks else {}
    return tables.conform([row], name)


@pytest.mark.parametrize(("name", "view"), EVERY)
def test_every_view_shows_a_full_row_and_says_why_there_is_none(name, view):
    rows, why = shown(filled(name, view), view)
    assert len(rows) == 1 and why == ""
    assert rows.shape[1] >= 2 and rows.columns.is_unique
    rows, why = shown(tables.empty(name, "no file was read"), view)
    assert rows.empty and why.startswith("no file was read")


def test_a_value_is_shown_with_its_interval_in_its_unit():
    gain = {"merge": "m", "reference": "a", "task": "t", "decided": "undecided", "mde": 0.06, "n": 50, "p": 0.2}
    rows = [gain | {"gain": 0.024, "gain_low": -0.005, "gain_high": 0.0531, "scale": "unit"},
            gain | {"gain": 0.024, "gain_low": np.nan, "scale": "natural", "mde": 0.004}]  # fmt: skip
    out, _ = shown(tables.conform(rows, "differences"), "undecided")
    assert out["gain (points)"].tolist() == ["+2.4 [-0.5, +5.3]", "+0.024"]
    assert out["minimum detectable effect (points)"].tolist() == ["+6.0", "+0.004"]
    assert out["p"].tolist() == [0.2, 0.2] and out["n"].tolist() == [50, 50]


def test_shares_are_percent_and_few_draws_are_not_none():
    out, _ = shown(tables.conform([{"model": "a", "macro": 0.5, "rank": 1, "low": 1, "high": 2}], "ranks"))
    assert out.loc[0, ["average", "ranks left open"]].tolist() == ["50.0%", "1–2"]
    out, _ = shown(tables.conform([{"model": "a", "p_best": 0.0002, "regret": 0.0123}], "choice"))
    assert out.loc[0, ["chance to be best", "expected regret (points)"]].tolist() == ["<0.1%", "+1.2"]


def test_a_turned_table_keeps_order_leaves_gaps_empty_and_prefers_the_value_to_the_note():
    rows = [("z", "q", 0.5, ""), ("z", "overall", 0.25, ""), ("z", "p", None, "no specialist"), ("y", "p", 1.0, "")]
    table = pd.DataFrame(rows, columns=["merge", "domain", "performance", "note"])
    out, _ = shown(tables.conform(table, "mergebench"))
    assert out.columns.tolist() == ["merge", "q", "p", "overall"]
    assert out.to_numpy().tolist() == [["z", "50.0%", "no specialist", "25.0%"], ["y", "", "100.0%", ""]]


def test_a_leaderboard_has_the_best_average_first():
    rows = [
        ("a", "part", 0.1),
        ("a", "average", 0.1),
        ("b", "average", 0.3),
        ("c", "part", 0.9),
        ("c", "average", None),
    ]
    out, _ = shown(tables.conform(pd.DataFrame(rows, columns=["model", "task", "value"]), "leaderboard"))
    assert out["model"].tolist() == ["b", "a", "c"]
    assert out.columns[-1] == "average"


def test_a_cell_that_several_rows_share_is_left_empty():
    rows = [("m", "overall", "parent", "a"), ("m", "overall", "parent", "b"), ("m", "overall", "base", "z")]
    table = pd.DataFrame(rows, columns=["merge", "level", "relation", "reference"]).assign(gain=0.01, decided="better")
    out, _ = shown(tables.conform(table, "comparison"), "overall")
    assert out.columns.tolist() == ["merge", "base"]


def test_columns_that_say_nothing_are_left_out():
    merge = {"merge": "m", "method": "ties", "parents": ("a", "b"), "base": "z", "known_from": "study"}
    out, _ = shown(tables.conform([merge], "merges"))
    assert out.columns.tolist() == ["merge", "method", "parents", "base", "known from"]
    assert out["parents"].tolist() == ["a, b"]
    assert "adds nothing" in shown(tables.conform([merge | {"inert": ("c",)}], "merges"))[0]


def test_a_frame_that_no_specification_knows_is_shown_as_it_is():
    frame = pd.DataFrame({"anything": [1]})
    assert shown(frame)[0] is frame
    assert "anything" in show_table(frame).text


def test_an_unknown_view_is_refused_with_those_there_are():
    with pytest.raises(DataError, match=r"tables.collapse.views.*'lst'.*Did you mean 'lost'"):
        shown(tables.empty("collapse"), "lst")


def test_text_of_files_cannot_leave_its_cell():
    out = show_table(tables.conform([{"dataset": "<b>x</b>", "models": 1, "measure": "F1"}], "unmapped"))
    assert "<b>" not in out.page and "&lt;b&gt;" in out.page


def test_a_turned_table_of_which_no_value_is_known_is_empty_text():
    rows = pd.DataFrame({"merge": ["m", "n"], "domain": ["math", "code"], "performance": [None, None]})
    out, _ = shown(tables.conform(rows, "mergebench"))
    assert out.to_numpy().tolist() == [["m", "", ""], ["n", "", ""]]


@pytest.mark.parametrize(("name", "view"), EVERY)
def test_the_first_rows_alone_are_as_in_the_whole_table_and_all_are_counted(name, view):
    row = filled(name, view).iloc[0].to_dict()
    table = tables.conform([row, row, row], name)
    whole, _ = shown(table, view)
    some, why, total = first_shown(table, view, 2)
    pd.testing.assert_frame_equal(some, whole.head(2))
    assert (why, total) == ("", len(whole))


def test_a_column_that_only_a_later_row_fills_stands_beside_the_first_rows_too():
    row = filled("differences", "pairing").iloc[0].to_dict()
    table = tables.conform([row | {"note": ""}, row | {"note": "later"}], "differences")
    some, _, total = first_shown(table, "pairing", 1)
    assert some.iloc[:, -1].tolist() == [""] and total == 2
    assert first_shown(table.head(1), "pairing", 1)[0].shape[1] == some.shape[1] - 1


def test_a_turned_table_of_many_columns_is_shown_without_a_warning():
    one = filled("categories", "places")
    rows = pd.concat([one.assign(task=f"task {at}") for at in range(120)], ignore_index=True)
    shown_rows, why = shown(tables.conform(rows, "categories"), "places")
    assert shown_rows.shape == (1, 121)
    assert why == ""
