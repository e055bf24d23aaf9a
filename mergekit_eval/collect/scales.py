"""The scale of every score of one file, decided by what that file itself shows; nothing is learnt from other files.

A fact that says unit means "a rate": programs write it as a share or as a percentage. What decides, strongest first:
the user's own ``metrics.yaml``; a reader that knows it of its format or saw a percent sign; values above 1; a standard
error that fits n on one scale only. A series without any of these is a share, unless others that the same program
wrote beside it are percentages. Then the scale is not known, nor is it where a fact and the values contradict one
another: such rows keep their number (scale ``natural``), a problem names them, and they stand for no task.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mergekit_eval.readers._base import RATE, problem, shown
from mergekit_eval.registry import MetricInfo, on_scale

ABOVE, MOST = 1 + 1e-9, 100 + 1e-9
COUNTED = (
    "acc",
    "acc_norm",
    "exact_match",
    "em",
    "multiple_choice_grade",
    "exact_str_match",
    "mc1",
    "pass@1",
    "pct_stereotype",
)
# A printed error is rounded: 0.0145 stands for 0.01453.
ROUNDED = 0.05
# Decimals on 0-1 that people print at most, percentages with their four included.
PRINTED, CLOSE = 6, 1e-12
# Above so many items any error is that of some whole number of them.
MANY = 10**5
_NOTE = "its scale is in doubt"
_Row = dict[str, Any]


@dataclass
class _Series:
    """The rows of one file that measure one thing; ``scale`` is what the reader or else the facts say of it."""

    name: tuple[str, str, str, str]
    rows: list[_Row]
    info: MetricInfo
    scale: str
    given: bool
    low: float = 0.0
    high: float = 0.0

    @property
    def of_table(self) -> bool:
        return self.scale == RATE

    @property
    def rate(self) -> bool:
        return self.scale in (RATE, "unit")

    @property
    def percentage(self) -> bool:
        """Whether the file itself shows that these are percentages."""
        stated = self.info.scale if self.info.scale_stated else self.scale
        return stated != "natural" and (ABOVE < self.high <= MOST or (self.given and self.scale == "percent"))

    def __str__(self) -> str:
        return f"{self.name[1]}, {self.name[2]}"


def settle(rows: Sequence[tuple[_Row, MetricInfo]], problems: list[dict[str, str]]) -> list[_Row]:
    """Set ``scale`` and ``chance`` of the rows of one file, and return those whose scale is in doubt.

    Parameters
    ----------
    rows : sequence of (dict, MetricInfo)
        Rows and the facts about them. What a reader put into ``scale`` counts: percent and natural it knows of its
        format, unit and `RATE` leave open whether a share or a percentage is written.
    problems : list of dict
        Receives one row per kind of finding.
    """
    series = _series(rows)
    beside = series if any(one.percentage for one in series) else []
    told: dict[str, list[str]] = defaultdict(list)
    doubted: list[_Row] = []
    for one in series:
        scale, why, what = _decided(one, beside)
        if why:
            told[why].append(what)
        _set(one, scale or "natural")
        doubted += one.rows if not scale else []
    doubted += _shares_among_percentages(series, told)
    for row in doubted:
        row["scale"], row["chance"] = "natural", None
        row["note"] = "; ".join(part for part in (row.get("note"), _NOTE) if part)
    problems += [_problem(why, names, series[0].name[0]) for why, names in told.items()]
    return doubted


def _series(rows: Iterable[tuple[_Row, MetricInfo]]) -> list[_Series]:
    found: dict[tuple[tuple[str, str, str, str], str], _Series] = {}
    for row, info in rows:
        name = (row["tool"], row["task"], row["metric"], row["filter"])
        given = row.get("scale") or ""
        one = found.setdefault((name, given), _Series(name, [], info, given or info.scale or "natural", bool(given)))
        one.rows.append(row)
    for one in found.values():
        values = [row["value"] for row in one.rows if math.isfinite(row["value"])]
        one.low, one.high = min(values, default=0.0), max(values, default=0.0)
    return list(found.values())


def _decided(one: _Series, beside: list[_Series]) -> tuple[str, str, str]:
    """Return the scale ("" for none), the kind of finding ("" for none) and its text.

    Parameters
    ----------
    beside : list of _Series
        All of the file, or none if no one is a percentage, so that there is nothing to compare with.
    """
    if one.info.scale_stated:
        scale, lacks = one.info.scale, _word(one)
        return ("", "stated", f"{one}: stated {scale}, {lacks}") if lacks else (scale, "", "")
    if one.given and not one.rate:
        return one.scale, "", ""
    if one.scale == "natural":
        return "natural", "", ""
    if one.high > MOST or (one.low < 0 and not (one.given and one.scale == "unit")):
        return "natural", "range", f"{one}: {one.low:.6g} to {one.high:.6g}"
    if one.high <= ABOVE and one.scale != "percent" and not beside and not _fit(one, 100):
        return "unit", "", ""
    up_to = f"{one}: up to {one.high:.6g}"
    if one.high > ABOVE:
        return "percent", "" if one.of_table or not one.rate else "percent", up_to
    if one.scale == "percent":
        alike = any(other.percentage and other.name[:2] == one.name[:2] for other in beside)
        return ("", "share", up_to) if one.high > 0 and not alike else ("percent", "", "")
    by_error = _by_error(one)
    if by_error == "percent":
        return "percent", "percent", up_to
    doubt = one.high > 0 and not by_error and _among_percentages(one, beside)
    return ("", "mixed", up_to) if doubt else ("unit", "", "")


def _word(one: _Series) -> str:
    """Return why a stated scale cannot be that of the values, with the word to write; "" where it can."""
    scale = one.info.scale
    if one.given and one.scale == "percent" and scale == "unit":
        return "the file says percent; write scale: percent"
    if scale != "natural" and (one.high > MOST or one.low < 0):
        return f"values {one.low:.6g} to {one.high:.6g}; write scale: natural"
    if scale != "natural" and one.high <= ABOVE and (by_error := _by_error(one)) and by_error != scale:
        return f"its standard errors fit {by_error}; write scale: {by_error}"
    return f"values up to {one.high:.6g}; write scale: percent" if scale == "unit" and one.high > ABOVE else ""


def _among_percentages(one: _Series, series: list[_Series]) -> bool:
    """Whether at least half of what the same hand wrote beside a series are percentages.

    In a run of a harness, what shares its metric or its task says most.
    """
    alike = [other for other in series if other is not one and other.high > 0 and _alike(one, other)]
    near = [other for other in alike if other.name[1] == one.name[1] or other.name[2] == one.name[2]]
    found = [other.percentage for other in (alike if one.of_table else near or alike)]
    return any(found) and 2 * sum(found) >= len(found)


def _alike(one: _Series, other: _Series) -> bool:
    """Whether one hand wrote both: rates of one table, or of one run."""
    if one.of_table:
        return other.of_table or (other.given and other.scale == "percent")
    return other.rate


def _by_error(one: _Series) -> str:
    """Return the only scale on which a standard error fits its value and n, "" where none or both do."""
    fits = [scale for scale, by in (("unit", 1), ("percent", 100)) if _fit(one, by)]
    return fits[0] if len(fits) == 1 else ""


def _fit(one: _Series, by: int) -> bool:
    """Whether an error of a task fits its value and n where both are a share times ``by``."""
    return any(_fits(row, one, by) for row in one.rows if row["kind"] == "task")


def _fits(row: _Row, one: _Series, by: int) -> bool:
    value, stderr, n = row["value"] / by, (row.get("stderr") or math.nan) / by, row.get("n") or one.info.n
    if not (0 < value < 1 and 0 < stderr < 1):
        return False
    # Rounded numbers fit by chance.
    exact = any(abs(round(number, PRINTED) - number) > CLOSE for number in (value, stderr))
    if exact and (found := recovered(value, stderr, row["metric"])) is not None and found < MANY:
        return True
    return n is not None and n > 1 and abs(stderr / math.sqrt(value * (1 - value) / (n - 1)) - 1) < ROUNDED


def recovered(value: float, stderr: float | None, metric: str) -> int | None:
    """Return n = p(1-p)/se^2 + 1 of a proportion, None unless n and n p are whole numbers, as they must be.

    lm-eval's standard error of a mean divides by n - 1; a graded score fails the whole-number check and gives None.
    """
    if metric not in COUNTED or stderr is None or not (0 < value < 1 and 0 < stderr < 1):
        return None
    n = value * (1 - value) / stderr**2 + 1
    near = round(n)
    right = near * value
    fits = abs(n - near) < 1e-4 * max(1, near**0.5) and abs(right - round(right)) < 1e-4 * max(1, near**0.5)
    return near if 1 < near < 10**8 and fits else None


def _shares_among_percentages(series: list[_Series], told: dict[str, list[str]]) -> list[_Row]:
    """Return the rows of models that stand with shares in a table whose other models have percentages."""
    models: dict[tuple[str, str, str], list[_Row]] = defaultdict(list)
    for one in series:
        for row in one.rows if one.of_table and one.percentage else ():
            models[row.get("model_name", ""), row.get("model", ""), row.get("settings", "")].append(row)
    found: list[_Row] = []
    for name, rows in models.items():
        if len(rows) > 1 and all(row["value"] <= 1 for row in rows) and sum(row["value"] > 0 for row in rows) > 1:
            told["model"].append(f"{name[0] or name[1]}: up to {max(row['value'] for row in rows):.6g}")
            found += rows
    return found


def _set(one: _Series, scale: str) -> None:
    """Put the scale into the rows, and what guessing scores on it."""
    for row in one.rows:
        row["scale"] = scale
        if "chance" in row:
            row["chance"] = on_scale(row["chance"], "unit" if one.rate else scale, scale)
        else:
            row["chance"] = on_scale(one.info.chance, one.info.scale or scale, scale)


# Kind of problem, what it says, what to do.
_STATE = "state `scale` in params/metrics.yaml"
_KEPT = "; kept as they stand (natural), in no comparison"
_FINDINGS = {
    "percent": ("note", "values not on 0-1, taken as percent", f"{_STATE} if that is wrong"),
    "mixed": ("scale", "0-1 or 0-100? values written beside them are percentages", f"{_STATE}: unit or percent"),
    "model": ("scale", "0-1 or 0-100? the other rows of the table are percentages", "write the row like the others"),
    "share": ("scale", "the facts say 0-100, the values look like 0-1", f"{_STATE}: unit or percent"),
    "range": ("disagreement", "values that their scale does not allow", f"look at the file, or {_STATE}: natural"),
    "stated": ("disagreement", "the scale stated in metrics.yaml cannot be that of the values", "write the word named"),
}


def _problem(why: str, names: list[str], tool: str) -> dict[str, str]:
    kind, text, todo = _FINDINGS[why]
    kept = {"percent": "", "range": "; kept as they stand (natural)"}.get(why, _KEPT)
    where = f", under {tool}: tasks" if _STATE in todo else ""
    return problem(kind, f"{len(names)} series: {text}{kept}: {shown('; '.join(names), 400)}", todo + where)
