import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.errors import DataError, ParameterError
from mergekit_eval.show import tables
from mergekit_eval.show.tables import PaperTable
from tests.show.paper import ALL, TEST, THREE, beats, cells
from tools import synthetic as s


def ranks(table: PaperTable, column: int = 0) -> dict[str, str]:
    return {line.name: line.cells[column].rank for line in table.grid().lines if line.cells[column].rank}


def test_best_and_second_need_every_difference_decided() -> None:
    assert ranks(PaperTable(cells=cells(THREE), decided=ALL)) == {"a": "best", "b": "second"}
    assert ranks(PaperTable(cells=cells(THREE), decided=beats(("a", "b"), ("a", "c")))) == {"a": "best"}
    assert ranks(PaperTable(cells=cells(THREE), decided=beats(("a", "b"), ("b", "c")))) == {}
    assert ranks(PaperTable(cells=cells(THREE), decided=beats())) == {}
    assert ranks(PaperTable(cells=cells(THREE))) == {}


def test_a_loss_counts_for_the_other_side() -> None:
    lost = beats(("b", "a"), ("c", "a")).assign(decided="worse")
    assert ranks(PaperTable(cells=cells(THREE), decided=lost)) == {"a": "best"}
    undecided = ALL.assign(decided="undecided")
    assert ranks(PaperTable(cells=cells(THREE), decided=undecided)) == {}


def test_direction_is_respected_and_an_unknown_one_is_never_ranked() -> None:
    low = beats(("c", "a"), ("c", "b"))
    table = PaperTable(cells=cells(THREE, higher=False), decided=low)
    assert ranks(table) == {"c": "best"}
    assert "t0 ↓" in table.markdown()
    unknown = PaperTable(cells=cells(THREE, higher=None), decided=ALL)
    assert ranks(unknown) == {}
    assert "direction of better unknown" in unknown.markdown()


def test_missing_is_a_dash_and_never_ranked() -> None:
    table = PaperTable(cells=cells({"a": [0.9], "b": [np.nan], "c": [0.0]}), decided=beats(("a", "c")))
    assert ranks(table) == {"a": "best"}
    assert "| b | — |" in table.markdown()
    assert "| c | 0.0 |" in table.markdown()
    assert "no score" in table.markdown()
    assert "{---}" in table.latex()
    absent = PaperTable(cells=cells({"a": [0.9, 0.8], "b": [0.7, 0.6]}).iloc[:3])
    assert absent.grid().lines[1].cells[1].number is None


def test_ranking_within_a_group() -> None:
    grouped = cells(THREE, role=["base", "merge", "merge"])
    table = PaperTable(cells=grouped, row_group="role", ranked_within="group", decided=beats(("b", "c")))
    assert ranks(table) == {"b": "best"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.0"), (-0.0001, "0.0"), (-0.05, "-5.0"), (1.0, "100.0"), (np.inf, "∞"), (-np.inf, "-∞")],
)
def test_numbers(value: float, shown: str) -> None:
    assert PaperTable(cells=cells({"a": [value]})).grid().lines[0].cells[0].number == shown


def test_decimals_and_scales() -> None:
    natural = cells({"a": [12.3456, 7.0]}).assign(scale="natural")
    assert [c.number for c in PaperTable(cells=natural, decimals={"t0": 3}).grid().lines[0].cells] == ["12.346", "7.00"]
    for values, printed in (([0.0512, 0.1], ["0.0512", "0.1000"]), ([812.0, 640.0], ["812", "640"]), ([0.0], ["0.0"])):
        table = PaperTable(cells=cells(dict(zip("ab", ([v] for v in values), strict=False))).assign(scale="natural"))
        assert [line.cells[0].number for line in table.grid().lines] == printed
    assert PaperTable(cells=natural.assign(scale="percent"), decimals=0).grid().lines[0].cells[0].number == "12"


def test_intervals_are_printed_and_explained() -> None:
    bounded = cells({"a": [0.5]}, low=0.4, high=0.62, n=500)
    ranged = PaperTable(cells=bounded, interval="range", level=0.9)
    assert "50.0 \\[40.0, 62.0]" in ranged.markdown()
    assert "90% interval" in ranged.markdown()
    assert "n = 500 items" in ranged.markdown()
    assert "50.0 ± 11.0" in PaperTable(cells=bounded, interval="pm").markdown()
    assert "50.0 \\pm 11.0" in PaperTable(cells=bounded, interval="pm").latex()
    unknown = bounded.assign(low=np.nan)
    assert "| a | 50.0 |" in PaperTable(cells=unknown, interval="range").markdown()


def test_marks_need_their_test_and_get_its_footnote() -> None:
    marked = cells(THREE, mark=["better", "worse", ""])
    with pytest.raises(DataError, match="significance"):
        PaperTable(cells=marked)
    table = PaperTable(cells=marked, significance=TEST)
    assert "90.0+" in table.markdown()
    assert "80.0−" in table.markdown()
    for text in (table.markdown(), table.html(), table.latex()):
        assert "mid-p McNemar, Holm over all merges, references and tasks" in text
    assert r"90.0{\textsuperscript{+}}" in table.latex()


def test_wrong_input_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="two values for one cell"):
        PaperTable(cells=pd.concat([cells(THREE)] * 2))
    with pytest.raises(DataError, match="higher_is_better"):
        PaperTable(cells=cells(THREE).drop(columns="higher_is_better"))
    with pytest.raises(DataError, match="low"):
        PaperTable(cells=cells(THREE), interval="pm")
    with pytest.raises(DataError, match="several role"):
        PaperTable(cells=cells({"a": [1, 2]}, role=["x", "y"]), row_group="role")
    with pytest.raises(ParameterError, match="range"):
        PaperTable(cells=cells(THREE), interval="both")  # type: ignore[arg-type]


def test_groups_stay_together_in_order_of_appearance() -> None:
    table = PaperTable(cells=s.score_table(7, 6), row_group="role", column_group="capability")
    grid = table.grid()
    assert [line.group for line in grid.lines] == sorted(
        [x.group for x in grid.lines], key=["base", "parent", "merge"].index
    )
    groups = [head.group for head in grid.heads]
    assert groups == sorted(groups, key=list(dict.fromkeys(groups)).index)
    assert r"\multicolumn{2}{c}{reasoning}" in table.latex()


def test_csv_holds_every_cell_in_full() -> None:
    values = s.score_table(4, 3, missing=0.1)
    rows = list(csv.DictReader(io.StringIO(PaperTable(cells=values).csv())))
    assert len(rows) == 12
    first = values.iloc[0]
    assert float(rows[0]["value"]) == first["value"]
    assert rows[0]["row"] == first["model"]


def test_saving_writes_four_files(tmp_path: Path) -> None:
    files = PaperTable(cells=cells(THREE)).save(tmp_path / "scores")
    assert sorted(path.name for path in files) == ["scores.csv", "scores.html", "scores.md", "scores.tex"]
    table = PaperTable(cells=cells(THREE))
    assert table._repr_html_().endswith(table.html())


def test_a_page_shows_the_first_rows_of_a_long_table_and_the_files_have_all(monkeypatch: pytest.MonkeyPatch) -> None:
    table = PaperTable(cells=cells(THREE))
    whole = table.html()
    monkeypatch.setattr(tables, "MOST_LINES", 2)
    for page, row in ((table._repr_html_(), ">c<"), (repr(table), "| c |")):
        assert "3 rows, the first 2 shown." in page
        assert row not in page
    assert table.html() == whole
    assert ">c<" in whole
