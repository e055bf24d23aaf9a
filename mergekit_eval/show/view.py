"""Tables as a person reads them: a view of ``tables.yaml`` chooses rows and columns, the columns know their format."""

import json
from collections.abc import Callable, Mapping
from itertools import zip_longest
from operator import itemgetter
from string import Formatter
from typing import Any

import pandas as pd

from mergekit_eval.show import cell_html
from mergekit_eval.specs import Column, Table, View, fields_of, known, spec, words
from mergekit_eval.tables import because, name_of, reason
from mergekit_eval.wording import cut

PLAIN = ("", "count", "number", "plain", "p")  # formats that stay numbers: a page sets them to the right


def show_table(frame: pd.DataFrame, view: str = "") -> cell_html.Shown:
    """Return a table for display outside of a session, see `shown`."""
    rows, why = shown(frame, view)
    return cell_html.say(f"{why[:1].upper()}{why[1:]}.") if rows.empty and why else cell_html.table(rows)


def shown(frame: pd.DataFrame, view: str = "") -> tuple[pd.DataFrame, str]:
    """Return a table as a person reads it, and why it has no rows.

    Parameters
    ----------
    frame : DataFrame
        A finished table; one that no specification knows is returned as it is.
    view : str
        Name of a view of the table; by default its first.

    Raises
    ------
    DataError
        If the table has no such view; the message lists those it has.
    """
    rows, why, _ = first_shown(frame, view, None)
    return rows, why


def first_shown(frame: pd.DataFrame, view: str, limit: int | None) -> tuple[pd.DataFrame, str, int]:
    """Return the first ``limit`` rows of `shown` (all with None), why there are none, and how many it has.

    Only these rows are written as text: a table of 1,000 models has 240,000, and a page holds a few hundred of them.
    """
    name = name_of(frame)
    table = spec(name) if name else None
    if table is None or not (view or table.views):
        return frame, reason(frame), len(frame)
    chosen = table.views[known(f"tables.{name}.views", view, table.views) if view else next(iter(table.views))]
    rows = chosen_rows(frame, chosen)
    if rows.empty:
        why = chosen.empty.format(rows=len(frame)) if len(frame) and chosen.empty else reason(frame)
        return because(pd.DataFrame(), why), why, 0
    if chosen.wide or chosen.others or chosen.distinct:  # how many rows they have is known when they are written
        whole = _turned(rows, chosen, table) if chosen.wide else _listed(rows, chosen, table)
        return whole.iloc[:limit], "", len(whole)
    return _listed(rows, chosen, table, limit), "", len(rows)


def chosen_rows(frame: pd.DataFrame, view: View) -> pd.DataFrame:
    """Return the rows of a view, in its order."""
    rows = frame
    for name, values in view.where.items():
        rows = rows[rows[name].isin(values)]
    if view.has:
        rows = rows[_there(rows[view.has])]
    if view.lacks:
        rows = rows[~_there(rows[view.lacks])]
    for name in reversed(view.sort.split()):
        size = abs if "|" in name else None
        rows = rows.sort_values(name.strip("-|"), ascending=not name.startswith("-"), kind="stable", key=size)
    return rows.head(view.most) if view.most else rows


def _listed(rows: pd.DataFrame, view: View, table: Table, limit: int | None = None) -> pd.DataFrame:
    cells = [(heading, cell) for heading, cell in view.columns if cell not in view.brief or rows[cell].map(_says).any()]
    rows = rows.iloc[:limit]
    out = pd.DataFrame({heading or _heading(table.column(cell)): _cells(rows, cell, table) for heading, cell in cells})
    if view.others:
        declared = [column.name for column in table.columns]
        out = pd.concat([out, pd.DataFrame(rows).drop(columns=declared, errors="ignore").map(_short)], axis=1)
    return out.drop_duplicates() if view.distinct else out


def _heading(column: Column) -> str:
    return column.label + (" (points)" if column.format == "points" else "")


def _short(value: Any) -> Any:
    """Return a text or an object of a file's row as text of a readable length, a number as it is."""
    if isinstance(value, int | float):
        return value
    return cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _there(column: pd.Series) -> pd.Series:
    """Return where a column has a value; text that is empty is none."""
    return column.notna() & column.astype(object).ne("")


def _says(value: Any) -> bool:
    """Whether a value says more than that there is nothing: a count above 0, a text, a name."""
    return len(value) > 0 if isinstance(value, tuple | str) else bool(pd.notna(value) and value)


