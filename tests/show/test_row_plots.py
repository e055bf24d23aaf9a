import numpy as np
import pandas as pd
import pytest

from mergekit_eval.show import plots
from mergekit_eval.show.encodings import ROLES, VERDICTS
from tests.show.text_overlap import lines, texts
from tools import synthetic as s


def test_forest_prints_estimate_interval_and_n() -> None:
    rows = [("t", 0.021, 0.003, 0.04, 1319, "better"), ("u", np.nan, np.nan, np.nan, pd.NA, "")]
    table = pd.DataFrame(rows, columns=["task", "gain", "gain_low", "gain_high", "n", "decided"]).assign(scale="unit")
    shown = texts(plots.forest(table))
    assert "+2.1 [+0.3, +4.0] n=1,319" in shown
    assert "no comparison" in shown


def test_refused_retention_says_why() -> None:
    rows = [("a", 0.97, 0.95, 1.0, "kept", ""), ("b", np.nan, np.nan, np.nan, "", "parent near chance")]
    table = pd.DataFrame(rows, columns=["merge", "retention", "low", "high", "decided", "note"])
    assert {"97 %", "parent near chance"} <= set(texts(plots.retention(table)))


def test_what_a_winner_promises_is_hollow_and_above_what_it_keeps() -> None:
    table = pd.DataFrame({"group": ["g"], "winner": ["w"], "naive": [0.7], "cross_fitted": [0.6], "low": [0.5],
                          "high": [0.65]})  # fmt: skip
    ax = plots.winners(table)
    faces = {float(line.get_xdata()[0]): line.get_markerfacecolor() for line in ax.lines}
    assert faces[70.0] == "white"
    assert faces[60.0] != "white"
    assert "w" in texts(ax)


def test_small_numbers_in_their_own_unit_are_not_rounded_away() -> None:
    table = s.score_table(2).assign(value=[0.4512, 0.4538], low=0.44, high=0.46, scale="natural", role="merge")
    assert {"0.451", "0.454"} <= set(texts(plots.scores(table)))
    rows = s.difference_table(1, 1, missing=0).assign(gain=0.0042, gain_low=-0.001, gain_high=0.0094, scale="natural")
    assert any("+0.0042 [−0.001, +0.0094]" in text for text in texts(plots.forest(rows)))


def spans(ax) -> list[tuple[float, float]]:
    """Return where the bars and bands of a figure begin and how long they are."""
    return [(bar.get_x(), bar.get_width()) for bar in ax.patches]


def test_what_the_items_cannot_show_is_grey_on_both_sides_of_zero() -> None:
    gains = pd.DataFrame({"merge": ["a", "b"], "gain": [0.02, 0.2], "decided": ["undecided", "better"],
                          "mde": [0.05, np.inf], "scale": "unit"})  # fmt: skip
    ax = plots.mde_dots(gains)
    assert spans(ax) == [pytest.approx((-5, 10))]
    assert [text.get_text() for text in ax.texts] == ["±5.0", ""]


def test_noise_is_a_grey_range_and_the_count_stands_beside_it() -> None:
    noise = pd.DataFrame({"merge": ["a"], "count": [9], "expected": [5.0], "noise_low": [2.0], "noise_high": [8.0],
                          "decided": ["more than noise"], "category": "lost_consensus"})  # fmt: skip
    ax = plots.item_noise(noise)
    assert spans(ax) == [(2.0, 6.0)]
    assert "9" in texts(ax)
    assert ax.get_xlabel() == "items: lost consensus"


def test_a_verdict_is_its_mark_and_its_word_in_one_colour() -> None:
    table = pd.DataFrame({"merge": ["a", "b"], "verdict": ["worse than every parent", "not decided"],
                          "gain": [-0.1, np.nan],
                          "gain_low": [-0.2, np.nan], "gain_high": [-0.05, np.nan]})  # fmt: skip
    ax = plots.verdicts(table)
    shown = {text.get_text(): text.get_color() for text in ax.texts}
    assert shown["▼ worse than every parent"] == VERDICTS["worse than every parent"].colour
    assert shown["○ not decided"] == VERDICTS["not decided"].colour
    assert "—" in shown


def test_the_range_of_the_parents_is_a_band_from_0_to_1() -> None:
    table = pd.DataFrame({"merge": ["a", "b"], "position": [1.5, np.nan], "position_low": [1.2, np.nan],
                          "position_high": [1.8, np.nan], "where": ["above", "undecided"]})  # fmt: skip
    ax = plots.positions(table)
    assert spans(ax) == [(0.0, 1.0)]
    assert [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"] == [0, 1]
    assert {"no range", "above", "between the parents"} <= set(texts(ax))
    assert "undecided" not in texts(ax)


def test_the_two_ends_of_an_impact_figure_are_set_apart() -> None:
    gains = s.difference_table(1, 4, missing=0).assign(end=["top", "top", "bottom", "bottom"])
    apart = [line.get_ydata()[0] for line in plots.impact(gains).lines if line.get_xdata() == [0, 1]]
    assert [at for at in apart if at not in (0, 1)] == [1.5]
    one_end = plots.impact(gains.drop(columns="end"))
    assert len(one_end.lines) == len(plots.impact(gains).lines) - 1


def test_an_axis_of_gains_names_what_all_rows_share() -> None:
    rows = s.difference_table(1, 3, missing=0).assign(merge="m", reference="p")
    assert "gain of m over p (points of 100) (→ better)" in lines(plots.forest(rows))
    several = lines(plots.forest(rows.assign(merge=list("abc"))))
    assert any(text.startswith("gain of the merge over p") for text in several)


def test_ranks_without_roles_are_drawn_as_merges() -> None:
    table = pd.DataFrame({"model": ["a", "b"], "rank": [1, np.nan], "low": [1, np.nan], "high": [3, np.nan]})
    ax = plots.rank_intervals(table)
    assert [line.get_color() for line in ax.lines] == [ROLES["merge"].colour]
    assert {"1–3", "not ranked"} <= set(texts(ax))
