"""One self-contained HTML page: verdicts first, then figures, tables, problems and where everything came from."""

import base64
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup

from mergekit_eval.errors import DataError
from mergekit_eval.files import write_atomic
from mergekit_eval.show import report_table
from mergekit_eval.show.tables import PaperTable
from mergekit_eval.show.templates import template
from mergekit_eval.wording import one_line, visible

TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
DPI, SCREEN = 300, 120  # dots per inch in our PNG files, and on the page


@dataclass(frozen=True)
class Figure:
    """A picture of the report.

    Parameters
    ----------
    image : matplotlib figure or axes, path of a PNG or SVG, or bytes of a PNG or SVG
        It is embedded; a file that is not there leaves a visible gap that names it.
    caption : str
        Says what is drawn, n, and which interval.
    files : sequence of paths
        Linked below (PDF, CSV, ...), relative to the report, where they lie beside or below it.
    """

    image: Any
    caption: str
    files: Sequence[str | Path] = ()
    alt: str = ""


@dataclass(frozen=True)
class Table:
    """A table of the report: a finished `PaperTable`, or a DataFrame printed as it is (NaN as a dash)."""

    content: PaperTable | pd.DataFrame
    caption: str = ""
    files: Sequence[str | Path] = ()
    decimals: int = 3


@dataclass(frozen=True)
class Section:
    """One heading with what belongs to it; ``prose`` is plain text, a blank line starts a paragraph.

    The tables of a ``folded`` one are shown when they are asked for.
    """

    heading: str
    prose: str = ""
    tables: Sequence[Table | PaperTable | pd.DataFrame] = ()
    figures: Sequence[Figure] = ()
    folded: bool = False


def write_report(
    path: str | Path,
    *,
    title: str,
    summary: str = "",
    verdicts: pd.DataFrame | None = None,
    sections: Sequence[Section] = (),
    problems: pd.DataFrame | None = None,
    provenance: Mapping[str, Any] | None = None,
    links: Mapping[str, str | Path] | None = None,
    notice: str = "",
    written: Callable[[str], str] = str,
) -> Path:
    """Write the report; it loads nothing from anywhere and runs no script.

    Parameters
    ----------
    path : path
        Where the page goes, complete or not at all.
    title, summary, notice : str
        Heading; a paragraph a person can read alone; a line that must be seen first (e.g. "example data").
    verdicts : DataFrame
        ``merge, verdict, reason``; optional ``method, parents, macro, gain, gain_low, gain_high, n_tasks, n_items,
        fairness``.
    sections : sequence of Section
        In order.
    problems : DataFrame
        ``file, kind, message, todo``; an empty table is stated too, None leaves the list out.
    provenance : mapping
        Anything JSON can hold.
    links : mapping
        Text -> file, relative to the report's folder.
    written : callable
        What every text goes through before it is written, e.g. to leave out the folders of this machine.

    Returns
    -------
    Path
        The page.
    """
    path = Path(path)
    judged, axis = (None, ("", "")) if verdicts is None else report_table.verdict_rows(verdicts)
    text = template("report.html", _as_written(written)).render(
        title=one_line(title),
        notice=one_line(notice),
        summary=paragraphs(summary),
        verdicts=judged,
        axis=axis,
        sections=[_section(path.parent, f"s{at}", section) for at, section in enumerate(sections, 1)],
        problems=None if problems is None else report_table.rows(problems, 3),
        problem_count=0 if problems is None else len(problems),
        provenance=visible(json.dumps(provenance, indent=2, default=str, ensure_ascii=False)) if provenance else "",
        links=[(one_line(name), _href(path.parent, file)) for name, file in (links or {}).items()],
    )
    return write_atomic(path, text)


def _as_written(written: Callable[[str], str]) -> Callable[[Any], Any]:
    """Return what every value of the page goes through; markup (a paper table) stays markup."""

    def finalize(value: Any) -> Any:
        if not isinstance(value, str) or value.startswith("data:"):
            return value
        return Markup(written(value)) if isinstance(value, Markup) else written(value)

    return finalize


