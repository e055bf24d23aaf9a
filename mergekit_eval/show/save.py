"""One figure, five files: PDF, SVG, PNG, the drawn data as CSV, and a JSON that says where it came from."""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mergekit_eval.errors import DataError
from mergekit_eval.files import write_atomic
from mergekit_eval.sheets import csv_bytes
from mergekit_eval.show.figure_data import data_of, figure_of

# Fonts embedded as TrueType, SVG text editable, no dates, fixed ids: the same figure gives the same bytes.
SAVING: Any = {
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "mergekit_eval",
    "savefig.bbox": None,
}
NO_DATE = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {"Software": None}, "pgf": None}
CANVASES = {
    "png": ("backend_agg", "FigureCanvasAgg"),
    "pdf": ("backend_pdf", "FigureCanvasPdf"),
    "svg": ("backend_svg", "FigureCanvasSVG"),
}


def save_figure(
    figure: Figure | Axes,
    stem: str | Path,
    *,
    data: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
    provenance: Mapping[str, Any],
    caption: str = "",
    formats: tuple[str, ...] = ("pdf", "svg", "png"),
) -> list[Path]:
    """Write a figure with its data and its origin, each file at once or not at all.

    Parameters
    ----------
    figure : Figure or Axes
        The figure (or one of its axes); it stays open and unchanged.
    stem : path
        Folder and name without ending; the folder is made.
    data : DataFrame or mapping of names to DataFrames
        What is drawn -> ``<stem>.csv`` (``<stem>.<name>.csv`` for several). By default the very table that the
        plot function was given.
    provenance : mapping
        Anything JSON can hold: study, inputs, versions, seed. Non-JSON values are written as text.
    caption : str
        Caption for a paper; kept in the JSON.
    formats : tuple of str
        ``pdf``, ``svg``, ``png`` and, with a LaTeX installed, ``pgf``.

    Returns
    -------
    list[Path]
        The files written, the JSON last: where it stands, all the others stand and match its digests.
    """
    fig, stem = figure_of(figure), Path(stem)
    if unknown := sorted(set(formats) - set(NO_DATE)):
        raise DataError(f"save_figure: formats {unknown} are not known; allowed: {sorted(NO_DATE)}")
    frames = _frames(fig, data)
    with _laid_out(fig):
        contents = {f"{stem.name}.{kind}": render(fig, kind) for kind in formats}
    contents |= {f"{stem.name}.{name}csv": csv_bytes(frame) for name, frame in frames.items()}
    about = {
        "caption": caption,
        "size_inches": [round(float(side), 4) for side in fig.get_size_inches()],
        "drawn": {
            name.removesuffix(".") or "data": {"rows": len(frame), "columns": list(map(str, frame.columns))}
            for name, frame in frames.items()
        },
        "provenance": dict(provenance),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    }
    contents[f"{stem.name}.json"] = (json.dumps(about, indent=2, sort_keys=True, default=str) + "\n").encode()
    stem.parent.mkdir(parents=True, exist_ok=True)
    return [write_atomic(stem.with_name(name), content) for name, content in contents.items()]


def _frames(fig: Figure, data: pd.DataFrame | Mapping[str, pd.DataFrame] | None) -> dict[str, pd.DataFrame]:
    """Return the tables of a figure by what stands before the ``csv`` of their file's name: nothing if it is one."""
    tables = data_of(fig) if data is None else {"": data} if isinstance(data, pd.DataFrame) else dict(data)
    if not tables:
        raise DataError("save_figure: no plot function of the kit drew this figure; pass `data`, the table it shows")
    return {f"{name}." if len(tables) > 1 else "": frame for name, frame in tables.items()}


def render(fig: Figure, kind: str, **options: Any) -> bytes:
    """Return the figure as bytes of one format, the same bytes for the same figure."""
    buffer = io.BytesIO()
    about: dict[str, Any] = {"metadata": NO_DATE[kind]} if NO_DATE[kind] else {}
    with matplotlib.rc_context(SAVING | options), _laid_out(fig):
        if kind in CANVASES:
            # savefig draws twice, once to no avail, because it lays the figure out again for each format
            module, name = CANVASES[kind]
            canvas = getattr(import_module(f"matplotlib.backends.{module}"), name)(fig)
            getattr(canvas, f"print_{kind}")(buffer, **about)
        else:
            fig.savefig(buffer, format=kind, **about)
    return buffer.getvalue()


@contextmanager
def _laid_out(fig: Figure) -> Iterator[None]:
    """Lay the figure out once, at the size it is saved in, and leave layout, canvas and resolution as they were."""
    canvas, dpi, engine = fig.canvas, fig.dpi, fig.get_layout_engine()
    wanted = matplotlib.rcParams["savefig.dpi"]
    try:
        fig.set_dpi(dpi if wanted == "figure" else wanted)
        if engine is not None:
            engine.execute(fig)
            fig.set_layout_engine("none")
        yield
    finally:
        fig.set_canvas(canvas)
        fig.set_dpi(dpi)
        if engine is not None:
            fig.set_layout_engine(engine)
