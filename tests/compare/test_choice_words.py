"""The sentence on which model to take, from tables made by hand."""

import pandas as pd
import pytest

from mergekit_eval.compare import choice_paragraph


def rows(*chances: float) -> pd.DataFrame:
    """Return models m0, m1, ... that may all be the best, with 100 items and averages that fall by a point."""
    table = pd.DataFrame({"model": [f"m{at}" for at in range(len(chances))], "p_best": chances})
    falling = 0.6 - 0.01 * table.index.to_numpy()
    return table.assign(
        role="merge", stands=["smallest regret", *["may be best"] * (len(chances) - 1)], regret=0.6 - falling,
        macro=falling, shrunk=falling, mde=0.12, items_needed=14_400, n_items=100,
    )  # fmt: skip


WOULD_TELL = (
    "Between m0 and m1 these 100 items show 12.0 points or more; the 1.00 points expected there need 14,400 items "
    "(80 % power)."
)
COST = "expected regret 0.0 points (average 60.0%, shrunk 60.0%)."


@pytest.mark.parametrize(
    ("chances", "words"),
    [
        (
            (0.6, 0.3, 0.1),
            f"Take m0 (merge): 60% chance to be the best of 3 models, {COST} Not told apart from it: m1 and m2 (the "
            f"best is among them at 95%). {WOULD_TELL}",
        ),
        (
            (0.59, 0.31, 0.1),
            "m0, m1 and m2 cannot be told apart (the best of 3 models is among them at 95%). m0 (merge) has the "
            f"smallest {COST} {WOULD_TELL}",
        ),
    ],
)
def test_a_chance_is_stated_from_sixty_percent_on(chances, words):
    assert choice_paragraph(rows(*chances)) == words


def test_of_many_that_cannot_be_told_apart_six_are_named():
    assert choice_paragraph(rows(*[1 / 8] * 8)).startswith("m0, m1, m2, m3, m4, m5 and 2 more cannot be told apart ")
