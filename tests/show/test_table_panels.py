import pytest

from mergekit_eval.show.table_panels import DIGIT, LETTER, LINE, LOOSE, TIGHT, fitted
from mergekit_eval.show.tables import PaperTable
from tests.show.paper import cells
from tools import synthetic as s

# One row named "m" and three columns named t0 to t2 with 100.0 in each: names and numbers, each with its space.
GRID = PaperTable(cells=cells({"m": [1.0, 1.0, 1.0]})).grid()
NAMES = LETTER * 1 + LOOSE
FLAT = max(LETTER * (2 + 2), DIGIT * 5) + 2 * LOOSE
UPRIGHT = max(LINE, DIGIT * 5) + 2 * TIGHT


def sizes(width: float) -> list[int]:
    return [len(panel.grid.heads) for panel in fitted(GRID, width)]


def test_a_table_that_fits_stays_as_it_is() -> None:
    (panel,) = fitted(GRID, NAMES + 3 * FLAT + 0.01)
    assert panel.grid == GRID
    assert not panel.upright
    assert not panel.narrow("a very long name of a group", 1)


def test_one_that_does_not_fit_gets_upright_names_then_as_few_panels_as_fit() -> None:
    assert sizes(NAMES + 3 * UPRIGHT + 0.01) == [3]
    assert sizes(NAMES + 2 * UPRIGHT + 0.01) == [2, 1]
    assert all(panel.upright for panel in fitted(GRID, NAMES + 3 * UPRIGHT + 0.01))


def test_one_column_per_panel_is_the_least_however_narrow_the_page() -> None:
    panels = fitted(GRID, 1.0)
    assert [[head.name for head in panel.grid.heads] for panel in panels] == [["t0"], ["t1"], ["t2"]]
    assert [len(panel.grid.lines[0].cells) for panel in panels] == [1, 1, 1]
    assert panels[0].column == pytest.approx(UPRIGHT)


def test_a_group_is_narrow_where_its_name_is_wider_than_its_columns() -> None:
    panel = fitted(GRID, NAMES + 3 * UPRIGHT + 0.01)[0]
    letters = int(2 * UPRIGHT / LETTER)
    assert not panel.narrow("x" * letters, 2)
    assert panel.narrow("x" * (letters + 1), 2)


def test_a_wide_table_gets_upright_names_and_then_panels_with_every_column_once() -> None:
    few, many = (s.score_table(6, count) for count in (2, 40))
    assert "rotatebox" not in PaperTable(cells=few).latex()
    text = PaperTable(cells=many, row_group="role").latex()
    assert "graphicx" in text.splitlines()[0]
    assert text.count(r"\begin{tabular}") > 1
    for task in many["task"].unique():
        assert text.count(rf"\rotatebox{{90}}{{{task.replace('_', chr(92) + '_')}\,") == 1
    assert PaperTable(cells=many).latex(width=10_000).count(r"\begin{tabular}") == 1
