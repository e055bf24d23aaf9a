"""Figures of a session: drawn once, saved, and not drawn again where nothing changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mergekit_eval.provenance import digest


def draw_and_save(
    draw: Callable[..., Any], data: pd.DataFrame, how: Mapping[str, Any], venue: str, saving: Mapping[str, Any]
) -> list[Path]:
    """Draw ``data`` in the venue's style, save the figure as ``saving`` says and return the files."""
    from mergekit_eval.show.save import save_figure

    return _drawn(draw, data, how, venue, lambda figure: save_figure(figure, **saving))


def rendered(draw: Callable[..., Any], data: pd.DataFrame, how: Mapping[str, Any], venue: str) -> bytes:
    """Return ``data`` drawn in the venue's style as a PNG."""
    from mergekit_eval.show.save import render

    return _drawn(draw, data, how, venue, lambda figure: render(figure, "png"))


def _drawn(
    draw: Callable[..., Any], data: pd.DataFrame, how: Mapping[str, Any], venue: str, finish: Callable[[Any], Any]
) -> Any:
    from matplotlib import pyplot, rc_context

    from mergekit_eval.show.style import rc

    with rc_context(rc(venue)):
        axes = draw(data, **how)
        figure = axes if hasattr(axes, "savefig") else getattr(axes, "figure", None) or axes.flat[0].figure
        try:
            return finish(figure)
        finally:
            pyplot.close(figure)


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
    drawn = data.to_csv(index=False, lineterminator="\n").encode("utf-8", "backslashreplace")
    unchanged = hashlib.sha256(drawn).hexdigest() == about["files"].get(f"{stem.name}.csv")
    return [*files, stem.with_name(f"{stem.name}.json")] if same and intact and unchanged and not _dirty(origin) else []


def _dirty(origin: Mapping[str, Any]) -> bool:
    return str(origin["commit"]).endswith("-dirty")


# What n counts in figures whose rows are not about items; the boxes among them show quartiles and no intervals.
UNITS = {
    "boxes": "tasks",
    "probe_boxes": "data sets",
    "categories": "merges",
    "ifeval": "prompts or instructions",
    "completeness": "items or instructions",
}
QUARTILES = ("boxes", "probe_boxes")


def describe(name: str, data: pd.DataFrame, level: float | None = None) -> str:
    """Return the plain caption of a figure: its name, how many values it draws, from how many items, which interval."""
    column = next((column for column in ("n", "n_items") if column in data), None)
    sizes = pd.to_numeric(data[column], errors="coerce").dropna() if column else pd.Series(dtype=float)
    unit = next((unit for start, unit in UNITS.items() if name.startswith(start)), "items")
    unit = "tasks" if unit == "merges" and "merge" in data else unit  # the rows are the fewer of merges and tasks
    reach = f"; n = {_range(sizes.min(), sizes.max())} {unit}" if len(sizes) else ""
    bounded = not name.startswith(QUARTILES) and any(column == "low" or column.endswith("_low") for column in data)
    interval = f"; {100 * level:.4g} % intervals" if bounded and level else ""
    return f"{name.replace('_', ' ')}: {len(data):,} values{reach}{interval}."


def _range(low: float, high: float) -> str:
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"
