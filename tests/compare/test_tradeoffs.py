"""Fronts and costs against plain comparison."""

import json

import numpy as np
import pandas as pd
import pytest

from mergekit_eval import tables
from mergekit_eval.compare import cost_table, merge_costs, pareto_front, pareto_table
from mergekit_eval.errors import DataError


def capabilities(values: dict[str, tuple]) -> pd.DataFrame:
    rows = [
        {"task": task, "model": model, "role": "merge", "value": v, "low": v - 0.02, "high": v + 0.02, "n": 100,
         "higher_is_better": True}
        for model, pair in values.items()
        for task, v in zip(("math", "code", "chat"), pair, strict=False)
    ]  # fmt: skip
    return pd.DataFrame(rows)


POINTS = {"good": (0.8, 0.5), "other": (0.5, 0.8), "beaten": (0.7, 0.4), "close": (0.79, 0.49), "gap": (0.9, np.nan)}


def test_the_front_is_who_nobody_beats():
    table = pareto_table(capabilities(POINTS), "math", "code").set_index("model")
    assert set(table.index[table["front"]]) == {"good", "other"}
    assert set(table.index[table["surely_dominated"]]) == {"beaten"}  # the close one may just be unlucky
    assert table.loc["gap", "note"] == "not measured on both"


def test_a_random_cloud_has_the_front_that_a_double_loop_finds():
    rng = np.random.default_rng(4)
    points = {f"m{k}": tuple(rng.random(3)) for k in range(60)}
    table = pareto_front(capabilities(points)).set_index("model")
    for name, mine in points.items():
        beaten = any(
            all(o >= m for o, m in zip(other, mine, strict=True)) and other != mine for other in points.values()
        )
        assert table.loc[name, "front"] == (not beaten)
        named = set(filter(None, table.loc[name, "dominated_by"].split(", ")))
        assert named == {n for n, other in points.items() if n != name and all(np.array(other) >= np.array(mine))}


def test_the_two_capabilities_are_named_and_an_unknown_one_refused():
    assert pareto_table(capabilities(POINTS))["x_name"].eq("math").all()
    assert pareto_table(capabilities(POINTS), y="math")["x_name"].eq("code").all()
    with pytest.raises(DataError, match=r"'cooking'.*math, code"):
        pareto_table(capabilities(POINTS), "cooking", "math")
    one = capabilities({"m": (0.5,)})
    assert "only math" in tables.reason(pareto_table(one))


@pytest.fixture
def folder(tmp_path):
    for name, seconds in (("w1", 10.0), ("w2", 20.0), ("other", 5.0)):
        (tmp_path / "merges" / name).mkdir(parents=True)
        made = {"wall_seconds": seconds, "peak_memory_mb": 100.0, "method": "linear", "mergekit": "0.1"}
        (tmp_path / "merges" / name / "merge.json").write_text(json.dumps(made))
    (tmp_path / "merges" / "broken").mkdir()
    cells = [{"model": name, "seconds": s} for name, s in (("w1", 100), ("w1", 50), ("w2", 150), ("a", 7))]
    (tmp_path / "cells.json").write_text(json.dumps(cells))
    return tmp_path


def test_tuning_counts_every_setting_that_was_tried(folder):
    costs = merge_costs(folder)
    recipes = pd.DataFrame({"merge": ["w1", "w2", "other"], "method": ["linear", "linear", "slerp"],
                            "parents": [("a", "b")] * 3})  # fmt: skip
    gains = pd.DataFrame({"level": "overall", "relation": "base", "merge": ["w1", "w2", "other"],
                          "gain": [0.1, 0.2, 0.05], "gain_low": 0.0, "gain_high": 0.3})  # fmt: skip
    table = cost_table(costs, recipes, gains).set_index("merge")
    assert table.loc["w1", "tuning_seconds"] == table.loc["w2", "tuning_seconds"] == 10 + 20 + 100 + 50 + 150
    assert table.loc["other", "tuning_seconds"] == 5
    assert "its time is not recorded" in table.loc["other", "note"]
    assert "cost unknown" in table.loc["broken", "note"]
    assert list(table.index[table["front"]]) == ["other", "w2"]


def test_a_folder_without_merges_says_that_nothing_was_made(tmp_path):
    assert "not recorded" in tables.reason(merge_costs(tmp_path))
