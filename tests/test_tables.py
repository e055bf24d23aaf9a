"""Every table, column and status word of tables.yaml is complete, and frames are made to fit them."""

import numpy as np
import pandas as pd
import pytest

import mergekit_eval
from mergekit_eval import specs, tables
from mergekit_eval.errors import DataError
from mergekit_eval.packaged import packaged_yaml
from tools import make_tables

TABLES = list(specs.tables().values())
WORDS = [(name, status) for name, known in tables.statuses().items() for status in known.values()]
DTYPES = {"text": "str", "words": "str", "number": "float64", "count": "Int64", "flag": "boolean", "names": "object"}
DTYPES |= {"int32": "int32", "int64": "int64"}
NUMBERS = ("number", "count", "int32", "int64")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_and_column_is_documented(table):
    assert table.title and table.row.endswith(".") and table.n
    for column in table.columns:
        assert column.label and column.help.endswith("."), column.name
        assert (column.format != "") == (column.type in NUMBERS) or column.name == "df", column.name
        assert (column.statuses != "") == (column.type == "words"), column.name


@pytest.mark.parametrize(("vocabulary", "status"), WORDS, ids=lambda value: str(getattr(value, "word", value)))
def test_every_status_word_has_help_mark_and_colour(vocabulary, status):
    assert len(status.help) > 10, vocabulary
    assert len(status.mark) == 1, vocabulary
    assert status.colour, vocabulary


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_an_empty_table_has_the_declared_columns_and_dtypes(table):
    found = tables.empty(table.name, "no file was read")
    assert len(found) == 0
    assert list(found.columns) == [column.name for column in table.columns]
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == {c.name: DTYPES[c.type] for c in table.columns}
    assert tables.reason(found).startswith("no file was read")
    assert tables.name_of(found) == table.name
    assert tables.reason(tables.empty(table.name)).startswith(table.missing)


def test_nothing_is_declared_that_no_table_uses():
    raw = packaged_yaml("tables.yaml")
    columns = [column for table in TABLES for column in table.columns]
    assert set(raw["columns"]) == {column.name for column in columns}
    assert set(raw["statuses"]) == {column.statuses for column in columns} - {""}
    assert set(raw["colours"]) == {status.colour for _, status in WORDS}


def test_a_status_column_holds_words_and_a_table_that_adds_repeats_no_column():
    for table in TABLES:
        assert not table.status or table.column(table.status).type == "words", table.name
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names)), table.name


def test_unknown_names_are_refused_with_the_nearest_known_one():
    with pytest.raises(DataError, match=r"'comparisson'.*Did you mean"):
        tables.spec("comparisson")
    with pytest.raises(DataError, match=r"'gian'.*Did you mean 'gain'"):
        tables.spec("comparison").column("gian")
    with pytest.raises(DataError, match=r"tables\.front\.columns.*'rolle'.*Did you mean 'role'"):
        tables.conform([{"model": "a", "rolle": "merge"}], "front")


def test_conform_orders_types_and_fills_and_leaves_its_argument_as_it_was():
    given = pd.DataFrame({"macro": [0.5, np.nan], "model": ["b", None], "n_items": [3.0, None]}, index=[4, 2])
    before = given.copy()
    found = tables.conform(given, "ranks")
    pd.testing.assert_frame_equal(given, before)
    assert list(found.columns) == tables.columns("ranks")
    assert found.index.tolist() == [4, 2]
    assert found["model"].tolist() == ["b", ""]
    assert found["n_items"].tolist() == [3, pd.NA] and str(found["n_items"].dtype) == "Int64"
    assert found["macro"].iloc[0] == 0.5 and np.isnan(found["macro"].iloc[1])
    assert found["note"].tolist() == ["", ""]


