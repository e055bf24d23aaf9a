import numpy as np
import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show import plots
from tests.show import text_overlap
from tests.show.text_overlap import lines, texts
from tools import synthetic_more as more


def ranks(**places: float) -> pd.DataFrame:
    return pd.DataFrame({"model": list(places), "rank": list(places.values())})


def test_bars_and_scale_of_a_critical_difference_diagram_are_of_one_test_which_it_names() -> None:
    table = pd.DataFrame({"model": list("abc"), "rank": [1.2, 1.9, 2.9]})
    ax = plots.critical_difference(table, cliques=[["a", "b"]], difference=0.8, test="Nemenyi's test over 40 tasks")
    assert "Nemenyi's test over 40 tasks: critical difference 0.80" in lines(ax)
    drawn = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 1.6]
    assert [float(np.ptp(x)) for x in drawn] == pytest.approx([0.8])
    with pytest.raises(DataError, match=r"spans 1.7 ranks, more than the critical difference 0.8.*one test"):
        plots.critical_difference(table, cliques=[["a", "b", "c"]], difference=0.8)


def test_a_critical_difference_wider_than_the_scale_is_said_and_not_cut() -> None:
    table = pd.DataFrame({"model": list("ab"), "rank": [1.2, 1.8]})
    ax = plots.critical_difference(table, cliques=[["a", "b"]], difference=5.3, test="Nemenyi")
    assert any("5.30, wider than this scale" in text for text in lines(ax))
    assert not [line for line in ax.lines if line.get_linewidth() == 1.6]
    assert text_overlap.faults(ax.figure) == []


def test_the_gallerys_own_diagram_is_of_the_test_it_names() -> None:
    given = more.critical(8)  # q(0.05, 8, inf) / sqrt(2) = 3.031 (Demsar 2006, table 5), 100 tasks
    assert given["difference"] == pytest.approx(3.031 * np.sqrt(8 * 9 / 600), abs=1e-3)
    assert "100 tasks" in given["test"]


def test_a_bar_joins_what_the_test_cannot_tell_apart() -> None:
    ax = plots.critical_difference(ranks(a=1.5, b=2.0, c=3.5), cliques=[["a", "b"], ["absent"]])
    bars = [line for line in ax.lines if line.get_linewidth() == 2.6]
    assert [tuple(bar.get_xdata()) for bar in bars] == [pytest.approx((1.47, 2.03))]  # 1 % of the scale beyond both


def test_every_model_stands_at_its_rank_on_a_scale_of_whole_ranks() -> None:
    ax = plots.critical_difference(ranks(b=2.25, a=1.5, c=3.5, d=np.nan))
    assert {"1", "2", "3", "4", "best", "worst", "a  1.50", "b  2.25", "3.50  c"} == set(texts(ax))
    elbows = sorted(line.get_xdata()[0] for line in ax.lines if line.get_linewidth() == 0.7)
    assert elbows == [1.5, 2.25, 3.5]


def test_no_rank_at_all_is_refused() -> None:
    with pytest.raises(DataError, match="critical_difference: the table has no rows"):
        plots.critical_difference(ranks(a=np.nan))
