"""Statistics of the kit: arrays in, NamedTuples out; numpy and scipy only.

A call that makes no sense raises :class:`StatsError`; data that cannot answer give ``None`` and a `note`. Every random
function takes `seed`. Formulas and sources: docs/statistics.md.
"""

from mergekit_eval.stats.aggregate import (
    Aggregate,
    aggregate,
    mean_limits,
    overlapping,
    weighted_draws,
)
from mergekit_eval.stats.agreement import Agreement, agreement
from mergekit_eval.stats.association import FamilyRange, leave_family_out
from mergekit_eval.stats.batch import paired_differences
from mergekit_eval.stats.bayes import Posterior, paired_dirichlet
from mergekit_eval.stats.binary import mcnemar_exact, mcnemar_midp, newcombe, tango
from mergekit_eval.stats.bootstrap import bootstrap_mean
from mergekit_eval.stats.correlation import Correlation, correlate
from mergekit_eval.stats.correlation_matrix import correlate_all
from mergekit_eval.stats.covariance import PairMoments, pair_moments
from mergekit_eval.stats.equivalence import MarginTest, equivalent, non_inferior
from mergekit_eval.stats.families import FamilyT, family_max_t
from mergekit_eval.stats.friedman import Friedman, friedman, groups
from mergekit_eval.stats.gain import GainCorrelation, gain_against_parent
from mergekit_eval.stats.intervals import Interval, mean, proportion
from mergekit_eval.stats.joint import Comparison, MacroPairs, TaskPairs, compare_all
from mergekit_eval.stats.maxt import max_quantile, max_t
from mergekit_eval.stats.metrics import confusion_parts, metric_difference, metric_interval
from mergekit_eval.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, holm
from mergekit_eval.stats.normalise import normalise, normalised_means
from mergekit_eval.stats.paired import PairedDifference, one_sided, paired_difference, unpaired_difference
from mergekit_eval.stats.partial import partial_correlation
from mergekit_eval.stats.power import Planning, can_decide, items_needed, mde, paired_spread
from mergekit_eval.stats.preference import Games, PositionBias, WinRate, as_games, position_bias, win_rate
from mergekit_eval.stats.ranks import RankDistribution, RankSets, rank_distribution, rank_sets
from mergekit_eval.stats.ratio import Ratio, ratio_of_averages, retention
from mergekit_eval.stats.reliability import disattenuate, reliability
from mergekit_eval.stats.repeated import Repeated, item_means, pass_at_k, pass_at_k_interval, repeated_mean
from mergekit_eval.stats.resample import Draws, bootstrap_draws, flip_draws
from mergekit_eval.stats.selection import Selection, cross_fit
from mergekit_eval.stats.strength import Strengths, strengths
from mergekit_eval.stats.validate import StatsError
from mergekit_eval.stats.verdict import one_sided_all

__all__ = [
    "Aggregate",
    "Agreement",
    "Comparison",
    "Correlation",
    "Draws",
    "FamilyRange",
    "FamilyT",
    "Friedman",
    "GainCorrelation",
    "Games",
    "Interval",
    "MacroPairs",
    "MarginTest",
    "PairMoments",
    "PairedDifference",
    "Planning",
    "PositionBias",
    "Posterior",
    "RankDistribution",
    "RankSets",
    "Ratio",
    "Repeated",
    "Selection",
    "StatsError",
    "Strengths",
    "TaskPairs",
    "WinRate",
    "aggregate",
    "agreement",
    "as_games",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "bootstrap_draws",
    "bootstrap_mean",
    "can_decide",
    "compare_all",
    "confusion_parts",
    "correlate",
    "correlate_all",
    "cross_fit",
    "disattenuate",
    "equivalent",
    "family_max_t",
    "flip_draws",
    "friedman",
    "gain_against_parent",
    "groups",
    "holm",
    "item_means",
    "items_needed",
    "leave_family_out",
    "max_quantile",
    "max_t",
    "mcnemar_exact",
    "mcnemar_midp",
    "mde",
    "mean",
    "mean_limits",
    "metric_difference",
    "metric_interval",
    "newcombe",
    "non_inferior",
    "normalise",
    "normalised_means",
    "one_sided",
    "one_sided_all",
    "overlapping",
    "pair_moments",
    "paired_difference",
    "paired_differences",
    "paired_dirichlet",
    "paired_spread",
    "partial_correlation",
    "pass_at_k",
    "pass_at_k_interval",
    "position_bias",
    "proportion",
    "rank_distribution",
    "rank_sets",
    "ratio_of_averages",
    "reliability",
    "repeated_mean",
    "retention",
    "strengths",
    "tango",
    "unpaired_difference",
    "weighted_draws",
    "win_rate",
]
