import matplotlib.pyplot as plt
import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show import layout
from mergekit_eval.show.encodings import OUTCOMES, model_codes
from tests.show.text_overlap import lines, texts


def inside(ax) -> float:
    """Return the height of axes in inches, laid out."""
    return ax.get_window_extent().height / layout.lay_out(ax).dpi


@pytest.mark.parametrize("label", ["", "one line", "two\nlines"])
def test_a_figure_is_as_high_as_its_axes_and_what_stands_around_them(label: str) -> None:
    ax = layout.axes_of(None)
    ax.set_xlabel(label)
    layout.legend(ax, [layout.swatch("better", OUTCOMES["better"])])
    layout.fit(ax, 2.0)
    inside(ax)
    assert inside(ax) == pytest.approx(2.0, abs=0.02)
    assert 2.2 < ax.figure.get_figheight() < 3.2


def test_panels_below_each_other_get_the_same_height() -> None:
    figure = layout.new_figure()
    top, bottom = figure.subplots(2)
    layout.fit(top, 1.5, bottom)
    inside(top)
    assert (inside(top), inside(bottom)) == pytest.approx((1.5, 1.5), abs=0.05)


def test_given_axes_keep_their_size() -> None:
    figure, ax = plt.subplots(figsize=(4, 3))
    assert layout.axes_of(ax) is ax
    layout.fit(ax, 9)
    assert figure.get_figheight() == 3
    assert layout.height_of(ax, 9) < 3
    assert layout.height_of(layout.axes_of(None), 9) == 9


def test_rows_lie_closer_where_there_are_many() -> None:
    assert layout.rows_height(50) > layout.rows_height(51) > layout.rows_height(1)


def test_labels_are_short_and_a_given_name_wins() -> None:
    assert layout.labels(["org/a", "b"], 20, {"b": "B"}) == ["org/a", "B"]
    assert max(map(len, layout.labels(["x" * 90, "y" * 90], 12))) == 12


def test_a_legend_has_as_many_columns_as_fit() -> None:
    ax = layout.axes_of(None)
    handles = [layout.swatch("a name of some length " * (at + 1), OUTCOMES["better"]) for at in range(3)]
    layout.legend(ax, handles)
    layout.legend(ax, [layout.swatch(name, OUTCOMES["better"]) for name in "abcde"], columns=5)
    assert [legend._ncols for legend in ax.figure.legends] == [1, 5]
    layout.legend(ax, [])
    assert len(ax.figure.legends) == 2


def test_every_series_is_named_with_its_marker() -> None:
    ax = layout.axes_of(None)
    layout.series_legend(ax, model_codes(["a", "b"]), {"a": "first"})
    legend = ax.figure.legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["first", "b"]
    assert [line.get_marker() for line in legend.get_lines()] == ["o", "s"]


@pytest.mark.parametrize(("value", "times", "printed"), [
    (51.26, 100, "+51.3"), (-0.004, 100, "−0.0"), (0.00421, 1, "+0.00421"), (-123.4, 1, "−123.4"), (2.0, 1, "+2"),
])  # fmt: skip
def test_gains_have_a_sign_and_digits_that_tell(value: float, times: float, printed: str) -> None:
    assert layout.gained(value, times) == printed


def test_an_axis_says_where_better_is() -> None:
    assert layout.direction("s", True) == "s  (→ better)"
    assert layout.direction("s", False, "↑↓") == "s  (↓ better)"
    assert layout.direction("s", pd.NA) == "s (direction unknown)"


def test_long_labels_break_into_lines_but_not_within_a_phrase() -> None:
    text = layout.wrapped("a label that is so long that it cannot stand on one line of a figure  (→ better)", "a word")
    assert text.count("\n") >= 1
    assert "(→ better)" in text
    assert not any(line.endswith("(→") for line in text.split("\n"))
    assert layout.wrapped("", "x", "") == "x"


def test_a_table_that_would_hide_a_row_is_refused() -> None:
    table = pd.DataFrame({"model": ["a", "a"], "value": [1, 2]})
    with pytest.raises(DataError, match=r"who: 2 rows share a place, first {'model': 'a'}"):
        layout.need(table, ["value"], "who", ["model"])
    with pytest.raises(DataError, match="who: the table has no rows"):
        layout.need(table.iloc[:0], ["value"], "who")
    with pytest.raises(DataError, match=r"who: needs columns \['n'\]"):
        layout.need(table, ["n"], "who")
    with pytest.raises(DataError, match=r"who: one value per axes, got \[1, 2\]"):
        layout.one(table, "value", "who")
    assert layout.one(table, "model", "who") == "a"
    assert layout.one(table, "scale", "who") is None


def test_a_row_without_a_value_says_so_at_its_place() -> None:
    ax = layout.axes_of(None)
    layout.row_axis(ax, ["a", "b"])
    layout.no_value(ax, 1, "no score")
    assert ax.texts[0].get_position()[1] == 1
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # first row on top
    assert {"a", "b", "no score"} <= set(texts(ax)) and lines(ax)
