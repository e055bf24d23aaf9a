"""A table or figure part by part: menus where a person sits before a live notebook, the first part elsewhere."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from mergekit_eval.schema import require
from mergekit_eval.show import cell_html
from mergekit_eval.wording import counted, visible

LIVE = ("JPY_SESSION_NAME", "VSCODE_PID")  # set where a notebook server or an editor started the kernel
View = Callable[[pd.DataFrame], cell_html.Shown]


def explore(frame: pd.DataFrame, by: Sequence[str], view: View, *, live: bool | None = None) -> Any:
    """Return ``view`` of the rows that menus choose, one menu per column of ``by``.

    Parameters
    ----------
    frame : DataFrame
        A finished table.
    by : sequence of str
        Columns to choose from, the outermost first; a menu offers only what goes with the menus before it.
    view : callable
        Shows the chosen rows.
    live : bool, optional
        Whether somebody is there to use menus; by default found out. If not, the first choice is shown and said.

    Raises
    ------
    DataError
        If a column of ``by`` is not in ``frame``.
    """
    require(frame, list(by), "explore")
    if frame.empty:
        return cell_html.say("Nothing to choose from.")
    there = any(name in os.environ for name in LIVE) if live is None else live
    return (_menus if there else _first)(frame, by, view)


def chosen(frame: pd.DataFrame, by: Sequence[str], values: Sequence[str]) -> pd.DataFrame:
    """Return the rows with these values in the columns ``by``, compared as the text that menus show."""
    for name, value in zip(by, values, strict=False):
        frame = frame[frame[name].map(visible) == value]
    return frame


def _options(frame: pd.DataFrame, by: Sequence[str], values: Sequence[str]) -> list[str]:
    """Return what the next menu offers after ``values``, in the order of the table."""
    return list(chosen(frame, by, values)[by[len(values)]].map(visible).unique())


def _first(frame: pd.DataFrame, by: Sequence[str], view: View) -> cell_html.Shown:
    values: list[str] = []
    for _ in by:
        values.append(_options(frame, by, values)[0])
    picked = ", ".join(f"{name} = {value}" for name, value in zip(by, values, strict=True))
    counts = ", ".join(f"{counted(frame[name].astype(str).nunique(), 'value')} of {name}" for name in by)
    note = cell_html.say(f"Shown is {picked}. In JupyterLab menus choose among {counts}.")
    return cell_html.together([view(chosen(frame, by, values)), note])


def _menus(frame: pd.DataFrame, by: Sequence[str], view: View) -> Any:
    import ipywidgets

    menus: list[Any] = []
    for name in by:
        options = _options(frame, by, [menu.value for menu in menus])
        wide = {"layout": {"width": "auto", "max_width": "40em"}, "style": {"description_width": "initial"}}
        menus.append(ipywidgets.Dropdown(options=options, description=name, **wide))
    page = ipywidgets.HTML()

    def refresh(change: Any) -> None:
        start = next(at for at, menu in enumerate(menus) if change["owner"] is menu)
        for at in range(start + 1, len(menus)):
            _offer(menus[at], _options(frame, by, [menu.value for menu in menus[:at]]), refresh)
        show()

    def show() -> None:
        page.value = view(chosen(frame, by, [menu.value for menu in menus])).page

    for menu in menus:
        menu.observe(refresh, "value")
    show()
    return ipywidgets.VBox([*menus, page])


def _offer(menu: Any, options: list[str], refresh: Callable[[Any], None]) -> None:
    """Give a menu new options, keeping its value where it is still there, without setting off a refresh of its own.

    Only ``refresh`` is taken off: the widget's own observers are what tells the browser which entry is chosen.
    """
    menu.unobserve(refresh, "value")
    kept = menu.value if menu.value in options else options[0]
    with menu.hold_sync():  # one message: the browser never sees new options beside an old place
        menu.options = options
        menu.value = kept
    menu.observe(refresh, "value")
