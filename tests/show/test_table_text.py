import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergekit_eval.show.table_text import DIGIT, LETTER, LINE, LOOSE, TIGHT, fitted
from mergekit_eval.show.tables import PaperTable
from tests.show.paper import ALL, EVIL, TEST, THREE, big_table, cells
from tools import synthetic as s

BOUNDED = cells({"a": [-0.5, 0.2], "b": [np.nan, 0.4]}, low=-0.6, high=0.4, role=["x", "x", "y", "y"], skill="s")
MARKED = cells(THREE, mark=["better", "", "worse"])


def test_markdown_has_a_line_per_row_and_per_group() -> None:
    text = PaperTable(cells=BOUNDED, row_group="role", interval="range", caption="Scores").markdown()
    assert text.splitlines()[:8] == [
        "Scores",
        "",
        "| model | t0 ↑ | t1 ↑ |",
        "| :-- | --: | --: |",
        "| **x** | | |",
        r"| a | −50.0 \[−60.0, 40.0] | 20.0 \[−60.0, 40.0] |",
        "| **y** | | |",
        r"| b | — | 40.0 \[−60.0, 40.0] |",
    ]


def test_markdown_marks_ranks_and_decided_differences() -> None:
    lines = PaperTable(cells=MARKED, decided=ALL, significance=TEST).markdown().splitlines()
    assert lines[2:5] == ["| a | **90.0**+ |", "| b | *80.0* |", "| c | 70.0− |"]


def test_html_has_ranks_bounds_and_groups() -> None:
    page = PaperTable(cells=MARKED, decided=ALL, significance=TEST).html()
    assert '<td class="number"><b>90.0</b><sup>+</sup></td>' in page
    assert '<td class="number"><i>80.0</i></td>' in page
    assert '<td class="number"><span>70.0</span><sup>−</sup></td>' in page
    grouped = PaperTable(cells=BOUNDED, row_group="role", column_group="skill", interval="range").html()
    assert '<tr><th></th><th colspan="2" class="group">s</th></tr>' in grouped
    assert '<tr class="group"><th colspan="3">y</th></tr>' in grouped
    assert '<td class="number missing">—</td>' in grouped
    assert '<td class="number"><span>−50.0</span><small> [−60.0, 40.0]</small></td>' in grouped
    assert '<p class="notes">[low, high]: 95% interval. —: no score; never ranked.</p>' in grouped


class Reader(HTMLParser):
    """Collects tags and cell texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)
        assert all(key in ("class", "colspan", "title") for key, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.slow
@given(name=st.text(max_size=40), note=st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_hostile_text_stays_text(name: str, note: str) -> None:
    table = PaperTable(cells=cells({name: [0.5], "other": [0.4]}), caption=name, notes=(note,))
    reader = Reader()
    reader.feed(table.html())
    allowed = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p", "span", "b", "i", "sup", "small"}
    assert set(reader.tags) <= allowed
    body = [line for line in table.markdown().splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in body} == {3}
    assert table.latex().count(r"\begin{table}") == 1


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.endswith(r" \\")]


def declared(values: list[float], interval: str = "none", **bounds: float) -> str:
    """Return the first line of a table with one column of these values."""
    frame = cells({f"m{at}": [value] for at, value in enumerate(values)}, **bounds).assign(scale="natural")
    text = PaperTable(cells=frame, decimals=1, interval=interval).latex()  # type: ignore[arg-type]
    return next(line for line in text.splitlines() if line.startswith(r"\begin{tabular}"))


def test_a_column_is_as_wide_as_its_widest_number_with_its_sign() -> None:
    assert declared([123.4, -5.0]) == r"\begin{tabular}{@{}lS[table-format=-3.1]@{}}"
    assert declared([0.5, np.nan]) == r"\begin{tabular}{@{}lS[table-format=1.1]@{}}"


def test_the_digits_of_an_uncertainty_are_counted_without_point_and_leading_zeros() -> None:
    assert declared([50.0], "pm", low=39.0, high=61.0).endswith("S[table-format=2.1(3)]@{}}")
    assert declared([50.0], "pm", low=49.6, high=50.4).endswith("S[table-format=2.1(1)]@{}}")


def test_every_text_is_escaped_and_a_label_keeps_what_is_a_key() -> None:
    table = PaperTable(cells=cells({EVIL: [0.5]}), caption=EVIL, notes=(EVIL,), label="tab:a_b}c")
    text, evil = table.latex(), r"evil\_\&\%\$\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}"
    assert text.count(evil) == 3
    assert rf"\caption{{{evil}" in text
    assert rows(text)[1].startswith(evil)
    assert r"\label{tab:a-b-c}" in text


def test_an_infinite_and_a_missing_value_are_no_numbers() -> None:
    text = PaperTable(cells=cells({"a": [-np.inf], "b": [np.nan], "c": [0.25]})).latex()
    assert rows(text)[1:] == [r"a & {$-$$\infty$} \\", r"b & {---} \\", r"c & 25.0 \\"]


def test_groups_have_a_heading_with_a_rule_and_a_line_of_their_own() -> None:
    frame = cells({"a": [0.1, 0.2], "b": [0.4, 0.5]}, role=["base", "base", "merge", "merge"], skill=["x", "", "x", ""])
    lines = PaperTable(cells=frame, row_group="role", column_group="skill").latex().splitlines()
    assert r" & \multicolumn{1}{c}{x} & \multicolumn{1}{c}{} \\" in lines
    assert r"\cmidrule(lr){2-2}" in lines
    assert [line for line in lines if "textit" in line or "addlinespace" in line] == [
        r"\multicolumn{3}{@{}l}{\textit{base}} \\",
        r"\addlinespace",
        r"\multicolumn{3}{@{}l}{\textit{merge}} \\",
    ]


@pytest.mark.system
def test_a_wide_table_fits_its_page(needs_tex: Callable, compile_tex: Callable) -> None:
    needs_tex("pdflatex", "siunitx.sty", "booktabs.sty")
    preamble = r"\usepackage{booktabs,siunitx,graphicx}\textwidth=397pt\hsize=397pt"
    for count, interval in ((2, "none"), (17, "none"), (17, "range"), (30, "pm")):
        table = PaperTable(cells=s.score_table(8, count), row_group="role", column_group="capability",
                           interval=interval).latex()  # type: ignore[arg-type]  # fmt: skip
        assert "Overfull \\hbox" not in compile_tex(preamble, table), (count, interval)


@pytest.mark.system
def test_latex_compiles(tmp_path: Path, needs_tex: Callable, compile_tex: Callable) -> None:
    needs_tex("pdflatex", "siunitx.sty", "booktabs.sty")
    # Every Latin-1 character the escaping lets through, in the default font encoding.
    latin = "".join(map(chr, range(0xA1, 0x100)))
    tables = [big_table(interval).latex(wide=interval == "range") for interval in ("none", "range", "pm")]
    tables.append(PaperTable(cells=cells({latin: [np.inf, -0.5], "z": [0.0, 0.1]}), caption=latin).latex())
    log = compile_tex(r"\usepackage{booktabs,siunitx,graphicx}", *tables)
    assert (tmp_path / "t.pdf").stat().st_size > 10_000
    assert "Overfull \\vbox" not in log


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
