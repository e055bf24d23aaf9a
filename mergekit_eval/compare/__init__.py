"""From scores and items to claims about merges: tables with intervals, n and reasons."""

from mergekit_eval.compare.audit import (
    advice_table,
    answer_table,
    asymmetry_table,
    clean_table,
    degenerate,
    fairness,
    filter_table,
    sign_shares,
    sign_table,
)
from mergekit_eval.compare.bands import band_counts, band_table
from mergekit_eval.compare.best import best_decided
from mergekit_eval.compare.captions import correlation_caption, joint_caption, mde_caption, rank_caption, tree_axis
from mergekit_eval.compare.categories import category_counts, category_table
from mergekit_eval.compare.choice import choice_table
from mergekit_eval.compare.collapse import collapse_table, collapsed
from mergekit_eval.compare.comparability import comparability_counts, comparable_pairs
from mergekit_eval.compare.conflicts import conflict_table, regression_table
from mergekit_eval.compare.correlations import correlations, most_reliable, task_reliability, task_tree
from mergekit_eval.compare.coverage import capability_table, completeness
from mergekit_eval.compare.domains import domains_of
from mergekit_eval.compare.examples import item_examples, item_list, items_paragraph
from mergekit_eval.compare.forgetting import forgetting_table
from mergekit_eval.compare.gains import gain_correlation, gain_points
from mergekit_eval.compare.health import health_table
from mergekit_eval.compare.holmes_vs_harness import HolmesHarness, harness_scores, holmes_harness
from mergekit_eval.compare.item_agreement import item_agreement
from mergekit_eval.compare.items import item_changes, item_table
from mergekit_eval.compare.joint_intervals import largest_joint, simultaneous
from mergekit_eval.compare.leaderboards import board_scores, leaderboard_table
from mergekit_eval.compare.lineage_groups import families_of, sizes_of
from mergekit_eval.compare.linguistic_probes import linguistic_probes, probe_gains
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.mergebench_score import normalised_performance
from mergekit_eval.compare.multiplicity import described, tested_table
from mergekit_eval.compare.non_inferiority import no_worse_counts, no_worse_table
from mergekit_eval.compare.oracle_ceiling import ceiling_table
from mergekit_eval.compare.paired_differences import contrasts, differences, incomplete, most_traded
from mergekit_eval.compare.parent_band import with_own_parents
from mergekit_eval.compare.parent_range import expectation_table
from mergekit_eval.compare.perplexities import broken, perplexity_scores, perplexity_table
from mergekit_eval.compare.place import place_table
from mergekit_eval.compare.plot_data import (
    cost_points,
    gain_boxes,
    impact_of,
    impact_table,
    nearest_gains,
    oriented_percent,
    quartile_table,
    trade_points,
    tree_of,
)
from mergekit_eval.compare.pooled_gains import pooled_gains
from mergekit_eval.compare.power_table import nearest_to_decision, planning_table, visible
from mergekit_eval.compare.probe_vs_task import agreement, group_agreement, strongest, wide_scores
from mergekit_eval.compare.probes import holmes_probes, minimal_pair_probes, probe_differences, probe_groups, unmapped
from mergekit_eval.compare.ranking import Standing, standing
from mergekit_eval.compare.recipe_places import recipe_place_table
from mergekit_eval.compare.recipes import recipe_table
from mergekit_eval.compare.relations import relation_table
from mergekit_eval.compare.retention import headline, retention_table
from mergekit_eval.compare.scores import score_table
from mergekit_eval.compare.sensitivity import sensitivity_table
from mergekit_eval.compare.subjects import ifeval_table, mmlu_only, mmlu_table, subject_differences
from mergekit_eval.compare.sweeps import seed_table, sweep_table, winner_table
from mergekit_eval.compare.task_claims import claim_table, claims_paragraph
from mergekit_eval.compare.task_pairs import (
    axis_labels,
    chosen_pair,
    family_sensitivity,
    pair_detail,
    scatter_points,
)
from mergekit_eval.compare.tradeoffs import cost_table, merge_costs, pareto_front, pareto_table
from mergekit_eval.compare.verdicts import verdict_table
from mergekit_eval.compare.votes import own_votes, vote_table, votes_of
from mergekit_eval.compare.words import (
    choice_paragraph,
    no_worse_paragraph,
    power_paragraph,
    probes_paragraph,
    reliability_paragraph,
    significance_paragraph,
    standing_paragraph,
)

__all__ = [
    "HolmesHarness",
    "MergeContext",
    "Standing",
    "advice_table",
    "agreement",
    "answer_table",
    "asymmetry_table",
    "axis_labels",
    "band_counts",
    "band_table",
    "best_decided",
    "board_scores",
    "broken",
    "capability_table",
    "category_counts",
    "category_table",
    "ceiling_table",
    "choice_paragraph",
    "choice_table",
    "chosen_pair",
    "claim_table",
    "claims_paragraph",
    "clean_table",
    "collapse_table",
    "collapsed",
    "comparability_counts",
    "comparable_pairs",
    "completeness",
    "conflict_table",
    "contrasts",
    "correlation_caption",
    "correlations",
    "cost_points",
    "cost_table",
    "degenerate",
    "described",
    "differences",
    "domains_of",
    "expectation_table",
    "fairness",
    "families_of",
    "family_sensitivity",
    "filter_table",
    "forgetting_table",
    "gain_boxes",
    "gain_correlation",
    "gain_points",
    "group_agreement",
    "harness_scores",
    "headline",
    "health_table",
    "holmes_harness",
    "holmes_probes",
    "ifeval_table",
    "impact_of",
    "impact_table",
    "incomplete",
    "item_agreement",
    "item_changes",
    "item_examples",
    "item_list",
    "item_table",
    "items_paragraph",
    "joint_caption",
    "largest_joint",
    "leaderboard_table",
    "linguistic_probes",
    "mde_caption",
    "merge_costs",
    "minimal_pair_probes",
    "mmlu_only",
    "mmlu_table",
    "most_reliable",
    "most_traded",
    "nearest_gains",
    "nearest_to_decision",
    "no_worse_counts",
    "no_worse_paragraph",
    "no_worse_table",
    "normalised_performance",
    "oriented_percent",
    "own_votes",
    "pair_detail",
    "pareto_front",
    "pareto_table",
    "perplexity_scores",
    "perplexity_table",
    "place_table",
    "planning_table",
    "pooled_gains",
    "power_paragraph",
    "probe_differences",
    "probe_gains",
    "probe_groups",
    "probes_paragraph",
    "quartile_table",
    "rank_caption",
    "recipe_place_table",
    "recipe_table",
    "regression_table",
    "relation_table",
    "reliability_paragraph",
    "retention_table",
    "scatter_points",
    "score_table",
    "seed_table",
    "sensitivity_table",
    "sign_shares",
    "sign_table",
    "significance_paragraph",
    "simultaneous",
    "sizes_of",
    "standing",
    "standing_paragraph",
    "strongest",
    "subject_differences",
    "sweep_table",
    "task_reliability",
    "task_tree",
    "tested_table",
    "trade_points",
    "tree_axis",
    "tree_of",
    "unmapped",
    "verdict_table",
    "visible",
    "vote_table",
    "votes_of",
    "wide_scores",
    "winner_table",
    "with_own_parents",
]
