"""One task by two filters: paired where both have items, cautious where only scores are there."""

import numpy as np
import pytest

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
