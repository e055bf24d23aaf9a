from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show import plots
from mergekit_eval.show.encodings import OUTCOMES
from mergekit_eval.show.figure_data import data_of, figure_of
from mergekit_eval.show.rows import RowPlot, plot_rows
from tests.show import text_overlap

SIMPLE = RowPlot(name="simple", value="v", low="low", high="high", key="who", times=100, status="decided",
                 codes=OUTCOMES, other_name="refused", missing="none here", reason="note")  # fmt: skip


def texts(thing: object) -> list[str]:
    return [box.text for box in text_overlap.boxes(figure_of(thing))]


def table_of(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["who", "v", "low", "high", "decided", "note"])


ROWS = table_of(
    ("a", 0.1, 0.05, 0.2, "better", ""),
    ("b", -0.1, np.nan, np.nan, "worse", ""),
    ("c", np.nan, np.nan, np.nan, "better", "no parent"),
    ("d", np.nan, np.nan, np.nan, "undecided", ""),
    ("e", 0.3, 0.1, np.nan, "odd", ""),
)


def test_marks_intervals_and_words_stand_in_their_rows() -> None:
    ax = plot_rows(SIMPLE, ROWS, ax=None, names=None, label="x")
    marks = {(line.get_marker(), x, y) for line in ax.lines for x, y in zip(*line.get_data(), strict=True)}
    assert marks == {("^", 10.0, 0), ("v", -10.0, 1), ("x", 30.0, 4)}
    ends = [segment.tolist() for lines in ax.collections for segment in lines.get_segments()]
    assert ends == [[[5.0, 0.0], [20.0, 0.0]]]  # an interval needs both its ends
    assert {"no parent", "none here"} <= set(texts(ax))


def test_the_legend_names_what_is_marked_and_nothing_else() -> None:
    shown = texts(plot_rows(SIMPLE, ROWS, ax=None, names=None, label="x"))
    assert {"better", "worse", "refused"} <= set(shown)
    assert "undecided" not in shown


def test_a_panel_has_no_legend_and_is_not_remembered() -> None:
    ax = plot_rows(SIMPLE, ROWS, ax=None, names=None, label="x", panel=True)
    assert "better" not in texts(ax)
    assert data_of(ax) == {}


def test_bars_begin_at_zero_and_texts_may_have_the_colour_of_their_row() -> None:
    ax = plot_rows(replace(SIMPLE, bar=True, coloured=True), ROWS, ax=None, names=None, label="x", text=lambda _: "t")
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(0, 10.0), (0, -10.0), (0, 30.0)]
    colours = [text.get_color() for text in ax.texts if text.get_text() == "t"]
    better, worse, refused = (OUTCOMES[name].colour for name in ("better", "worse", ""))
    assert colours == [better, worse, better, OUTCOMES["undecided"].colour, refused]


def test_a_row_named_twice_is_refused() -> None:
    with pytest.raises(DataError, match="simple: 2 rows share a place"):
        plot_rows(SIMPLE, pd.concat([ROWS.iloc[:1]] * 2), ax=None, names=None, label="x")


def test_every_kind_of_row_plot_shades_what_it_says() -> None:
    gains = pd.DataFrame({"merge": ["a", "b"], "gain": [0.02, 0.2], "decided": ["undecided", "better"],
                          "mde": [0.05, np.inf], "scale": "unit"})  # fmt: skip
    ax = plots.mde_dots(gains)
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [pytest.approx((-5, 10))]
    noise = pd.DataFrame({"merge": ["a"], "count": [9], "expected": [5.0], "noise_low": [2.0], "noise_high": [8.0],
                          "decided": ["more than noise"]})  # fmt: skip
    ax = plots.item_noise(noise)
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(2.0, 6.0)]
    assert "9" in texts(ax)


def test_what_a_winner_promises_is_hollow_and_above_what_it_keeps() -> None:
    table = pd.DataFrame({"group": ["g"], "winner": ["w"], "naive": [0.7], "cross_fitted": [0.6], "low": [0.5],
                          "high": [0.65]})  # fmt: skip
    ax = plots.winners(table)
    faces = {float(line.get_xdata()[0]): line.get_markerfacecolor() for line in ax.lines}
    assert faces[70.0] == "white"
    assert faces[60.0] != "white"
    assert "w" in texts(ax)
