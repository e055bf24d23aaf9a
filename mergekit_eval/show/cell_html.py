"""What a notebook cell shows: a table, a figure with its caption, a paragraph. All text is escaped."""

import base64
import html
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from mergekit_eval.show.values import printed
from mergekit_eval.wording import counted, visible

# Notebook themes set cells to the right by rules stronger than a class, hence the "!important".
CSS = (
    "<style>.mke{font-variant-numeric:tabular-nums;border-collapse:collapse;font-size:13px}"
    ".mke th{text-align:left!important;vertical-align:bottom;border-bottom:1px solid #888;padding:3px 12px 3px 0;"
    "font-weight:600}.mke td{text-align:left!important;vertical-align:top;padding:3px 12px 3px 0;"
    "border-bottom:1px solid #ddd;max-width:46em}.mke .num{text-align:right!important;white-space:nowrap}"
    ".mke td.long{min-width:22em}.mke td.span{white-space:nowrap}figure.mke{margin:0}figure.mke img{max-width:100%}"
    ".mke-note{color:#666;font-size:12px}</style>"
)
LONG = 60  # letters from which a cell needs room
SPAN = 40  # letters up to which a number stays on one line with its interval


class Shown(NamedTuple):
    """Something a notebook displays; ``text`` is the plain version for terminals."""

    page: str
    text: str

    def _repr_html_(self) -> str:
        return self.page

    def __repr__(self) -> str:
        return visible(self.text)


def _safe(text: object) -> str:
    return html.escape(visible(text), quote=True)


def table(frame: pd.DataFrame, limit: int = 200, total: int | None = None) -> Shown:
    """Return a finished frame as an HTML table; only the first ``limit`` rows, and then it says so.

    ``total`` is how many rows the table has, where the frame holds only the first of them.
    """
    total = len(frame) if total is None else total
    rows = frame.head(limit)
    numeric = {name for name in frame if pd.api.types.is_numeric_dtype(frame[name].dtype)}
    right = {name: ' class="num"' if name in numeric else "" for name in frame}
    head = "".join(f"<th{right[name]}>{_safe(name)}</th>" for name in frame)
    body = "".join(_tr(row, numeric) for row in rows.to_dict("records"))
    cut = f"{counted(total, 'row')}, the first {limit:,} shown"
    note = cut if total > limit else "" if len(frame) else "no rows"
    page = f'{CSS}<table class="mke"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    text = f"{rows.to_string(index=False)}\n{note}" if len(frame) else note
    return Shown(page + (f'<p class="mke-note">{note}</p>' if note else ""), text)


def _tr(row: Mapping[Any, Any], numeric: set[Any]) -> str:
    return f"<tr>{''.join(_td(_safe(printed(value)), name in numeric) for name, value in row.items())}</tr>"


def _td(text: str, numeric: bool) -> str:
    span = ' class="span"' if "[" in text and len(text) <= SPAN else ""
    kind = ' class="num"' if numeric else ' class="long"' if len(text) > LONG else span
    return f"<td{kind}>{text}</td>"


def figure(png: Path, caption: str, files: list[Path], where: str = "") -> Shown:
    """Return a saved figure with its caption and the names of the files beside it; ``where`` names their folder."""
    names = ", ".join(path.name for path in files)
    page = _image(for_page(png.read_bytes()), caption, f" <br>Saved: {_safe(names)}")
    return Shown(page, f"{caption}\n{where or png.parent.name}: {names}")


def for_page(png: bytes) -> bytes:
    """Return a picture in 256 colours: a quarter of the bytes, so that a notebook with all its figures stays small."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(256).save(out, "png")
    return out.getvalue()


def picture(png: bytes, caption: str = "") -> Shown:
    """Return a picture that is saved nowhere."""
    return Shown(_image(png, caption), caption or "figure")


def _image(png: bytes, caption: str, more: str = "") -> str:
    alt, source = _safe(caption), base64.b64encode(png).decode()
    image = f'<img alt="{alt}" src="data:image/png;base64,{source}">'
    note = f'<figcaption class="mke-note">{_safe(caption)}{more}</figcaption>'
    return f'{CSS}<figure class="mke">{image}{note}</figure>'


def together(parts: list[Shown]) -> Shown:
    """Return several things to be displayed below one another."""
    return Shown("".join(part.page for part in parts), "\n".join(part.text for part in parts))


def say(text: str) -> Shown:
    """Return a paragraph."""
    return Shown(f'{CSS}<p style="max-width:46em">{_safe(text)}</p>', text)
