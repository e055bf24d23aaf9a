"""Perplexities that exploded."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.compare import perplexity_scores, perplexity_table
from mergekit_eval.thresholds import thresholds


def merges() -> pd.DataFrame:
    return pd.DataFrame([("m", "linear", ("a", "b"), "base")], columns=["merge", "method", "parents", "base"])


def _ppl(metric: str = "word_perplexity", stderr: float = np.nan, **values: float) -> pd.DataFrame:
    known = {"a": 8.0, "b": 9.0, "base": 12.0} | values
    rows = [{"task": "wiki", "metric": metric, "model": m, "value": v, "stderr": stderr, "scale": "natural",
             "higher_is_better": False, "n": 62} for m, v in known.items()]  # fmt: skip
    return pd.DataFrame(rows)


def test_perplexity_is_held_against_the_best_relative():
    row = perplexity_table(_ppl(m=80.1), merges()).iloc[0]
    assert (row["relative"], row["ratio"]) == ("a", pytest.approx(80.1 / 8))
    assert row["exploded"]
    assert not perplexity_table(_ppl(m=79.0), merges()).iloc[0]["exploded"]


def test_an_error_has_to_leave_the_threshold_behind():
    limit = thresholds()["perplexity_explosion"]
    row = perplexity_table(_ppl(m=8.0 * limit * 1.05, stderr=0.8), merges()).iloc[0]
    assert row["low"] < limit < row["ratio"]
    assert not row["exploded"]


def test_bits_per_byte_are_logarithms():
    row = perplexity_table(_ppl("bits_per_byte", m=4.0, a=1.0, b=1.5, base=2.0), merges()).iloc[0]
    assert row["ratio"] == pytest.approx(2.0**3)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_perplexity_has_exploded(value):
    row = perplexity_table(_ppl(m=value), merges()).iloc[0]
    assert row["exploded"]
    assert "not finite" in row["note"] or value < 0


def test_only_perplexities_are_read_again(build):
    found = build({"m": "merge"}, {"wiki": {"metric": "word_perplexity", "scale": "natural"}, "t": {}},
                  {("m", "wiki"): (8.0, 10), ("m", "t"): (0.5, 10)})  # fmt: skip
    assert set(perplexity_scores(found)["task"]) == {"wiki"}
