import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show import plots, save, style
from tools import synthetic as s


def test_five_files_with_data_and_provenance(tmp_path: Path) -> None:
    table = s.score_table(4)
    files = save.save_figure(
        plots.scores(table), tmp_path / "deep" / "scores", provenance={"seed": 7}, caption="n = 500"
    )
    assert [path.name for path in files] == ["scores.pdf", "scores.svg", "scores.png", "scores.csv", "scores.json"]
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {path.name for path in files}
    pd.testing.assert_frame_equal(pd.read_csv(files[3], keep_default_na=False), table, check_dtype=False)
    about = json.loads(files[4].read_text())
    assert about["provenance"] == {"seed": 7}
    assert about["caption"] == "n = 500"
    assert about["drawn"]["data"]["rows"] == 4
    assert {
        name: hashlib.sha256((tmp_path / "deep" / name).read_bytes()).hexdigest() for name in about["files"]
    } == about["files"]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        save.save_figure(plots.delta_heatmap(s.difference_table(5)), tmp_path / folder / "x", provenance={})
    for name in ("x.pdf", "x.svg", "x.png", "x.csv", "x.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_fonts_are_truetype_and_svg_text_is_text() -> None:
    figure = plots.forest(s.difference_table(3, 1)).figure
    pdf = save.render(figure, "pdf")
    assert b"/Type3" not in pdf
    assert b"/CIDFontType2" in pdf or b"/TrueType" in pdf
    svg = save.render(figure, "svg").decode()
    assert re.search(r"<text[^>]*>[^<]*better", svg)
    assert "<dc:date>" not in svg


def test_the_width_is_the_venues() -> None:
    svg = save.render(plots.scores(s.score_table(3)).figure, "svg").decode()
    assert float(re.search(r'width="([0-9.]+)pt"', svg)[1]) == pytest.approx(5.5 * 72)


def test_several_tables_get_a_file_each(tmp_path: Path) -> None:
    figure, axes = plt.subplots(1, 2, figsize=(8, 4))
    plots.forest(s.difference_table(3, 1), ax=axes[0])
    plots.forest(s.difference_table(2, 1), ax=axes[1])
    names = {path.name for path in save.save_figure(figure, tmp_path / "two", provenance={}, formats=("png",))}
    assert names == {"two.png", "two.forest.csv", "two.forest-2.csv", "two.json"}


def test_nothing_is_left_of_a_write_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ax = plots.scores(s.score_table(3))
    save.save_figure(ax, tmp_path / "x", provenance={})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        save.save_figure(plots.scores(s.score_table(4)), tmp_path / "x", provenance={})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_cannot_be_saved_is_said(tmp_path: Path) -> None:
    figure = plt.figure()
    with pytest.raises(DataError, match="pass `data`"):
        save.save_figure(figure, tmp_path / "x", provenance={})
    with pytest.raises(DataError, match="gif"):
        save.save_figure(plots.scores(s.score_table(3)), tmp_path / "x", provenance={}, formats=("gif",))
    with pytest.raises(DataError, match="str"):
        save.save_figure("scores.png", tmp_path / "x", provenance={})  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_hostile_text_survives_in_the_csv(tmp_path: Path) -> None:
    name = 'a "quoted", name\nwith lines'
    save.save_figure(
        plots.scores(s.score_table(1).assign(model=name)), tmp_path / "x", provenance={"path": Path("p")}, formats=()
    )
    assert pd.read_csv(tmp_path / "x.csv")["model"].tolist() == [name]


@pytest.mark.system
def test_pgf_is_set_by_the_papers_latex(tmp_path: Path, needs_tex: Callable, compile_tex: Callable) -> None:
    needs_tex("pdflatex", "pgf.sty")
    table = s.difference_table(4, 1).assign(merge=["a_b", "100%", "$x$", "c&d#{}~^\\"])
    with matplotlib.rc_context(style.rc("neurips", tex="pgf")):
        for name, thing in (("one", plots.delta_heatmap(table)), ("two", plots.significance_matrix(table))):
            save.save_figure(thing, tmp_path / name, provenance={}, formats=("pgf",))
        preamble = matplotlib.rcParams["pgf.preamble"]
    compile_tex(r"\usepackage{pgf}\def\mathdefault#1{#1}" + preamble, r"\input{one.pgf}", r"\input{two.pgf}")


@pytest.mark.system
def test_usetex_sets_hostile_names(needs_tex: Callable) -> None:
    needs_tex("dvipng", "type1ec.sty", "type1cm.sty")
    table = s.difference_table(4, 1).assign(merge=["a_b", "100%", "$x$", "中&d#{}~^\\"])
    with matplotlib.rc_context(style.rc("neurips", tex="usetex")):
        assert save.render(plots.forest(table).figure, "pdf").startswith(b"%PDF")
        assert save.render(plots.significance_matrix(table).figure, "pdf").startswith(b"%PDF")
