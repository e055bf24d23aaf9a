"""Scores with their intervals, and the band between the parents that a merge is judged by."""

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mergekit_eval.show import layout
from mergekit_eval.show.cap import TALLEST, telling_rows
from mergekit_eval.show.encodings import ROLE_UNKNOWN, ROLES, present
from mergekit_eval.show.layout import Names
from mergekit_eval.show.rows import plot_rows
from mergekit_eval.show.style import FAINT
from mergekit_eval.show.text import plain, short_names
from mergekit_eval.wording import share_of

NEEDS = ("model", "role", "value", "low", "high", "higher_is_better", "scale")
MANY = 5  # parents; a line at each of more is a fence


def scores(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    kind: str = "point",
    band: bool = True,
    numbers: bool = True,
    names: Names = None,
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
    names : mapping
        Full model name -> short name.
    """
    layout.need(table, NEEDS, "scores")
    higher, unit = layout.one(table, "higher_is_better", "scores"), layout.unit(layout.one(table, "scale", "scores"))

    def goodness(rows: pd.DataFrame) -> pd.Series:
        return rows["value"].rank(pct=True, ascending=bool(pd.isna(higher) or higher))

    def behind(ax: Axes, rows: pd.DataFrame) -> None:
        if band:
            _bands(ax, rows)
        chance = set(rows["chance"].dropna()) if "chance" in rows else set()
        for level in chance if len(chance) == 1 else ():
            ax.axvline(level, color=FAINT, linestyle=":", linewidth=1.0, zorder=1)

    label = layout.direction(str(layout.one(table, "metric", "scores") or "score") + unit, higher)
    return plot_rows(
        "scores", table, value="value", interval=("low", "high"), key="model", missing="no score", status="role",
        codes=ROLES, last=("merge", "reference", ""), size=goodness,
        scaled=("chance", "parent_low", "parent_high"), bar=kind == "bar", ax=ax, names=names, label=label,
        behind=behind, panel=ax is not None, legend=False, more=_keys(table, band=band), columns=5,
        text=(lambda row: layout.number(row["value"], 100 if unit else 1)) if numbers else None,
    )  # fmt: skip


def _bands(ax: Axes, rows: pd.DataFrame) -> None:
    """Shade each merge's own range of parents; without that, one band over all parents with a line at each."""
    colour = ROLES["parent"].colour
    line: layout.Look = {"color": colour, "linestyle": "--", "linewidth": 0.8, "zorder": 1}
    if "parent_low" in rows and rows["parent_low"].notna().any():
        own = rows.dropna(subset=["parent_low", "parent_high"])
        low, high = own["parent_low"], own["parent_high"]
        for bar in ax.barh(own.index, high - low, 0.86, left=low, color=colour, alpha=0.16, zorder=0):
            bar.sticky_edges.x.clear()  # else the axis ends at the band and cuts marks in two
        for ends in (low, high):
            ax.vlines(ends, own.index - 0.43, own.index + 0.43, **line)
        return
    parents = rows.loc[(rows["role"] == "parent") & rows["value"].notna(), "value"]
    if len(parents) > 1:
        ax.axvspan(parents.min(), parents.max(), color=colour, alpha=0.13, linewidth=0, zorder=0)
    for value in parents if len(parents) <= MANY else ():
        ax.axvline(value, **line)


def _keys(table: pd.DataFrame, *, band: bool = True) -> list[Artist]:
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
    names: Names = None,
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
    layout.need(table, (*NEEDS, by), "score_grid", [by, "model"])
    models, cut = _models(table, by)
    panels, height = list(table[by].drop_duplicates()), layout.rows_height(len(models))
    across = columns or max(1, min(len(panels), int(layout.wide(0.76) / (layout.font() * 11.5))))
    down = min(-(-len(panels) // across), max(1, int(TALLEST / (height + layout.font() * 4.8 / 72))))
    shown = panels[: down * across]
    figure = layout.new_figure()
    grid = figure.subplots(down, across, squeeze=False, sharey=True)
    titles = layout.labels(panels, int(layout.wide(0.72) / across / (layout.font() * 0.64)))
    short = short_names(models, layout.characters(0.2)) | dict(names or {})
    for ax, panel, title in zip(grid.flat, shown, titles, strict=False):
        _panel(ax, table[table[by] == panel], models, title, kind, short)
    for ax in grid.flat[len(shown) :]:
        ax.set_visible(False)
    for ax in grid[:, 1:].flat:
        ax.tick_params(axis="y", labelleft=False)
    left_out = f"{share_of(len(panels) - len(shown), len(panels), 'panel')} ({by}) not drawn: no room"
    advice = f"{left_out}; select some or use a heat map" if len(panels) > len(shown) else ""
    if advice or cut:
        figure.supxlabel(layout.wrapped(advice, cut, share=0.9), fontsize="small")
    layout.legend(grid[0, 0], _keys(table), columns=5)
    layout.finish(grid[0, 0], table, "score_grid", height, *grid[1:, 0])
    return figure


def _models(table: pd.DataFrame, by: str) -> tuple[list[str], str]:
    """Return the models that every panel shows (of too many base, parents, then the best on average), and a word."""
    ranks = table.groupby(by)["value"].rank(pct=True)
    good = ranks.where(table["higher_is_better"].ne(False), 1 - ranks)
    every = table.assign(good=good, known=table["role"].isin(["base", "parent"])).groupby("model", sort=False)
    each = every.agg({"known": "max", "good": "mean"})
    shown, word = telling_rows(each, each["known"], each["good"], "model")
    return list(shown.index), word


def _panel(ax: Axes, table: pd.DataFrame, models: list[str], title: str, kind: str, names: Names) -> None:
    """Draw the scores of one panel; a model without a row there has no score."""
    first = table[[name for name in ("higher_is_better", "scale", "metric") if name in table]].iloc[0]
    full = table.set_index("model").reindex(models).assign(**first).rename_axis("model").reset_index()
    scores(full, ax=ax, kind=kind, numbers=False, names=names)
    ax.set_title(title, loc="left", pad=3)
    unit = layout.unit(first["scale"]) or str(first.get("metric", ""))
    higher = first["higher_is_better"]
    arrow = "direction unknown" if pd.isna(higher) else "→ better" if higher else "← better"
    ax.set_xlabel(plain(f"{unit} {arrow}"), fontsize="small")
