"""Figures of a session: drawn once, saved, and not drawn again where nothing changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mergekit_eval.compare.words import evidence_words
from mergekit_eval.files import digest
from mergekit_eval.sheets import csv_bytes
from mergekit_eval.tables import name_of, spec
from mergekit_eval.wording import counted, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@contextmanager
def drawn(draw: Callable[..., Any], data: pd.DataFrame, how: Mapping[str, Any], venue: str) -> Iterator[Figure]:
    """Give ``data`` drawn in the venue's style, for saving or rendering within; the figure is closed afterwards."""
    from matplotlib import pyplot, rc_context

    from mergekit_eval.show.figure_data import figure_of
    from mergekit_eval.show.style import rc

    settings: Any = rc(venue)
    with rc_context(settings):
        axes = draw(data, **how)
        figure = figure_of(axes.flat[0] if hasattr(axes, "flat") else axes)
        try:
            yield figure
        finally:
            pyplot.close(figure)


def draw_and_save(
    draw: Callable[..., Any], data: pd.DataFrame, how: Mapping[str, Any], venue: str, saving: Mapping[str, Any]
) -> list[Path]:
    """Draw ``data`` in the venue's style, save the figure as ``saving`` says and return the files."""
    from mergekit_eval.show.save import save_figure

    with drawn(draw, data, how, venue) as figure:
        return save_figure(figure, **saving)


def rendered(draw: Callable[..., Any], data: pd.DataFrame, how: Mapping[str, Any], venue: str) -> bytes:
    """Return ``data`` drawn in the venue's style as a PNG."""
    from mergekit_eval.show.save import render

    with drawn(draw, data, how, venue) as figure:
        return render(figure, "png")


def saved_before(stem: Path, data: pd.DataFrame, origin: Mapping[str, Any]) -> list[Path]:
    """Return the files of a figure that was drawn already from exactly this data by exactly this code, else nothing.

    A checkout with uncommitted changes is no exact code: there every figure is drawn anew.
    """
    try:
        about = json.loads(stem.with_name(f"{stem.name}.json").read_text(encoding="utf-8"))
        files = {stem.with_name(name): wanted for name, wanted in about["files"].items()}
        known = about["provenance"]
        same = all(known[key] == origin[key] for key in ("versions", "commit", "drawing"))
        intact = all(digest(path) == wanted for path, wanted in files.items())
    except (OSError, ValueError, KeyError, TypeError):
        return []
    if not (same and intact) or str(origin["commit"]).endswith("-dirty"):
        return []
    unchanged = hashlib.sha256(csv_bytes(data)).hexdigest() == about["files"].get(f"{stem.name}.csv")
    return [*files, stem.with_name(f"{stem.name}.json")] if unchanged else []


def describe(name: str, data: pd.DataFrame, level: float | None = None, by: str = "") -> str:
    """Return the plain caption of a figure: its name, how many values from what evidence and items, which interval.

    Parameters
    ----------
    name : str
        Of the figure.
    data : DataFrame
        What is drawn.
    level : float, optional
        Confidence level of its limits.
    by : str
        Name of the plot function, which decides what of the limits is drawn.
    """
    column = next((column for column in ("n", "n_items") if column in data), None)
    sizes = pd.to_numeric(data[column], errors="coerce").dropna() if column else pd.Series(dtype=float)
    reach = f"; n = {_range(sizes.min(), sizes.max(), _unit(data, str(column)))}" if len(sizes) else ""
    limits = "" if level is None else _limits(by or name, data, percent(level).replace("%", " %"))
    return f"{name.replace('_', ' ')}: {counted(len(data), 'value')}{evidence_words(data)}{reach}{limits}."


def _unit(data: pd.DataFrame, column: str) -> str:
    """Return what n counts: as the rows say themselves, else as the table's specification says."""
    if "n_of" in data and data["n_of"].eq(data["n_of"].iloc[0]).all():
        return str(data["n_of"].iloc[0])
    return spec(name).column(column).unit if (name := name_of(data)) else "items"


def _limits(by: str, data: pd.DataFrame, level: str) -> str:
    from mergekit_eval.show.plots import PLOTS

    words = PLOTS[by].limits if by in PLOTS else ""
    known = any(column == "low" or column.endswith("_low") for column in map(str, data))
    return f"; {words.format(level=level)}" if words and known else ""


def _range(low: float, high: float, unit: str) -> str:
    if low == high:
        return f"{low:,.0f} {unit if high != 1 else ' or '.join(one.removesuffix('s') for one in unit.split(' or '))}"
    return f"{low:,.0f} to {high:,.0f} {unit}"
