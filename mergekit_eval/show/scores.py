"""Scores with their intervals, and the band between the parents that a merge is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mergekit_eval.show import layout
from mergekit_eval.show.cap import TALLEST, telling_rows
from mergekit_eval.show.encodings import ROLE_UNKNOWN, ROLES, Code, present
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.rows import RowPlot, plot_rows
from mergekit_eval.show.style import FAINT
from mergekit_eval.show.text import plain, short_names
from mergekit_eval.wording import share_of

NEEDS = ("model", "role", "value", "low", "high", "higher_is_better", "scale")
SCORES = RowPlot(
    name="scores", value="value", low="low", high="high", key="model", missing="no score",
    status="role", codes=ROLES, other_name=ROLE_UNKNOWN, last=("merge", "reference", ""),
    needs=("higher_is_better", "scale"), scaled=("chance", "parent_low", "parent_high"),
)  # fmt: skip
MANY = 5  # parents; a line at each of more is a fence


def scores(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    kind: str = "point",
    band: bool = True,
    numbers: bool = True,
    names: Mapping[str, str] | None = None,
    codes: Mapping[str, Code] | None = None,
) -> Axes:
    """Plot one row per model: score, interval, band between the parents, a dashed line at each parent.

    Parameters
    ----------
    table : DataFrame
        One task, one row per model in the order to plot: ``model, role, value, low, high, higher_is_better, scale``;
        optional ``chance`` (a dotted line) and ``parent_low, parent_high`` (the range of a merge's OWN parents, drawn
        behind its row instead of one band for all). A missing value is drawn as "no score", never as 0.
    kind : {"point", "bar"}
        Marks, or bars from 0 (hatched by role).
    band : bool
        Draw the band and the parents' lines.
    numbers : bool
        Print each score at the right edge.
    names, codes : mapping
        Full model name -> short name, and -> `Code` (default: by role).
    """
    plot = replace(SCORES, bar=kind == "bar")
    plot.check(table)
    higher, unit = layout.one(table, "higher_is_better", "scores"), layout.unit(layout.one(table, "scale", "scores"))
    plot = replace(plot, size=lambda rows: _goodness(rows["value"], higher))

    def behind(ax: Axes, rows: pd.DataFrame) -> None:
        if band:
            _bands(ax, rows)
        _chance(ax, rows)

    label = layout.direction(str(layout.one(table, "metric", "scores") or "score") + unit, higher)
    times = 100 if unit else 1
    return plot_rows(
        plot, table, ax=ax, names=names, label=label, behind=behind, codes=codes, panel=ax is not None,
        text=(lambda row: layout.number(row["value"], times)) if numbers else None,
        legend=False, more=score_legend(table, band=band), columns=5,
    )  # fmt: skip


def _goodness(values: pd.Series, higher: object) -> pd.Series:
    """Return the ranks of the values as shares, 1 the best; of an unknown direction 1 the highest."""
    return values.rank(pct=True, ascending=bool(pd.isna(higher) or higher))


def _bands(ax: Axes, rows: pd.DataFrame) -> None:
    """Shade each merge's own range of parents; without that, one band over all parents with a line at each."""
    code = ROLES["parent"]
    if "parent_low" in rows and rows["parent_low"].notna().any():
        own = rows.dropna(subset=["parent_low", "parent_high"])
        low, high = own["parent_low"], own["parent_high"]
        for bar in ax.barh(own.index, high - low, 0.86, left=low, color=code.colour, alpha=0.16, zorder=0):
            bar.sticky_edges.x.clear()  # else the axis ends at the band and cuts marks in two
        for ends in (low, high):
            ax.vlines(
                ends, own.index - 0.43, own.index + 0.43, color=code.colour, linestyle="--", linewidth=0.8, zorder=1
            )
        return
    parents = rows.loc[(rows["role"] == "parent") & rows["value"].notna(), "value"]
    if len(parents) > 1:
        ax.axvspan(parents.min(), parents.max(), color=code.colour, alpha=0.13, linewidth=0, zorder=0)
    for value in parents if len(parents) <= MANY else ():
        ax.axvline(value, color=code.colour, linestyle="--", linewidth=0.8, zorder=1)


def _chance(ax: Axes, rows: pd.DataFrame) -> None:
    values = rows["chance"].dropna().unique() if "chance" in rows else np.array([])
    if len(values) == 1:
        ax.axvline(float(values[0]), color=FAINT, linestyle=":", linewidth=1.0, zorder=1)


