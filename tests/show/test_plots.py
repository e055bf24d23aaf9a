import inspect

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba

from mergekit_eval.errors import DataError
from mergekit_eval.show import plots, style
from mergekit_eval.show.encodings import BETTER, GAIN, ROLES, WORSE
from mergekit_eval.show.figure_data import data_of, figure_of
from mergekit_eval.show.row_names import varying
from mergekit_eval.show.style import MUTED
from tests.show import text_overlap
from tools import synthetic as s
from tools.gallery import EXAMPLES

HOSTILE = [
    "<b>x",
    "$\\frac{1}{0}$",
    "中文 模型",
    "a\nb\tc",
    "x" * 300,
    "\u202egnp.exe",
    "100%_&#{}~^\\",
]


def texts(thing: object) -> list[str]:
    return [box.text for box in text_overlap.boxes(figure_of(thing))]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.function)
@pytest.mark.parametrize("count", [2, 8, pytest.param(40, marks=pytest.mark.slow)])
def test_no_text_is_cut_or_covered(example, count: int) -> None:
    assert text_overlap.faults(figure_of(example.draw(count))) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.function)
@pytest.mark.parametrize(("venue", "column"), [("acl", "half"), ("slide", "full")])
def test_nor_at_other_widths(example, venue: str, column: str) -> None:
    with matplotlib.rc_context(style.rc(venue, column=column)):
        figure = figure_of(example.draw(8))
        assert text_overlap.faults(figure) == []
        assert figure.get_figwidth() == pytest.approx(style.width(venue, column))


def test_the_gallery_has_every_plot_function() -> None:
    functions = {name for name in plots.__all__ if name != "score_legend"}
    assert {example.function for example in EXAMPLES} == functions


@pytest.mark.parametrize("name", [name for name in plots.__all__ if name not in ("score_legend", "score_grid")])
def test_functions_take_axes_and_return_them(name: str) -> None:
    assert "ax" in inspect.signature(getattr(plots, name)).parameters
    assert isinstance(next(e for e in EXAMPLES if e.function == name).draw(3), Axes)


@pytest.mark.parametrize("name", ["scores", "forest", "delta_heatmap", "significance_matrix", "rank_intervals"])
def test_given_axes_are_drawn_on(name: str) -> None:
    tables = {
        "scores": s.score_table(4),
        "rank_intervals": pd.DataFrame({"model": ["a"], "rank": [1], "low": [1], "high": [1]}),
    }
    figure, ax = plt.subplots(1, 2, figsize=(9, 5))
    assert getattr(plots, name)(tables.get(name, s.difference_table(4, 1)), ax=ax[0]) is ax[0]
    assert len(figure.axes) >= 2
    assert not ax[1].has_data()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.function)
def test_the_drawn_table_is_kept(example) -> None:
    assert example.function in data_of(example.draw(3))


def test_the_input_is_not_changed() -> None:
    for table, draw in ((s.score_table(5), plots.scores), (s.difference_table(4), plots.delta_heatmap)):
        before = table.copy(deep=True)
        draw(table)
        pd.testing.assert_frame_equal(table, before)


def test_missing_scores_are_words_and_not_zero() -> None:
    table = s.score_table(4)
    table.loc[2, ["value", "low", "high"]] = np.nan
    ax = plots.scores(table, kind="bar", numbers=False)
    assert texts(ax).count("no score") == 1
    assert sorted(
        patch.get_y() for patch in ax.patches if patch.get_y() > -1 and patch.get_height() < 0.8
    ) == pytest.approx([-0.36, 0.64, 2.64])


def test_the_band_lies_between_the_parents() -> None:
    table = s.score_table(6)
    parents = 100 * table.loc[table["role"] == "parent", "value"]
    ax = plots.scores(table)
    band = next(patch for patch in ax.patches if patch.get_alpha() == 0.13)
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((parents.min(), parents.max()))
    dashed = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    assert sorted(dashed) == pytest.approx(sorted(parents))


def test_a_merge_may_have_its_own_band() -> None:
    table = s.score_table(5).assign(parent_low=np.nan, parent_high=np.nan)
    table.loc[4, ["parent_low", "parent_high"]] = [0.3, 0.4]
    ax = plots.scores(table)
    bars = [patch for patch in ax.patches if patch.get_alpha() == 0.16]
    assert [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars] == [pytest.approx((30, 40))]
    assert not [patch for patch in ax.patches if patch.get_alpha() == 0.13]