def _cells(rows: pd.DataFrame, cell: str, table: Table) -> pd.Series:
    if "{" not in cell and _stays(table.column(cell), rows):
        return rows[cell]
    return pd.Series(_texts(rows, cell, table), index=rows.index, dtype=object)


def _stays(column: Column, rows: pd.DataFrame) -> bool:
    """Whether a column is shown as the numbers or truths that it holds."""
    number = column.type == "number" and column.format in PLAIN and not _limits(column, rows)
    return number or column.type in ("count", "flag", "int32", "int64")


def _texts(rows: pd.DataFrame, cell: str, table: Table) -> list[str]:
    """Return the text of a cell for every row: of alternatives (A|B) the first whose first column has a value."""
    alternatives = (cell if "{" in cell else f"{{{cell}}}").split("|")
    columns = {name: table.column(name) for name in fields_of(cell)}
    parsed = [[(before, name, how or "") for before, name, how, _ in Formatter().parse(text)] for text in alternatives]
    return [_text(row, parsed, columns) for row in rows.to_dict("records")]


def _text(row: Mapping[Any, Any], alternatives: list[Any], columns: Mapping[str, Column]) -> str:
    for parts in alternatives:
        values = [value(row, columns[name], how) for _, name, how in parts if name]
        if not values:
            return "".join(before for before, _, _ in parts)
        if values[0]:
            literals = [before for before, _, _ in parts]
            return "".join(before + text for before, text in zip_longest(literals, values, fillvalue="")).strip()
    return ""


def value(row: Mapping[Any, Any], column: Column, how: str = "") -> str:
    """Return one value as text, with its interval where the row has one; '' where it is missing.

    Parameters
    ----------
    row : mapping
        Column name -> value.
    column : Column
        What is shown.
    how : {"", "alone", "short", "key", "name"}
        "alone" leaves the interval out, "short" cuts a text, "key" leaves enough of a digest to find it, "name" the
        last part of a path.
    """
    held = row[column.name]
    if isinstance(held, tuple | list):
        return ", ".join(map(str, held))
    if pd.isna(held):
        return ""
    if column.type in ("text", "words", "names"):
        return TEXTS[how](str(held)) if how in TEXTS else str(held)
    limits = [row[name] for name in _limits(column, row)] if how != "alone" else []
    text, *ends = (_number(number, column.format, str(row.get("scale", "unit"))) for number in (held, *limits))
    return f"{text} [{', '.join(ends)}]" if ends and not pd.isna(limits[0]) else text


def _limits(column: Column, row: Any) -> list[str]:
    names = column.limits.split()
    return names if all(name in row for name in names) else []


def _number(number: float, form: str, scale: str) -> str:
    """Return one number: a share in percent, a gain in points, 4 digits of what is no share of one."""
    if form == "percent" and 0 < number < 0.0005:
        return "<0.1%"
    if form in ("points", "percent") and scale != "unit":
        return f"{number:+.3g}" if form == "points" else f"{number:.4g}"
    return FORMATS.get(form, "{:.4g}").format(100 * number if form == "points" else number)


TEXTS: dict[str, Callable[[str], str]] = {
    "short": cut,
    "key": itemgetter(slice(12)),
    "name": lambda path: path.rsplit("/", 1)[-1],
}
FORMATS = {"points": "{:+.1f}", "percent": "{:.1%}", "count": "{:,}", "coefficient": "{:.2f}"}


def _turned(rows: pd.DataFrame, view: View, table: Table) -> pd.DataFrame:
    """Return one line per value of one column and one column per value of another, both in the order they come in.

    A cell that several rows would share is left empty: which of them it is could not be seen.
    """
    line, across = view.wide
    single = rows[~rows.duplicated([line, across], keep=False)]
    texts = pd.DataFrame(
        {line: single[line], across: single[across], "cell": _texts(single, view.columns[0][1], table)}
    )
    wide = texts.pivot_table(index=line, columns=across, values="cell", aggfunc="first").reindex(rows[line].unique())
    order = [name for name in words(table.column(across)) or rows[across].unique() if name in wide]
    wide = wide[sorted(order, key=view.last.__eq__)].astype(object).fillna("")
    if view.best:
        best = single[single[across].eq(view.best)].set_index(line)[fields_of(view.columns[0][1])[0]]
        wide = wide.loc[best.reindex(wide.index).astype(float).sort_values(ascending=False, kind="stable").index]
    whole = wide.copy()  # pandas warns of many columns that were made one by one
    return whole.rename_axis(index=table.column(line).label, columns=None).reset_index()
