"""One task by two filters: paired where both have items, cautious where only scores are there."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.compare.audit import filter_table
from mergekit_eval.compare.pairs import Contrast
from mergekit_eval.schema import conform

STRICT, LOOSE = "exact_match,strict-match", "exact_match,flexible-extract"


def by_other_filter(value):
    return {LOOSE: value, "exact_match_stderr,flexible-extract": 0.03}


def test_scores_alone_take_the_four_errors_together(study):
    more = {"scores": (by_other_filter(0.6), ("base", "pa", "pb"))}
    cmp = study.plant(None, **more)
    assert cmp.filters.empty  # the merge has one filter only
    everywhere = {"scores": (by_other_filter(0.6), ("base", "pa", "pb", "mx"))}
    row = study.plant(None, **everywhere).filters.set_index("reference").loc["pa"]
    assert row["other_gain"] == 0 and row["shift"] == pytest.approx(row["gain"])
    assert row["high"] - row["shift"] == pytest.approx(1.959964 * np.sqrt(4 * 0.03**2), rel=1e-6)
    assert row["evidence"] == "aggregates only" and row["decided"] == ""


def test_a_loss_by_one_filter_alone_is_format(study):
    from tests.compare.audit import artefacts

    cmp = study.plant(artefacts.not_parsed, 0.9, scores=(by_other_filter(0.55), ("base", "pa", "pb", "mx")))
    assert set(cmp.filters["decided"]) == {"format"}
    (line,) = cmp.verdicts()["fairness"]
    assert "by strict-match, 55% by flexible-extract" in line and "format, not ability" in line


@pytest.mark.parametrize("clustered", [False, True])
def test_items_of_one_passage_are_one_unit_for_two_filters_too(clustered):
    """Each of 40 passages has five questions, on which one filter finds all of the merge's answers or none."""
    rng = np.random.default_rng(0)
    passages = np.repeat(np.arange(40), 5)
    right = {"pa": np.repeat(rng.random(40) < 0.5, 5), "mx": np.repeat(rng.random(40) < 0.5, 5)}
    lost = np.repeat(np.arange(40) < 4, 5)
    place = {"run": "r", "task": "boolq", "metric": "acc"}
    items, scores = [], []
    for model, values in right.items():
        for label in ("strict", "loose"):
            found = values & ~(lost & (label == "strict") & (model == "mx"))
            held = {"item_key": [f"k{n}" for n in range(200)], "value": found.astype(float), "line": np.arange(200)}
            cluster = [f"p{n}" for n in passages] if clustered else ""
            more = {"occurrence": 0, "cluster": cluster, "signs": 0, "prompt": -1, "model": model, "filter": label}
            items.append(pd.DataFrame({**place, **held, **more}))
            known = {"kind": "task", "scale": "unit", "higher_is_better": True, "n": 200, "primary": label == "strict"}
            scores.append({**place, "model": model, "filter": label, "value": found.mean(), **known})
    collection = SimpleNamespace(
        scores=conform(scores, "scores"), items=conform(pd.concat(items), "items"), problems=None
    )
    row = filter_table(collection, [Contrast("mx", "pa", "parent")]).iloc[0]
    units = int((right["mx"] & lost).sum() / 5)
    assert row["shift"] == pytest.approx(-5 * units / 200) and 1 <= units <= 4
    expected = 2 / 2**units if clustered else 2 / 2 ** (5 * units)
    assert row["p"] == pytest.approx(expected)