def test_values_and_intervals_are_drawn_where_they_are() -> None:
    table = s.score_table(3)
    ax = plots.scores(table, band=False)
    marks = [line for line in ax.lines if line.get_marker() not in ("None", "", None)]
    drawn = sorted((line.get_marker(), x) for line in marks for x in line.get_xdata())
    wanted = sorted(zip((ROLES[role].marker for role in table["role"]), 100 * table["value"], strict=True))
    assert [marker for marker, _ in drawn] == [marker for marker, _ in wanted]
    assert [x for _, x in drawn] == pytest.approx([x for _, x in wanted])
    ends = [segment[:, 0] for lines in ax.collections for segment in lines.get_segments()]
    np.testing.assert_allclose(np.array(ends), 100 * table[["low", "high"]].to_numpy())


def test_lower_is_better_is_said_on_the_axis() -> None:
    table = s.score_table(3).assign(higher_is_better=False, metric="word_perplexity", scale="natural")
    ax = plots.scores(table)
    assert "← better" in ax.get_xlabel()
    assert "%" not in ax.get_xlabel()
    assert plots.scores(table.assign(higher_is_better=pd.NA)).get_xlabel().endswith("(direction unknown)")


def test_a_grid_keeps_rows_and_says_what_it_leaves_out() -> None:
    figure = plots.score_grid(s.score_table(40, 60))
    assert figure.get_figheight() < 24
    assert any("not drawn" in text.replace("\n", " ") for text in texts(figure))
    small = plots.score_grid(s.score_table(4, 3).drop(index=[5]))
    assert texts(small).count("no score") == 1


def cells(ax: Axes) -> np.ndarray:
    """Return the colour of every cell, row by row."""
    drawn = ax.collections[0]
    at = {tuple(square[:4].mean(axis=0).round().astype(int)[::-1]): colour
          for path, colour in zip(drawn.get_paths(), drawn.get_facecolor(), strict=True)
          for square in path.vertices.reshape(-1, 5, 2)}  # fmt: skip
    return np.array([at[place] for place in sorted(at)])


def test_gains_are_coloured_only_where_decided() -> None:
    table = pd.DataFrame({
        "merge": ["a", "a", "a", "a"], "task": ["t1", "t2", "t3", "t4"], "scale": "unit",
        "gain": [0.05, -0.05, 0.05, np.nan], "decided": ["better", "worse", "undecided", ""]})  # fmt: skip
    ax = plots.delta_heatmap(table)
    blue, orange, grey, white = cells(ax)
    assert blue[2] > blue[0] + 0.2
    assert orange[0] > orange[2] + 0.2
    assert to_hex(grey) == MUTED
    assert to_hex(white) == "#ffffff"
    assert {"+5.0", "−5.0"} <= set(texts(ax))
    assert "0.0" not in {text for text in texts(ax) if text.startswith(("+", "−"))}
    assert len(ax.collections[1].get_paths()) == 1


def test_a_matrix_of_many_tasks_names_some_and_says_so_beside_its_colour_bar() -> None:
    table = s.difference_table(34, 100, 2)
    ax = plots.delta_heatmap(table)
    assert len(cells(ax)) == 68 * 100
    assert ax.get_xlabel().startswith("one column in")
    assert text_overlap.faults(ax.figure) == []


def test_other_scales_stay_off_the_colour_scale() -> None:
    table = pd.DataFrame({"merge": "a", "task": ["acc", "ppl"], "gain": [0.05, -700.0], "decided": ["better", "worse"],
                          "scale": ["unit", "natural"]})  # fmt: skip
    ax = plots.delta_heatmap(table)
    np.testing.assert_allclose(cells(ax)[0], GAIN(1.0), atol=0.01)
    assert to_hex(cells(ax)[1]) == MUTED
    assert "−700" in texts(ax)


def test_correlations_that_hold_zero_are_grey() -> None:
    rows = [
        ("a", "b", 0.9, 0.5, 0.97, 12, True),
        ("a", "c", 0.3, -0.2, 0.7, 12, True),
        ("b", "c", 0.8, 0.4, 0.9, 4, False),
    ]
    table = pd.DataFrame(rows, columns=["x", "y", "r", "low", "high", "n", "reliable"]).assign(note="")
    ax = plots.correlation_heatmap(table)
    drawn_cells = cells(ax).reshape(2, 2, 4)
    assert drawn_cells[0, 0][2] > drawn_cells[0, 0][0]
    assert to_hex(drawn_cells[1, 0]) == to_hex(drawn_cells[1, 1]) == MUTED
    assert {"0.90\n12", "0.30\n12", "0.80\n4"} <= set(texts(ax))


