import numpy as np
import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show import plots
from mergekit_eval.show.encodings import COLOURS
from tests.show.text_overlap import lines, texts


def segments(ax) -> list[tuple[float, float, float]]:
    """Return row, start and length of every segment that has a length."""
    return [(bar.get_y() + bar.get_height() / 2, bar.get_x(), bar.get_width()) for bar in ax.patches if bar.get_width()]


def test_counts_of_a_row_follow_each_other_and_are_printed() -> None:
    ax = plots.win_tie_loss(pd.DataFrame({"merge": ["a", "b"], "wins": [30, 50], "ties": [60, 0], "losses": [10, 50]}))
    assert sorted(segments(ax)) == [pytest.approx(one) for one in (
        (0, 0, 30), (0, 30, 60), (0, 90, 10), (1, 0, 50), (1, 50, 50))]  # fmt: skip
    assert {"30", "60", "50", "wins", "ties", "losses"} <= set(texts(ax))
    assert "0" not in [text.get_text() for text in ax.texts]


def test_losses_are_hatched_so_that_colour_is_not_alone() -> None:
    ax = plots.win_tie_loss(pd.DataFrame({"merge": ["a"], "wins": [1], "ties": [1], "losses": [1]}))
    assert [bar.get_hatch() for bar in ax.patches] == ["", "", "////"]


def test_what_was_lost_lies_left_of_zero_and_is_printed_without_a_sign() -> None:
    table = pd.DataFrame(
        {"merge": ["m"], "kept": [50], "gained": [20], "synergy": [10], "lost": [40], "lost_consensus": [30]}
    )
    ax = plots.item_changes(table)
    assert sorted(segments(ax)) == [pytest.approx(one) for one in (
        (0, -40, -30), (0, 0, -40), (0, 0, 50), (0, 50, 20), (0, 70, 10))]  # fmt: skip
    assert {"50", "20", "40", "30", "lost consensus"} <= set(texts(ax))
    assert not any(text.startswith(("-", "−")) for text in texts(ax))
    fewer = plots.item_changes(table[["merge", "lost"]])
    assert segments(fewer) == [pytest.approx((0, 0, -40))]
    assert "gained" not in texts(fewer)


def test_categories_count_merges_of_a_task_or_tasks_of_a_merge() -> None:
    counts = {"better than all": [3], "between": [2], "undecided": [4], "worse than all": [1]}
    ax = plots.category_counts(pd.DataFrame(counts | {"task": ["t"]}))
    assert ax.get_xlabel() == "merges"
    assert [bar.get_width() for bar in ax.patches] == [3, 2, 4, 1]
    assert len({(bar.get_facecolor(), bar.get_hatch()) for bar in ax.patches}) == 4
    assert plots.category_counts(pd.DataFrame(counts | {"merge": ["m"]})).get_xlabel() == "tasks"


def test_a_row_without_items_says_so() -> None:
    ax = plots.win_tie_loss(
        pd.DataFrame({"merge": ["a", "b"], "wins": [1, np.nan], "ties": [1, np.nan], "losses": [0, np.nan]})
    )
    assert lines(ax).count("no items") == 1
    with pytest.raises(DataError, match=r"win_tie_loss: needs columns \['ties'\]"):
        plots.win_tie_loss(pd.DataFrame({"merge": ["a"], "wins": [1], "losses": [0]}))


def test_only_better_and_worse_have_the_colours_of_a_decision() -> None:
    ax = plots.win_tie_loss(pd.DataFrame({"merge": ["a"], "wins": [1], "ties": [1], "losses": [1]}))
    wins, ties, losses = (bar.get_facecolor() for bar in ax.patches)
    assert COLOURS["better"] != COLOURS["worse"]
    assert len({wins, ties, losses}) == 3
