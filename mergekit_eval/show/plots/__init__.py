"""Every figure of the kit: finished table in, matplotlib axes out; nothing is computed here."""

from mergekit_eval.show.plots.bars import impact, item_changes, retention, win_tie_loss
from mergekit_eval.show.plots.boxes import boxes
from mergekit_eval.show.plots.curves import profile, sweep
from mergekit_eval.show.plots.differences import forest
from mergekit_eval.show.plots.heatmaps import conflict_matrix, correlation_heatmap, delta_heatmap
from mergekit_eval.show.plots.matrices import completeness, score_heatmap
from mergekit_eval.show.plots.merges import category_counts, item_noise, positions, winners
from mergekit_eval.show.plots.outcomes import significance_matrix, verdicts
from mergekit_eval.show.plots.points import mde_dots, pareto, scatter
from mergekit_eval.show.plots.ranks import critical_difference, rank_intervals
from mergekit_eval.show.plots.scores import score_grid, score_legend, scores
from mergekit_eval.show.plots.trees import clustered_heatmap, dendrogram

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