def test_outcomes_are_symbols_too() -> None:
    table = pd.DataFrame({"merge": "m", "reference": ["base", "base", "p", "p"], "task": ["t", "u", "t", "u"],
                          "decided": ["better", "worse", "undecided", ""]})  # fmt: skip
    ax = plots.significance_matrix(table)
    assert {"▲", "▼", "·", "×"} <= set(texts(ax))
    assert to_rgba(BETTER) == pytest.approx(tuple(cells(ax)[0]))
    assert to_rgba(WORSE) == pytest.approx(tuple(cells(ax)[1]))
    assert any(text.startswith("vs ") for text in texts(ax))


def test_an_absent_pair_is_hatched_and_named() -> None:
    table = s.difference_table(3, 3, 2).iloc[1:]
    ax = plots.significance_matrix(table)
    assert len(ax.collections[1].get_paths()) == 1
    assert "no data" in texts(ax)


def test_forest_prints_estimate_interval_and_n() -> None:
    rows = [("t", 0.021, 0.003, 0.04, 1319, "better"), ("u", np.nan, np.nan, np.nan, pd.NA, "")]
    table = pd.DataFrame(rows, columns=["task", "gain", "gain_low", "gain_high", "n", "decided"]).assign(scale="unit")
    shown = texts(plots.forest(table))
    assert "+2.1 [+0.3, +4.0] n=1,319" in shown
    assert "no comparison" in shown


def test_rows_are_named_by_what_differs() -> None:
    table = pd.DataFrame(
        {"merge": ["a", "a", "a"], "task": ["t", "t", "u"], "metric": ["acc", "f1", "acc"], "filter": "none"}
    )
    assert varying(table) == ["task", "metric"]
    assert varying(table.iloc[[0, 2]]) == ["task"]
    assert varying(table.iloc[:1]) == ["merge"]
    with pytest.raises(DataError, match="merge"):
        varying(pd.DataFrame({"gain": [1]}))


def test_refused_retention_says_why() -> None:
    rows = [("a", 0.97, 0.95, 1.0, "kept", ""), ("b", np.nan, np.nan, np.nan, "", "parent near chance")]
    table = pd.DataFrame(rows, columns=["merge", "retention", "low", "high", "decided", "note"])
    assert {"97 %", "parent near chance"} <= set(texts(plots.retention(table)))


def test_names_that_find_no_place_are_counted() -> None:
    table = pd.DataFrame(
        {"name": [f"a-rather-long-name-{i}" for i in range(60)], "family": "f", "x": 0.0, "y": np.arange(60) / 60}
    )
    shown = texts(plots.scatter(table, x_label="x", y_label="y", label_points=True))
    names = [text for text in shown if text.startswith("a-rather") or "…" in text]
    assert any(f"{60 - len(names)} of 60 names left out" in text for text in shown)
    assert len(names) > 3


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.function)
def test_a_table_without_its_columns_is_refused_by_name(example) -> None:
    if example.function == "dendrogram":
        pytest.skip("takes a linkage, not a table")
    function = getattr(plots, example.function)
    needed = {"x_label": "x", "y_label": "y", "label": "l", "linkage": np.empty((0, 4)), "leaves": []}
    given = {name: needed[name] for name in inspect.signature(function).parameters if name in needed}
    with pytest.raises(DataError, match=example.function):
        function(pd.DataFrame({"nothing": [1]}), **given)


def test_empty_and_doubled_tables_are_refused() -> None:
    with pytest.raises(DataError, match="nothing to draw"):
        plots.scores(s.score_table(3).iloc[:0])
    with pytest.raises(DataError, match="share a place"):
        plots.scores(pd.concat([s.score_table(3)] * 2))
    with pytest.raises(DataError, match="one scale per axes"):
        plots.scores(s.score_table(3).assign(scale=["unit", "unit", "natural"]))
    with pytest.raises(DataError, match="linkage of shape"):
        plots.dendrogram(np.zeros((1, 4)), ["a"])


def test_hostile_names_are_drawn_as_text() -> None:
    table = s.score_table(len(HOSTILE)).assign(model=HOSTILE)
    differences = s.difference_table(len(HOSTILE), 1)
    differences["merge"] = HOSTILE
    for figure in (
        plots.scores(table),
        plots.forest(differences),
        plots.delta_heatmap(differences),
        plots.profile(differences),
    ):
        assert text_overlap.faults(figure_of(figure)) == []
        assert any("<b>" in text for text in texts(figure))


def test_hostile_names_are_drawn_as_text_outside_the_style_too() -> None:
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.use("agg")
        ax = plots.scores(s.score_table(len(HOSTILE)).assign(model=HOSTILE))
        assert any("$" in text for text in texts(ax))
