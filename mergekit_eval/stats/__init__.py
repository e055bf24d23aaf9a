"""Statistics of the kit: arrays in, NamedTuples out; numpy and scipy only.

A call that makes no sense raises :class:`StatsError`; data that cannot answer give ``None`` and a `note`. Every random
function takes `seed`. Formulas and sources: docs/statistics.md.
"""

from mergekit_eval.stats.average import (
    Aggregate,
    Ratio,
    aggregate,
    normalise,
    ratio_of_averages,
    weighted_draws,
)
from mergekit_eval.stats.binary import Agreement, agreement, mcnemar_exact, mcnemar_midp, newcombe
from mergekit_eval.stats.claims import Claims, joint_claims
from mergekit_eval.stats.confounding import (
    GainCorrelation,
    disattenuate,
    gain_against_parent,
    partial_correlation,
    reliability,
)
from mergekit_eval.stats.correlation import Correlation, correlate, correlate_all
from mergekit_eval.stats.decision import Choice, Shrunk, choose, shrink
from mergekit_eval.stats.intervals import Interval, mean, proportion
from mergekit_eval.stats.joint import FamilyT, family_max_t
from mergekit_eval.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, holm, one_sided_all
from mergekit_eval.stats.paired import PairedDifference, paired_difference, paired_differences
from mergekit_eval.stats.power import MarginTest, Planning, can_decide, items_needed, mde, non_inferior
from mergekit_eval.stats.ranks import (
    Friedman,
    RankDistribution,
    RankSets,
    friedman,
    groups,
    rank_distribution,
    rank_sets,
)
from mergekit_eval.stats.resample import PairMoments, bootstrap_draws, flip_draws, pair_moments
from mergekit_eval.stats.selection import Selection, cross_fit, luck_of_the_highest
from mergekit_eval.stats.validate import StatsError

__all__ = [
    "Aggregate",
    "Agreement",
    "Choice",
    "Claims",
    "Correlation",
    "FamilyT",
    "Friedman",
    "GainCorrelation",
    "Interval",
    "MarginTest",
    "PairMoments",
    "PairedDifference",
    "Planning",
    "RankDistribution",
    "RankSets",
    "Ratio",
    "Selection",
    "Shrunk",
    "StatsError",
    "aggregate",
    "agreement",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "bootstrap_draws",
    "can_decide",
    "choose",
    "correlate",
    "correlate_all",
    "cross_fit",
    "disattenuate",
    "family_max_t",
    "flip_draws",
    "friedman",
    "gain_against_parent",
    "groups",
    "holm",
    "items_needed",
    "joint_claims",
    "luck_of_the_highest",
    "mcnemar_exact",
    "mcnemar_midp",
    "mde",
    "mean",
    "newcombe",
    "non_inferior",
    "normalise",
    "one_sided_all",
    "pair_moments",
    "paired_difference",
    "paired_differences",
    "partial_correlation",
    "proportion",
    "rank_distribution",
    "rank_sets",
    "ratio_of_averages",
    "reliability",
    "shrink",
    "weighted_draws",
]
