"""Items that come in clusters (one passage, story or document): the cluster is the independent unit."""

import numpy as np

from mergekit_eval.stats.validate import Floats, Ints


def cluster_sums(x: Floats, ids: Ints) -> Floats:
    """Sum of `x` within each cluster, shape (G,)."""
    return np.bincount(ids, weights=x)


def cr1(x: Floats, ids: Ints) -> float:
    """Cluster-robust standard error of the mean with the factor G / (G - 1).

    The sandwich of an intercept-only regression (Liang & Zeger 1986, doi:10.1093/biomet/73.1.13; the factor as in
    Cameron, Gelbach & Miller 2008); without clusters it is the usual s / sqrt(n).
    """
    residuals = cluster_sums(x - x.mean(), ids)
    groups = residuals.size
    return float(np.sqrt(groups / (groups - 1) * (residuals**2).sum()) / x.size)
