import json

import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from mergekit_eval import tables
from mergekit_eval.plotting import describe, draw_and_save, drawn, rendered, saved_before

DATA = pd.DataFrame({"n": [100, 1500], "low": [0.1, 0.2]})
ORIGIN = {"versions": {"numpy": "2"}, "commit": "abc", "drawing": {"by": "bars"}}


def bars(data, **how):
    _, axes = pyplot.subplots()
    axes.bar(range(len(data)), data["n"], **how)
    return axes


def test_a_caption_says_how_many_items_and_which_interval_the_plot_draws():
    assert describe("gain_base", DATA, 0.9, "forest") == (
        "gain base: 2 values; n = 100 to 1,500 items; 90 % intervals."
    )
    assert describe("forest", DATA, 0.999) == "forest: 2 values; n = 100 to 1,500 items; 99.9 % intervals."
    assert describe("x", DATA, 0.9, "delta_heatmap") == "x: 2 values; n = 100 to 1,500 items."
    assert describe("forest", DATA.drop(columns="low"), 0.9) == "forest: 2 values; n = 100 to 1,500 items."
    assert describe("x", DATA[["low"]].assign(n_items=7)) == "x: 2 values; n = 7 items."


def test_n_has_the_unit_that_the_rows_or_the_table_name():
    assert describe("x", DATA.assign(n_of="tasks")) == "x: 2 values; n = 100 to 1,500 tasks."
    one = tables.conform([{"merge": "m", "n": 1}], "forgetting")
    assert tables.spec("forgetting").column("n").unit == "items"
    assert describe("x", one).endswith("n = 1 item.")


def test_a_figure_is_drawn_once_with_the_options_and_closed():
    with drawn(bars, DATA, {"color": "red"}, "notebook") as figure:
        assert isinstance(figure, Figure)
        assert [bar.get_height() for bar in figure.axes[0].patches] == [100, 1500]
        assert figure.axes[0].patches[0].get_facecolor() == (1.0, 0.0, 0.0, 1.0)
    assert pyplot.get_fignums() == []


def test_a_figure_is_closed_where_saving_it_fails():
    with pytest.raises(OSError), drawn(bars, DATA, {}, "notebook"):
        raise OSError("disk full")
    assert pyplot.get_fignums() == []


@pytest.fixture
def stem(tmp_path):
    saving = {"stem": tmp_path / "f", "data": DATA, "provenance": ORIGIN, "formats": ("svg",)}
    draw_and_save(bars, DATA, {}, "notebook", saving)
    return tmp_path / "f"


def test_a_picture_that_is_saved_nowhere_is_a_png():
    assert rendered(bars, DATA, {}, "notebook").startswith(b"\x89PNG")
    assert pyplot.get_fignums() == []


def test_what_was_saved_from_the_same_data_in_the_same_way_is_taken(stem):
    assert sorted(path.name for path in saved_before(stem, DATA, ORIGIN)) == ["f.csv", "f.json", "f.svg"]


@pytest.mark.parametrize("key", ["versions", "commit", "drawing"])
def test_another_origin_is_drawn_anew(stem, key):
    assert saved_before(stem, DATA, ORIGIN | {key: "another"}) == []


def test_other_data_or_a_changed_or_absent_file_are_drawn_anew(stem):
    assert saved_before(stem, DATA.assign(n=1), ORIGIN) == []
    assert saved_before(stem.with_name("g"), DATA, ORIGIN) == []
    stem.with_name("f.svg").write_text("changed")
    assert saved_before(stem, DATA, ORIGIN) == []


def test_a_checkout_with_changes_is_no_exact_code(stem):
    dirty = ORIGIN | {"commit": "abc-dirty"}
    about = json.loads(stem.with_name("f.json").read_text())
    about["provenance"]["commit"] = "abc-dirty"
    stem.with_name("f.json").write_text(json.dumps(about))
    assert saved_before(stem, DATA, dirty) == []
