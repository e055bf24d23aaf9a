"""One picture per plot function: ``python -m tools.gallery docs`` writes docs/gallery.md."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import matplotlib.pyplot as plt

from mergekit_eval.files import write_atomic
from mergekit_eval.show import plots, style
from mergekit_eval.show.figure_data import figure_of
from mergekit_eval.show.save import render
from tools import synthetic as s
from tools import synthetic_more as more


class Example(NamedTuple):
    """One picture: what it shows, and how to draw it with about ``count`` models, tasks or merges."""

    function: str
    shows: str
    draw: Callable[[int], Any]


EXAMPLES = (
    Example("scores", "One task: every model with its interval, the band between the parents, chance.",
            lambda n: plots.scores(s.score_table(n, seed=3))),
    Example("score_grid", "Several tasks or capabilities; each model has the same row in all panels.",
            lambda n: plots.score_grid(s.score_table(n, 6, missing=0.05))),
    Example("verdicts", "The verdict on each merge: average gain over the best parent, with the limits that decide.",
            lambda n: plots.verdicts(more.verdict_table(n))),
    Example("places", "The average gain over the base and each parent, with the limits that decide the verdicts.",
            lambda n: plots.places(more.place_table(n))),
    Example("delta_heatmap",
            "Gain per merge and task; colour only where the test decides, hatched where nothing can be said.",
            lambda n: plots.delta_heatmap(s.difference_table(n))),
    Example("significance_matrix",
            "Merges x references x tasks, by symbol and colour, after correction for the family.",
            lambda n: plots.significance_matrix(s.difference_table(n, 8, 3))),
    Example("forest", "Differences with their intervals.", lambda n: plots.forest(s.difference_table(n, 1))),
    Example("profile", "The gains of all merges, task by task; hollow marks are not decided.",
            lambda n: plots.profile(s.difference_table(n, 5))),
    Example("win_tie_loss", "Items won, tied and lost against the reference.",
            lambda n: plots.win_tie_loss(s.difference_table(n, 1, missing=0))),
    Example("item_changes",
            "Items kept, gained and lost; synergy (no parent had it) and lost consensus (every parent had it).",
            lambda n: plots.item_changes(more.item_table(n))),
    Example("positions", "Where merges fall in the range of their parents.",
            lambda n: plots.positions(more.position_table(n))),
    Example("category_counts", "Per task: how many merges are better than all parents, between, worse, or undecided.",
            lambda n: plots.category_counts(more.category_table(n))),
    Example("item_noise", "Synergy, or lost consensus, beside the number expected from noise alone.",
            lambda n: plots.item_noise(more.noise_table(n))),
    Example("winners", "The best setting of a sweep: its score, and the score on items that did not select it.",
            lambda n: plots.winners(more.winner_table(n))),
    Example("retention",
            "Share of a parent's score over chance that is kept; none where the parent is near chance.",
            lambda n: plots.retention(more.retention_table(n))),
    Example("impact", "The tasks a merge changed most.", lambda n: plots.impact(more.impact_table(n))),
    Example("mde_dots", "Undecided differences: minimum detectable effect (grey) and observed difference.",
            lambda n: plots.mde_dots(s.difference_table(n, 1))),
    Example("sweep",
            "Score along a merge parameter, interval bands and the parents' lines; points below four settings.",
            lambda n: plots.sweep(more.sweep_table(n), parents=s.score_table(3).iloc[1:])),
    Example("pareto",
            "Two capabilities against each other; filled marks are undominated, the line is the Pareto front.",
            lambda n: plots.pareto(more.trade_table(n), x_label="math (%)", y_label="coding (%)")),
    Example("scatter", "Tasks by family.", lambda n: plots.scatter(
        more.family_table(n), x_label="parent - specialist", y_label="merge - specialist", label_points=True)),
    Example("boxes", "Scores within capabilities as boxes; outliers are dots.",
            lambda n: plots.boxes(more.box_table(n), label="F1 (%)")),
    Example("rank_intervals",
            "Ranks with the ranks their intervals allow.",
            lambda n: plots.rank_intervals(more.rank_table(n))),
    Example("critical_difference",
            "Mean ranks; a bar joins models that the test named in the figure does not separate.",
            lambda n: plots.critical_difference(more.rank_table(n), **more.critical(n))),
    Example("correlation_heatmap",
            "Correlation of tasks over models, n in every cell; grey where the interval holds 0 or is unreliable.",
            lambda n: plots.correlation_heatmap(s.correlation_table(max(n, 3)))),
    Example("score_heatmap", "Many tasks x models, e.g. the subjects of MMLU.",
            lambda n: plots.score_heatmap(s.score_table(n, 12, missing=0.05))),
    Example("completeness",
            "What was evaluated at all; never a score.",
            lambda n: plots.completeness(more.completeness_table(n))),
    Example("conflict_matrix",
            "Interference between parents: a skill in merges with another parent, against merges without it.",
            lambda n: plots.conflict_matrix(more.conflict_table(n))),
    Example("dendrogram",
            "Tasks clustered by a linkage computed elsewhere.",
            lambda n: plots.dendrogram(*more.linkage_of(n))),
    Example("clustered_heatmap", "A gain matrix in the order of its tree.",
            lambda n: plots.clustered_heatmap(s.difference_table(5, n), *more.linkage_of(n))),
)  # fmt: skip


def _small(png: bytes) -> bytes:
    """Return the picture with 64 colours, a third of its size."""
    from PIL import Image

    out = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def write_gallery(folder: Path) -> Path:
    """Write ``gallery.md`` and ``gallery/*.png`` into ``folder``; same code, same bytes."""
    lines = [
        "# Gallery",
        "",
        "Every plot function, with synthetic tables; made by `python -m tools.gallery docs`.",
        "",
    ]
    for example in EXAMPLES:
        with matplotlib.rc_context(style.rc("neurips")):
            figure = figure_of(example.draw(8))
            with matplotlib.rc_context({"savefig.dpi": 110}):
                write_atomic(folder / "gallery" / f"{example.function}.png", _small(render(figure, "png")))
            plt.close(figure)
        picture = f"![{example.function}](gallery/{example.function}.png)"
        lines += [f"## `plots.{example.function}`", "", example.shows, "", picture, ""]
    return write_atomic(folder / "gallery.md", "\n".join(lines))


if __name__ == "__main__":
    matplotlib.use("agg")
    write_gallery(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
