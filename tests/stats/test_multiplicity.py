"""Adjusted p-values of families."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from mergekit_eval.stats import (
    benjamini_hochberg,
    benjamini_yekutieli,
    holm,
    one_sided_all,
)

P = st.lists(st.floats(1e-12, 1), min_size=1, max_size=30)


@pytest.mark.slow
@given(P)
@pytest.mark.parametrize(
    ("ours", "name"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh"), (benjamini_yekutieli, "fdr_by")]
)
def test_adjustment_agrees_with_statsmodels(ours, name, p):
    assert ours(p) == pytest.approx(multipletests(p, method=name)[1], abs=1e-10)


def test_one_sided_for_arrays_keeps_gaps():
    found = one_sided_all([0.04, 0.04, np.nan], [1.0, -1.0, np.nan])
    assert found[:2] == pytest.approx([0.02, 0.98])
    assert np.isnan(found[2])


def test_one_sided_p_halve_and_turn_by_the_sign_of_the_difference():
    found = one_sided_all([0.1, 0.1, 1.0, 0.1], [0.2, -0.2, 0.0, np.nan])
    assert found[:3] == pytest.approx([0.05, 0.95, 0.5]) and np.isnan(found[3])