def paragraphs(text: str) -> list[str]:
    """Split plain text into paragraphs at blank lines."""
    return [one_line(part) for part in text.replace("\r", "").split("\n\n") if part.strip()]


def _section(folder: Path, identifier: str, section: Section) -> dict[str, Any]:
    return {
        "id": identifier, "heading": one_line(section.heading), "prose": paragraphs(section.prose),
        "figures": [_figure(folder, figure) for figure in section.figures],
        "tables": [_table(folder, table) for table in section.tables], "folded": section.folded,
    }  # fmt: skip


def _figure(folder: Path, figure: Figure) -> dict[str, Any]:
    kind, content = _picture(figure.image)
    width, content = _pixels(content), _lighter(content)
    caption = one_line(figure.caption)
    return {
        "src": f"data:{kind};base64,{base64.b64encode(content).decode()}" if content else "",
        "missing": "" if content else f"This figure is missing: {one_line(Path(figure.image).name)}",
        "caption": caption, "alt": one_line(figure.alt) or caption,
        "files": _files(folder, figure.files), "width": width,
    }  # fmt: skip


def _pixels(content: bytes) -> int:
    """Return the width a picture gets on screen: its printed width, a quarter larger; 0 where that is not known."""
    if content.startswith(b"\x89PNG"):
        return round(int.from_bytes(content[16:20], "big") / DPI * SCREEN)
    width = re.search(rb'<svg[^>]*? width="([0-9.]+)pt"', content[:4000])
    return round(float(width[1]) / 72 * SCREEN) if width else 0


def _lighter(content: bytes) -> bytes:
    """Return a PNG with twice the dots it gets on screen and 256 colours: the linked files keep everything."""
    if not content.startswith(b"\x89PNG"):
        return content
    from PIL import Image

    image, out = Image.open(io.BytesIO(content)).convert("RGB"), io.BytesIO()
    width, height = (max(1, round(side * min(1, 2 * SCREEN / DPI))) for side in image.size)
    small = image.resize((width, height), Image.Resampling.LANCZOS)
    small.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG")
    return min(content, out.getvalue(), key=len)


def _picture(image: Any) -> tuple[str, bytes]:
    if isinstance(image, bytes):
        return ("image/png" if image.startswith(b"\x89PNG") else "image/svg+xml"), image
    if isinstance(image, str | Path):
        file = Path(image)
        if file.suffix.lower() not in TYPES:
            raise DataError(f"report: a figure must be one of {sorted(TYPES)}, not {file.name!r}")
        return TYPES[file.suffix.lower()], file.read_bytes() if file.is_file() else b""
    from mergekit_eval.show.figure_data import figure_of
    from mergekit_eval.show.save import render

    # Text as outlines: the reader's machine need not have the font.
    return "image/svg+xml", render(figure_of(image), "svg", **{"svg.fonttype": "path"})


def _table(folder: Path, part: Table | PaperTable | pd.DataFrame) -> dict[str, Any]:
    table = part if isinstance(part, Table) else Table(part)
    content = table.content
    return {
        "paper": Markup(content.html()) if isinstance(content, PaperTable) else "",
        "rows": None if isinstance(content, PaperTable) else report_table.rows(content, table.decimals),
        "caption": one_line(table.caption), "files": _files(folder, table.files),
    }  # fmt: skip


def _files(folder: Path, files: Sequence[str | Path]) -> list[tuple[str, str]]:
    return [(Path(file).suffix.lstrip(".").upper() or Path(file).name, _href(folder, file)) for file in files]


def _href(folder: Path, file: str | Path) -> str:
    """Return a link relative to the report; empty for a file outside its folder, which is named but not linked."""
    file, base = Path(file), folder.absolute()
    inside = (base / file).absolute()
    if ".." in file.parts or not inside.is_relative_to(base):
        return ""
    return "./" + quote(str(inside.relative_to(base)))
