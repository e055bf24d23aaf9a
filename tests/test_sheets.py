"""CSV that no spreadsheet runs and that comes back as it was."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mergekit_eval
from mergekit_eval.collect.folders import collect
from mergekit_eval.sheets import as_written, csv_bytes, harmless, read_csv

DANGEROUS = [
    *(
        "=1+1",
        "+cmd|'/c calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        '=HYPERLINK("http://x")',
        "-",
        "+",
        "-inf",
    ),
    *("＝1+1", "+10.5 points"),
]
PLAIN = ["org/model", "a-b", "a=b", "'quoted'", "-0.5", "+3", "-1e-5", ".5", "", "1-2", " =1", "null", "NA", "nan"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_would_run_is_text(text):
    assert harmless(text) == "'" + text
    assert harmless("'" + text) == "''" + text
    assert as_written(harmless(text)) == text
    assert as_written(harmless("'" + text)) == "'" + text


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_and_plain_text_stay(text):
    assert harmless(text) == as_written(text) == text


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="'=+-@\t\r\n0123456789.eEa, \"＝", max_size=8))
def test_every_text_comes_back(text):
    assert as_written(harmless(text)) == text


def test_a_table_comes_back_with_its_numbers_and_its_missing_values(tmp_path):
    table = pd.DataFrame(
        {
            "model": [*DANGEROUS, *[text for text in PLAIN if text]],
            "-gain": -0.5,
            "n": pd.array([3] * (len(DANGEROUS) + len(PLAIN) - 1), dtype="Int64"),
        }
    )
    table.loc[0, "-gain"], table.loc[1, "n"] = np.nan, pd.NA
    content = csv_bytes(table)
    for row in csv.reader(io.StringIO(content.decode(), newline="")):
        for cell in row:
            number = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", cell)
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), cell
    (tmp_path / "t.csv").write_bytes(content)
    back = read_csv(tmp_path / "t.csv")
    assert list(back) == ["model", "-gain", "n"]
    assert back["model"].tolist() == table["model"].tolist()
    assert back["-gain"].tolist()[1:] == [-0.5] * (len(table) - 1) and np.isnan(back["-gain"][0])
    assert back["n"].isna().tolist() == table["n"].isna().tolist()


def test_columns_named_twice_and_tuples_are_written():
    table = pd.DataFrame([["=x", ("=y", 1)], ["b", None]], columns=["a", "a"])
    assert csv_bytes(table).decode() == "a,a\n'=x,\"('=y', 1)\"\nb,\n"
    assert csv_bytes(pd.DataFrame()) == pd.DataFrame().to_csv(index=False).encode()


def test_every_csv_of_the_kit_is_written_here():
    package = Path(mergekit_eval.__file__).parent
    writers = [path.name for path in package.rglob("*.py") if ".to_csv(" in path.read_text(encoding="utf-8")]
    assert writers == ["sheets.py"]


def test_a_table_of_results_with_such_names_is_read_as_it_was(tmp_path):
    table = pd.DataFrame({"model": ["=cmd", "b"], "task": "arc_challenge", "metric": "acc", "value": [0.5, 0.25]})
    (tmp_path / "scores.csv").write_bytes(csv_bytes(table))
    assert "'=cmd" in (tmp_path / "scores.csv").read_text()
    found = collect(tmp_path).scores
    assert set(found["model_name"]) == {"=cmd", "b"}


def test_texts_that_repeat_and_objects_that_cannot_be_told_apart_are_written_as_cells():
    text = pd.Series(["=1+1", "'=1+1", "=1+1", None, "a\rb"], dtype="str")
    frame = pd.DataFrame({"text": text, "object": [["=x"], {"a": 1}, None, "=y", 2]})
    expected = b'"text","object"\n"\'=1+1","[\'=x\']"\n"\'\'=1+1","{\'a\': 1}"\n"\'=1+1",""\n"","\'=y"\n"a\rb",2\n'
    assert csv_bytes(frame) == expected


def test_numbers_have_as_many_digits_as_give_them_back():
    numbers = [0.1, 1 / 3, 1e-5, 0.0001, 1e15, 1e16, 123456789.125, 5e-324, -0.0, float("inf")]
    lines = csv_bytes(pd.DataFrame({"x": numbers, "y": np.float32(0.1)})).decode().splitlines()
    assert lines == ["x,y", *(f"{number!r},0.1" for number in numbers)]