def score_legend(table: pd.DataFrame, *, band: bool = True) -> list[Patch | Line2D]:
    """Return legend entries for the roles of a score table, the parents' band and the chance line."""
    handles = [layout.swatch(name, code) for name, code in present(ROLES, table["role"], ROLE_UNKNOWN).items()]
    if band and ("parent_low" in table or (table["role"] == "parent").sum() > 1):
        handles.append(Patch(color=ROLES["parent"].colour, alpha=0.16, label="between the parents"))
    if "chance" in table and table["chance"].notna().any():
        handles.append(Line2D([], [], color=FAINT, linestyle=":", label="chance"))
    return handles


def score_grid(
    table: pd.DataFrame,
    *,
    by: str = "task",
    columns: int | None = None,
    kind: str = "point",
    names: Mapping[str, str] | None = None,
    codes: Mapping[str, Code] | None = None,
) -> Figure:
    """Plot one panel of `scores` per value of ``by``, every panel with every model in the same row.

    Parameters
    ----------
    table : DataFrame
        As for `scores`, with the column ``by`` (task, capability, ...); one row per model and panel.

    Returns
    -------
    Figure
        Panels beyond 22 inches of height are left out and the figure's last line says how many.
    """
    layout.need(table, (*NEEDS, by), "score_grid")
    models, cut = _models(table, by)
    panels = list(table[by].drop_duplicates())
    across = columns or max(1, min(len(panels), int((layout.wide() * 0.76) / (layout.font() * 11.5 / 72))))
    each = len(models) * layout.row_height(len(models)) + layout.lines(4)
    down = min(-(-len(panels) // across), max(1, int(TALLEST / each)))
    shown = panels[: down * across]
    fig = layout.new_figure(down * each + layout.lines(2))
    grid = fig.subplots(down, across, squeeze=False, sharey=True)
    titles = layout.labels(panels, int(layout.wide() * 0.72 / across * 72 / (layout.font() * 0.64)))
    short = short_names(models, layout.label_limit(0.2)) | dict(names or {})
    for at, panel, title in zip(grid.flat, shown, titles, strict=False):
        _panel(at, table[table[by] == panel], models, title, kind, short, codes)
    remember(fig, table, "score_grid")
    left_out = f"{share_of(len(panels) - len(shown), len(panels), 'panel')} ({by}) not drawn: no room"
    advice = f"{left_out}; select some or use a heat map" if len(panels) > len(shown) else ""
    _finish(fig, grid, table, len(shown), [advice, cut])
    return fig


def _models(table: pd.DataFrame, by: str) -> tuple[list[str], str]:
    """Return the models that every panel shows (of too many base, parents, then the best on average), and a word."""
    ranks = table.groupby(by)["value"].rank(pct=True)
    good = ranks.where(table["higher_is_better"].ne(False), 1 - ranks)
    every = table.assign(good=good, known=table["role"].isin(["base", "parent"])).groupby("model", sort=False)
    each = every.agg({"known": "max", "good": "mean"})
    shown, word = telling_rows(each, each["known"], each["good"], "model")
    return list(shown.index), word


def _panel(
    ax: Axes, table: pd.DataFrame, models: list[str], title: str, kind: str,
    names: Mapping[str, str], codes: Mapping[str, Code] | None,
) -> None:  # fmt: skip
    layout.no_repeats(table, ["model"], f"score_grid: {title}")
    have = table.set_index("model", drop=False)
    full = have.reindex(models).assign(model=models)
    for column in ("higher_is_better", "scale", "metric"):
        if column in full:
            full[column] = have[column].iloc[0]
    scores(full.reset_index(drop=True), ax=ax, kind=kind, numbers=False, names=names, codes=codes)
    ax.set_title(title, loc="left", pad=3)
    higher = have["higher_is_better"].iloc[0]
    arrow = "direction unknown" if pd.isna(higher) else "→ better" if higher else "← better"
    unit = layout.unit(have["scale"].iloc[0]) or (str(have["metric"].iloc[0]) if "metric" in have else "")
    ax.set_xlabel(plain(f"{unit} {arrow}"), fontsize="small")


def _finish(fig: Figure, grid: np.ndarray, table: pd.DataFrame, shown: int, words: list[str]) -> None:
    for ax in grid.flat[shown:]:
        ax.set_visible(False)
    for ax in grid[:, 1:].flat:
        ax.tick_params(axis="y", labelleft=False)
    handles = score_legend(table)
    fig.legend(handles=handles, loc="outside upper right", ncols=min(len(handles), max(1, int(layout.wide() / 1.1))))
    if any(words):
        fig.supxlabel(layout.wrapped("; ".join(filter(None, words)), 0.9), fontsize="small")
