"""Agreement of two models item by item."""

import pytest

from mergekit_eval.compare import (
    item_agreement,
)
from mergekit_eval.errors import DataError
from tests.compare.correlation.conftest import N


def test_items_agree_as_cohen_counts_it(found):
    table = item_agreement(found, "one").set_index(["x", "y"])
    values = found.items[found.items["task"] == "one"].pivot_table(index="line", columns="model", values="value")
    x, y = values["a"], values["m1"]
    seen, chance = (x == y).mean(), x.mean() * y.mean() + (1 - x.mean()) * (1 - y.mean())
    assert table.loc[("a", "m1"), "r"] == pytest.approx((seen - chance) / (1 - chance))
    assert len(table) == 36
    assert table["n"].eq(N).all()
    with pytest.raises(DataError, match=r"'four' has no items of right and wrong; allowed: one, two, three"):
        item_agreement(found, "four")
