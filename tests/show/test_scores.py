import numpy as np
import pandas as pd
import pytest

from mergekit_eval.show import cap, plots
from mergekit_eval.show.encodings import ROLES
from mergekit_eval.show.figure_data import data_of
from tests.show.text_overlap import lines, texts
from tools import synthetic as s


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


def test_a_model_of_unknown_role_is_named_in_the_legend() -> None:
    table = s.score_table(3).assign(role=["merge", "", "base"])
    assert "role unknown" in texts(plots.scores(table))
    assert "role unknown" in texts(plots.score_grid(table))
    assert ROLES[""].marker not in ("^", "v")


def test_the_bars_of_two_roles_differ_in_more_than_their_colour() -> None:
    ax = plots.scores(s.score_table(4), kind="bar", band=False)
    hatches = {bar.get_facecolor()[:3]: bar.get_hatch() for bar in ax.patches}
    assert len(hatches) == 3
    assert sorted(filter(None, hatches.values())) == [ROLES["parent"].hatch]


def test_chance_is_a_dotted_line_where_all_rows_share_it() -> None:
    dotted = [
        line.get_xdata()[0] for line in plots.scores(s.score_table(3), band=False).lines if line.get_linestyle() == ":"
    ]
    assert dotted == [25.0]
    mixed = plots.scores(s.score_table(3).assign(chance=[0.25, 0.5, 0.25]), band=False)
    assert not [line for line in mixed.lines if line.get_linestyle() == ":"]


def test_a_panel_names_its_task_and_where_better_is() -> None:
    table = s.score_table(3, 2)
    table.loc[table["task"] == "hellaswag", ["higher_is_better", "scale", "metric"]] = [False, "natural", "ppl"]
    figure = plots.score_grid(table)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["arc_challenge", "hellaswag"]
    assert [ax.get_xlabel().strip() for ax in figure.axes] == ["(%) → better", "ppl ← better"]
    assert list(data_of(figure)) == ["score_grid"]


@pytest.mark.slow
def test_a_grid_of_many_models_shows_the_same_ones_in_every_panel() -> None:
    table = s.score_table(300, 3)
    figure = plots.score_grid(table)
    assert any(f"{cap.most_rows()} of 300 models shown" in text for text in lines(figure))
    first = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert {"Tiny-Llama-Base", "Tiny-Llama-Math", "Tiny-Llama-Code"} <= set(first)
    for ax in figure.axes:  # each row of each panel has its mark
        marks = [at for line in ax.lines if line.get_linestyle() == "None" for at in line.get_ydata()]
        assert sorted(marks) == list(range(cap.most_rows()))