def test_conform_takes_every_sign_of_a_missing_value():
    rows = [{"front": value, "capabilities": value} for value in (None, np.nan, pd.NA)]
    found = tables.conform(rows, "front")
    assert found[["front", "capabilities"]].isna().all(axis=None)
    gains = tables.conform([{"gain": value} for value in (1, None, np.nan, pd.NA, np.inf)], "comparison")["gain"]
    assert gains.tolist()[::4] == [1.0, np.inf] and gains.iloc[1:4].isna().all()


@pytest.mark.parametrize(
    ("column", "value"),
    [("n", 1.5), ("n", "many"), ("gain", "large"), ("merge", 3), ("merge", ("a", "b")), ("higher_is_better", "yes")],
)
def test_conform_refuses_a_value_that_does_not_fit(column, value):
    with pytest.raises(DataError, match=rf"differences\.{column}: cannot hold"):
        tables.conform([{column: value}], "differences")


def test_a_notebook_asks_for_the_meaning_of_the_columns_of_a_table():
    found = mergekit_eval.help_table("no_worse").set_index("column")
    assert list(found.index) == tables.columns("no_worse")
    assert found.loc["shown", "words"] == "no worse, not shown, worse by more than the margin"
    assert found.loc["margin", ["unit", "words"]].tolist() == ["share", ""]
    assert found.loc["gain", "better"] == "higher"
    with pytest.raises(DataError, match=r"'no_wors'.*Did you mean 'no_worse'"):
        mergekit_eval.help_table("no_wors")


def test_an_override_holds_in_its_table_only():
    assert tables.spec("retention").column("decided").statuses == "retained"
    assert tables.spec("comparison").column("decided").statuses == "outcome"
    assert tables.spec("item_changes").column("lost").type == "count"
    assert tables.spec("collapse").column("lost").type == "flag"


def test_the_data_dictionary_names_every_table_column_and_word_in_grids_of_equal_width():
    text = make_tables.dictionary()
    for table in TABLES:
        section = text.partition(f"## `{table.name}`: {table.title}\n")[2].partition("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith("|")]
        assert len(rows) == 2 + len(table.columns)
        assert len({row.count(" | ") for row in rows if "---" not in row}) == 1
    for _, status in WORDS:
        assert f"| {status.word or '(empty)'} | {status.mark} | {status.colour} | {status.help} |" in text


def test_the_page_of_the_docs_is_up_to_date():
    assert make_tables.PAGE.read_text(encoding="utf-8") == make_tables.page(), "run python -m tools.make_tables"


def test_a_result_keeps_its_table_and_reason_through_pandas():
    rows = tables.conform([{"merge": "m", "relation": "base"}, {"merge": "n", "relation": "parent"}], "differences")
    assert tables.name_of(rows[rows["merge"].eq("m")].assign(note="x").sort_values("merge")) == "differences"
    assert tables.name_of(pd.DataFrame(rows)) == ""
    nothing = tables.only(rows, relation="specialist")
    assert nothing.empty and "no merge was evaluated" in tables.reason(nothing)
    assert "no merge has a base here" in tables.reason(tables.only(rows[rows["merge"].eq("n")], relation="base"))
    assert tables.only(rows, relation=["base", "parent"])["merge"].tolist() == ["m", "n"]


def test_what_has_no_value_at_all_gives_its_notes_as_reason_once():
    notes = ["one", "one", "two", "three", "four"]
    table = tables.conform([{"retention": None, "note": note} for note in notes], "retention")
    assert tables.reason(tables.having(table, "retention")).startswith("one; two; three (and 1 more reason)")
    assert len(tables.having(table.assign(retention=[1.0, *[np.nan] * 4]), "retention")) == 5


def test_a_table_that_needs_lineage_says_where_it_comes_from():
    assert tables.reason(tables.empty("bands")).endswith(
        "Roles and parents come from the study or from mergekit's own files."
    )
    assert tables.reason(tables.empty("winners")) == tables.spec("winners").missing


def test_the_first_merges_are_whole():
    table = pd.DataFrame({"merge": ["a", "b", "a", "c"], "n": range(4)})
    assert tables.first(table, 2)["n"].tolist() == [0, 1, 2]
