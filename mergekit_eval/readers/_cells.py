"""One printed cell of a table: a number with what people put around it (percent sign, error, emphasis, links)."""

from __future__ import annotations

import html
import math
import re
from typing import NamedTuple

from mergekit_eval.readers._files import decimal

BLANK = frozenset(("", "na", "n/a", "nan", "none", "null", "-", "--", "—", "–", "?", "x", "tbd"))
_NUMBER = r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?"
_CELL = re.compile(
    rf"(?P<value>{_NUMBER})\s*(?P<percent>%?)\s*"
    rf"(?:(?:±|\+/?-|\\pm)\s*(?P<error>{_NUMBER})\s*(?P<of_error>%?)"
    rf"|\(\s*(?P<sign>±|\+/?-|\\pm)?\s*(?P<inner>{_NUMBER})\s*(?P<of_inner>%?)\s*\)"
    r"|(?P<other>[(\[][^()\[\]]*[)\]]))?\s*[*†‡§↑↓]*"
)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_OUTER = re.compile(r"(\*\*|__|~~|`|\*|\$)(?P<text>.+)\1")
_LATEX = re.compile(r"\\(?:textbf|underline|mathbf|bf)\s*\{([^{}]*)\}")
_LONGEST = 400


class Cell(NamedTuple):
    """What a cell says: the number (None for none), its error (NaN for none), whether a percent sign stands there."""

    value: float | None
    stderr: float = math.nan
    percent: bool = False


def plain(text: str) -> str:
    """Return a cell or a heading without links, tags, emphasis around all of it, and space."""
    text = html.unescape(text[:_LONGEST]) if "&" in text else text[:_LONGEST]
    text = _LATEX.sub(r"\1", _TAG.sub("", _LINK.sub(r"\1", text))).strip()
    while found := _OUTER.fullmatch(text):
        text = found["text"].strip()
    return text


def cell(text: str) -> Cell:
    """Return what a cell of scores says.

    A number in brackets is an error only with ``±`` or a decimal point, for ``71.2 (5)`` may be a rank or shots; with a
    sign of its own it is a difference (``65.3 (+1.2)``) and no error.
    """
    direct = decimal(text.strip())
    if direct is not None:
        return Cell(None if math.isnan(direct) else direct)
    found = _CELL.fullmatch(plain(text).replace("**", "").replace("$", ""))
    if found is None:
        return Cell(None)
    inner = found["inner"] or ""
    error = found["error"] or (inner if found["sign"] or ("." in inner and inner[0] not in "+-−") else "")
    value, stderr = _number(found["value"]), _number(error) if error else math.nan
    percent = bool(found["percent"] or found["of_error"] or (error and found["of_inner"]))
    return Cell(value, stderr if 0 <= stderr < math.inf else math.nan, percent)


def blank(text: str) -> bool:
    """Return whether a cell says that there is no score."""
    return plain(text).lower() in BLANK


def _number(text: str) -> float:
    return float(text.replace("−", "-"))
