import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from mergekit_eval.errors import DataError
from mergekit_eval.show import cap
from mergekit_eval.show.encodings import OUTCOMES
from mergekit_eval.show.figure_data import data_of
from mergekit_eval.show.rows import plot_rows
from tests.show.text_overlap import lines, texts


def table_of(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["who", "v", "low", "high", "decided", "note"])


ROWS = table_of(
    ("a", 0.1, 0.05, 0.2, "better", ""),
    ("b", -0.1, np.nan, np.nan, "worse", ""),
    ("c", np.nan, np.nan, np.nan, "better", "no parent"),
    ("d", np.nan, np.nan, np.nan, "undecided", ""),
    ("e", 0.3, 0.1, np.nan, "odd", ""),
)


def drawn(table: pd.DataFrame = ROWS, **how) -> Axes:
    simple = {"value": "v", "interval": ("low", "high"), "key": "who", "times": 100, "status": "decided", "label": "x"}
    simple |= {"unknown": "refused", "missing": "none here", "reason": "note", "ax": None, "names": None}
    return plot_rows("simple", table, **(simple | how))


def test_marks_intervals_and_words_stand_in_their_rows() -> None:
    ax = drawn()
    marks = {(line.get_marker(), x, y) for line in ax.lines for x, y in zip(*line.get_data(), strict=True)}
    assert marks == {("^", 10.0, 0), ("v", -10.0, 1), ("x", 30.0, 4)}
    ends = [segment.tolist() for lines in ax.collections for segment in lines.get_segments()]
    assert ends == [[[5.0, 0.0], [20.0, 0.0]]]  # an interval needs both its ends
    assert {"no parent", "none here"} <= set(texts(ax))


def test_the_legend_names_what_is_marked_and_nothing_else() -> None:
    shown = texts(drawn())
    assert {"better", "worse", "refused"} <= set(shown)
    assert "undecided" not in shown


def test_a_panel_has_no_legend_and_is_not_remembered() -> None:
    ax = drawn(panel=True)
    assert "better" not in texts(ax)
    assert data_of(ax) == {}


def test_bars_begin_at_zero_and_texts_may_have_the_colour_of_their_row() -> None:
    ax = drawn(bar=True, coloured=True, text=lambda _: "t")
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(0, 10.0), (0, -10.0), (0, 30.0)]
    colours = [text.get_color() for text in ax.texts if text.get_text() == "t"]
    better, worse, refused = (OUTCOMES[name].colour for name in ("better", "worse", ""))
    assert colours == [better, worse, better, OUTCOMES["undecided"].colour, refused]


def test_a_row_named_twice_is_refused() -> None:
    with pytest.raises(DataError, match="simple: 2 rows share a place"):
        drawn(pd.concat([ROWS.iloc[:1]] * 2))


def test_of_too_many_rows_the_decided_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cap, "most_rows", lambda: 2)
    table = table_of(*((f"m{at}", at / 10, 0, 1, "undecided" if at > 2 else "worse", "") for at in range(5)))
    ax = drawn(table)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["m1", "m2"]
    assert "x; 2 of 5 rows shown" in lines(ax)
    last = [label.get_text() for label in drawn(table, last=("worse",)).get_yticklabels()]
    assert last == ["m3", "m4"]
    nearest = drawn(table, size=lambda rows: -rows["v"])
    assert [label.get_text() for label in nearest.get_yticklabels()] == ["m0", "m1"]


def test_what_lies_behind_sees_printed_units_and_rows_from_0() -> None:
    seen = []
    drawn(ROWS.assign(more=0.5).iloc[1:], scaled=("more", "absent"), behind=lambda ax, rows: seen.append(rows))
    assert seen[0]["v"].tolist()[0] == -10.0
    assert seen[0]["more"].tolist() == [50.0] * 4
    assert list(seen[0].index) == [0, 1, 2, 3]
