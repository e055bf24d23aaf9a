"""Every figure of the kit: finished table in, matplotlib axes out; nothing is computed here."""

from mergekit_eval.show.boxes import boxes
from mergekit_eval.show.counts import category_counts, item_changes, win_tie_loss
from mergekit_eval.show.critical_difference import critical_difference
from mergekit_eval.show.curves import profile, sweep
from mergekit_eval.show.gain_matrices import clustered_heatmap, conflict_matrix, delta_heatmap
from mergekit_eval.show.matrix_plots import completeness, correlation_heatmap, score_heatmap, significance_matrix
from mergekit_eval.show.points import pareto, scatter
from mergekit_eval.show.row_plots import (
    forest,
    impact,
    item_noise,
    mde_dots,
    positions,
    rank_intervals,
    retention,
    verdicts,
    winners,
)
from mergekit_eval.show.scores import score_grid, score_legend, scores
from mergekit_eval.show.trees import dendrogram

__all__ = [
    "boxes",
    "category_counts",
    "clustered_heatmap",
    "completeness",
    "conflict_matrix",
    "correlation_heatmap",
    "critical_difference",
    "delta_heatmap",
    "dendrogram",
    "forest",
    "impact",
    "item_changes",
    "item_noise",
    "mde_dots",
    "pareto",
    "positions",
    "profile",
    "rank_intervals",
    "retention",
    "scatter",
    "score_grid",
    "score_heatmap",
    "score_legend",
    "scores",
    "significance_matrix",
    "sweep",
    "verdicts",
    "win_tie_loss",
    "winners",
]
