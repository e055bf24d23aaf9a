import csv
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergekit_eval.errors import DataError, ParameterError
from mergekit_eval.show.tables import PaperTable, Significance
from tools import synthetic as s

TEST = Significance("mid-p McNemar", "Holm", "all merges, references and tasks", 24)
EVIL = "evil_&%$#{}~^\\<>|\"'`*[x](y)–中é\n🦙"


def cells(values: dict[str, list[float]], higher: bool | None = True, **more: object) -> pd.DataFrame:
    rows = [
        {"model": model, "task": f"t{i}", "value": value}
        for model, row in values.items()
        for i, value in enumerate(row)
    ]
    return pd.DataFrame(rows).assign(higher_is_better=higher, scale="unit", **more)


def beats(*pairs: tuple[str, str], task: str = "t0") -> pd.DataFrame:
    return pd.DataFrame([{"task": task, "merge": a, "reference": b, "decided": "better"} for a, b in pairs],
                        columns=["task", "merge", "reference", "decided"])  # fmt: skip


def ranks(table: PaperTable, column: int = 0) -> dict[str, str]:
    return {line.name: line.cells[column].rank for line in table.grid().lines if line.cells[column].rank}


THREE = {"a": [0.9], "b": [0.8], "c": [0.7]}
ALL = beats(("a", "b"), ("a", "c"), ("b", "c"))


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


def big_table(interval: str) -> PaperTable:
    table = s.score_table(8, 4, missing=0.1)
    table["model"] = table["model"].replace({"lab/Tiny-Llama-Code": EVIL})
    table["task"] = table["task"].replace({"mmlu": "m_&%$#{}~^\\l\u0100"})
    table["mark"] = np.where(table["model"].str.contains("ties"), "better", "")
    pairs = table.dropna(subset="value").groupby("task").apply(_order, include_groups=False).reset_index(level=0)
    return PaperTable(cells=table, row_group="role", column_group="capability", decided=pairs, significance=TEST,
                      interval=interval, caption=EVIL, notes=(EVIL,), names={"merge": "Merges & more"})  # type: ignore[arg-type]  # fmt: skip


def _order(rows: pd.DataFrame) -> pd.DataFrame:
    order = rows.sort_values("value", ascending=False)["model"].tolist()
    return pd.DataFrame(
        [{"merge": a, "reference": b, "decided": "better"} for i, a in enumerate(order[:2]) for b in order[i + 1 :]]
    )


def test_a_wide_table_gets_upright_names_and_then_panels_with_every_column_once() -> None:
    few, many = (s.score_table(6, count) for count in (2, 40))
    assert "rotatebox" not in PaperTable(cells=few).latex()
    text = PaperTable(cells=many, row_group="role").latex()
    assert "graphicx" in text.splitlines()[0]
    assert text.count(r"\begin{tabular}") > 1
    for task in many["task"].unique():
        assert text.count(rf"\rotatebox{{90}}{{{task.replace('_', chr(92) + '_')}\,") == 1
    assert PaperTable(cells=many).latex(width=10_000).count(r"\begin{tabular}") == 1


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
