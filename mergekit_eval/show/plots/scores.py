"""Scores with their intervals, and the band between the parents that a merge is judged by."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mergekit_eval.show import layout
from mergekit_eval.show.encodings import ROLE_UNKNOWN, ROLES, Code, present, role_code
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.style import FAINT, INK
from mergekit_eval.show.text import plain, short_names
from mergekit_eval.wording import share_of

NEEDS = ("model", "role", "value", "low", "high", "higher_is_better", "scale")
MANY = 5  # parents; a line at each of more is a fence
TALLEST = 22.0  # inches; beyond it a grid says what it leaves out


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
    """Draw one row per model: score, interval, band between the parents, a dashed line at each parent.

    Parameters
    ----------
    table : DataFrame
        One task, one row per model in the order to draw: ``model, role, value, low, high, higher_is_better, scale``;
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
    layout.need(table, NEEDS, "scores")
    layout.no_repeats(table, ["model"], "scores")
    times, higher = layout.factor(layout.one(table, "scale", "scores")), layout.one(table, "higher_is_better", "scores")
    own, ax = ax is None, layout.axes_for_rows(ax, len(table), extra=6.5)
    rows = table.assign(**{name: table[name] * times for name in _present(table)}).reset_index(drop=True)
    if band:
        _bands(ax, rows)
    _marks(ax, rows, codes, kind, numbers, layout.unit(rows["scale"].iloc[0]))
    _chance(ax, rows)
    layout.row_axis(ax, list(rows["model"]), names)
    layout.value_grid(ax)
    label = layout.one(table, "metric", "scores") or "score"
    layout.x_label(ax, layout.direction(str(label) + layout.unit(layout.one(table, "scale", "scores")), higher))
    if own:
        remember(ax, table, "scores")
        layout.legend(ax, score_legend(table, band=band), columns=5)
    return ax


def _present(table: pd.DataFrame) -> list[str]:
    return [name for name in ("value", "low", "high", "chance", "parent_low", "parent_high") if name in table]


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


def _marks(ax: Axes, rows: pd.DataFrame, codes: Mapping[str, Code] | None, kind: str, numbers: bool, unit: str) -> None:
    known = rows[rows["value"].notna()]
    given = [
        (codes or {}).get(model) or role_code(role) for model, role in zip(known["model"], known["role"], strict=True)
    ]
    for code in dict.fromkeys(given):
        same = known[[other == code for other in given]]
        if kind == "bar":
            ax.barh(same.index, same["value"], 0.72, color=code.colour, hatch=code.hatch, edgecolor="white", alpha=0.85)
            ax.hlines(same.index, same["low"], same["high"], color=INK, zorder=3)
        else:
            layout.intervals(ax, same.index, same["value"], same["low"], same["high"], code)
    for at in rows.index[rows["value"].isna()]:
        layout.no_value(ax, at)
    for at, value in known["value"].items() if numbers else ():
        layout.right_text(ax, at, layout.number(value, 100 if unit else 1))


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
    """Draw one panel of `scores` per value of ``by``, every panel with every model in the same row.

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
    panels, models = list(table[by].drop_duplicates()), list(table["model"].drop_duplicates())
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
    _finish(fig, grid, table, len(panels), len(shown), by)
    return fig


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


def _finish(fig: Figure, grid: np.ndarray, table: pd.DataFrame, total: int, shown: int, by: str) -> None:
    for ax in grid.flat[shown:]:
        ax.set_visible(False)
    for ax in grid[:, 1:].flat:
        ax.tick_params(axis="y", labelleft=False)
    handles = score_legend(table)
    fig.legend(handles=handles, loc="outside upper right", ncols=min(len(handles), max(1, int(layout.wide() / 1.1))))
    if total > shown:
        text = f"{share_of(total - shown, total, 'panel')} ({by}) not drawn: no room; select some or use a heat map"
        fig.supxlabel(layout.wrapped(text, 0.9), fontsize="small")
