import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats as sps

from mergekit_eval.stats.clustered import cluster_sums, cr1


def test_two_clusters_by_hand():
    x, ids = np.array([1.0, 2, 3, 6]), np.array([0, 0, 1, 1])
    assert cluster_sums(x, ids).tolist() == [3, 9]
    # mean 3; residuals sum to -3 and 3; sqrt(2 / 1 x 18) / 4
    assert cr1(x, ids) == 1.5


def test_items_that_are_their_own_clusters_have_the_usual_error():
    x = np.random.default_rng(0).random(20)
    assert cr1(x, np.arange(20)) == pytest.approx(sps.sem(x), rel=1e-12)


def test_it_is_the_sandwich_of_a_regression_on_a_constant():
    rng = np.random.default_rng(1)
    x, ids = rng.random(60), rng.integers(0, 9, 60)
    groups, n = len(set(ids)), x.size
    fit = sm.OLS(x, np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": ids})
    # statsmodels multiplies by (n - 1) / (n - 1) too, which is one for a single coefficient
    assert groups == 9 and cr1(x, ids) == pytest.approx(fit.bse[0], rel=1e-9)
