"""Families and corrections against statsmodels, and their description in words."""

import pytest
from statsmodels.stats.multitest import multipletests

from mergekit_eval.compare import (
    described,
    differences,
)
from mergekit_eval.errors import DataError

METHODS = {"holm": "holm", "bh": "fdr_bh", "by": "fdr_by"}


@pytest.mark.parametrize("correction", METHODS)
@pytest.mark.parametrize("family", ["all", "merge", "task", "relation"])
def test_each_family_is_corrected_for_itself(world, merges, family, correction):
    table = differences(world, merges, family=family, correction=correction)
    groups = table.groupby(family) if family != "all" else [("all", table)]
    for _, rows in groups:
        wanted = multipletests(rows["p"].astype(float), method=METHODS[correction])[1]
        assert rows["p_adjusted"].to_numpy() == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(("name", "value"), [("family", "per merge"), ("correction", "bonferroni")])
def test_an_unknown_family_or_correction_is_refused_by_name(world, merges, name, value):
    with pytest.raises(DataError, match=f"{name} = '{value}'; allowed: .*(relation|max-t)"):
        differences(world, merges, **{name: value})


def test_levels_keep_their_digits():
    assert described("all", "holm", 0.005).endswith("at most 0.5%")
    assert described("all", "bh", 0.1).startswith("Benjamini-Hochberg, at most 10%")
