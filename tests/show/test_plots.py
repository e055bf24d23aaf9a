"""What every kind of figure keeps to: labels neither cut nor covered, the drawn table kept, bad tables refused."""

import inspect

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from mergekit_eval.errors import DataError
from mergekit_eval.show import plots, style
from mergekit_eval.show.figure_data import data_of, figure_of
from tests.show import text_overlap
from tests.show.text_overlap import texts
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


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.function)
@pytest.mark.parametrize("count", [2, *(pytest.param(count, marks=pytest.mark.slow) for count in (8, 40))])
def test_no_text_is_cut_or_covered_and_the_drawn_table_is_kept(example, count: int) -> None:
    """A kind of figure also takes axes and returns them, but for the grid, which makes its own."""
    shown = example.draw(count)
    assert text_overlap.faults(figure_of(shown)) == []
    assert example.function in data_of(shown)
    of_axes = isinstance(shown, Axes), "ax" in inspect.signature(getattr(plots, example.function)).parameters
    assert of_axes == (example.function != "score_grid",) * 2


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.function)
@pytest.mark.parametrize(("venue", "column"), [("acl", "half"), ("slide", "full")])
def test_nor_at_other_widths(example, venue: str, column: str) -> None:
    with matplotlib.rc_context(style.rc(venue, column=column)):
        figure = figure_of(example.draw(8))
        assert text_overlap.faults(figure) == []
        assert figure.get_figwidth() == pytest.approx(style.width(venue, column))


def test_every_kind_of_figure_has_one_entry_of_its_name_and_a_picture_in_the_gallery() -> None:
    assert [example.function for example in sorted(EXAMPLES)] == sorted(plots.PLOTS)
    for name, plot in plots.PLOTS.items():
        assert plot.draw.__name__ == name
        assert getattr(plots, name) is plot.draw
        assert name in dir(plots)
    with pytest.raises(AttributeError, match="no figure 'pie'; it has boxes"):
        plots.pie  # noqa: B018


@pytest.mark.parametrize(("name", "limits"), [
    ("forest", "95 % intervals"), ("delta_heatmap", ""), ("mde_dots", ""),
    ("item_noise", "grey: central 95 % of what noise alone would give"),
    ("correlation_heatmap", "grey where the 95 % interval holds 0"),
    ("rank_intervals", "ranks that stay open for all models at once at 95 %"),
])  # fmt: skip
def test_a_kind_of_figure_says_which_limits_it_draws(name: str, limits: str) -> None:
    assert plots.PLOTS[name].limits.format(level="95 %") == limits


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


def test_the_input_is_not_changed() -> None:
    for table, draw in ((s.score_table(5), plots.scores), (s.difference_table(4), plots.delta_heatmap)):
        before = table.copy(deep=True)
        draw(table)
        pd.testing.assert_frame_equal(table, before)


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
