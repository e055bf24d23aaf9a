"""Every figure of the kit: finished table in, matplotlib axes out; nothing is computed here.

``plots.forest(table)`` draws one. A kind of figure is a function in a module of this folder and an entry of `PLOTS`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from mergekit_eval.show import counts, matrix_plots, points, row_plots, series, trees
from mergekit_eval.show import critical_difference as ranks
from mergekit_eval.show import scores as score_plots

INTERVALS = "{level} intervals"
TOGETHER = "limits that hold together at {level}"


class Plot(NamedTuple):
    """One kind of figure: its function, and what its caption says of the limits it draws.

    ``limits`` has a slot for the confidence level; it is empty where the figure draws no limits of its table.
    """

    draw: Callable[..., Any]
    limits: str = ""


PLOTS = {
    "boxes": Plot(series.boxes),
    "category_counts": Plot(counts.category_counts),
    "clustered_heatmap": Plot(matrix_plots.clustered_heatmap),
    "completeness": Plot(matrix_plots.completeness),
    "conflict_matrix": Plot(matrix_plots.conflict_matrix),
    "correlation_heatmap": Plot(matrix_plots.correlation_heatmap, "grey where the {level} interval holds 0"),
    "critical_difference": Plot(ranks.critical_difference),
    "delta_heatmap": Plot(matrix_plots.delta_heatmap),
    "dendrogram": Plot(trees.dendrogram),
    "forest": Plot(row_plots.forest, INTERVALS),
    "impact": Plot(row_plots.impact, INTERVALS),
    "item_changes": Plot(counts.item_changes),
    "item_noise": Plot(row_plots.item_noise, "grey: central {level} of what noise alone would give"),
    "mde_dots": Plot(row_plots.mde_dots),
    "pareto": Plot(points.pareto, INTERVALS),
    "places": Plot(row_plots.places, TOGETHER),
    "positions": Plot(row_plots.positions, INTERVALS),
    "profile": Plot(series.profile, INTERVALS),
    "rank_intervals": Plot(row_plots.rank_intervals, "ranks that stay open for all models at once at {level}"),
    "retention": Plot(row_plots.retention, INTERVALS),
    "scatter": Plot(points.scatter, INTERVALS),
    "score_grid": Plot(score_plots.score_grid, INTERVALS),
    "score_heatmap": Plot(matrix_plots.score_heatmap),
    "scores": Plot(score_plots.scores, INTERVALS),
    "significance_matrix": Plot(matrix_plots.significance_matrix),
    "sweep": Plot(series.sweep, INTERVALS),
    "verdicts": Plot(row_plots.verdicts, TOGETHER),
    "win_tie_loss": Plot(counts.win_tie_loss),
    "winners": Plot(row_plots.winners, INTERVALS),
}


def __getattr__(name: str) -> Callable[..., Any]:
    """Return the function of a kind of figure."""
    if name not in PLOTS:
        raise AttributeError(f"plots has no figure {name!r}; it has {', '.join(PLOTS)}")
    return PLOTS[name].draw


def __dir__() -> list[str]:
    return [*globals(), *PLOTS]
