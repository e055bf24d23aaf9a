from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mergekit_eval.show.tables import PaperTable
from tests.show.paper import EVIL, big_table, cells
from tools import synthetic as s


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
