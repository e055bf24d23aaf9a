"""Write ``docs/api.md``, the public names with their signatures and what they return, from the code.

python -m tools.make_api
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import mergekit_eval
from mergekit_eval.compare.comparison import Comparison
from mergekit_eval.session import Session
from mergekit_eval.show.plots import PLOTS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "api.md"
NOTICE = "<!-- made by python -m tools.make_api from the docstrings; do not edit -->\n"
HEAD = """# Public names

`import mergekit_eval as me`. `help(me.forgetting_table)` gives the whole text: parameters, units, what is raised.
The columns of the tables are in [tables.md](tables.md), and `me.help_table("comparison")` shows them.
"""


def page() -> str:
    """Return the whole page."""
    parts = [
        ("`lab`: what `me.open_study` returns", "lab", members(Session)),
        ("`cmp`: what `lab.compare()` returns", "cmp", members(Comparison)),
        ("`me.plots`: figures", "me.plots", [(name, plot.draw) for name, plot in PLOTS.items()]),
        ("`me`: everything else", "me", functions()),
    ]
    return NOTICE + HEAD + "".join(f"\n## {title}\n\n{listed(prefix, names)}" for title, prefix, names in parts)


def members(kind: type) -> list[tuple[str, Any]]:
    """Return the public methods and properties of a class, in the order of its code."""
    return [(name, value) for name, value in vars(kind).items() if not name.startswith("_") and _documented(value)]


def functions() -> Iterator[tuple[str, Any]]:
    """Yield the public functions and classes of the package, by name."""
    for name in dir(mergekit_eval):
        value = getattr(mergekit_eval, name)
        if callable(value):
            yield name, value


def listed(prefix: str, names: Any) -> str:
    """Return a line for each name: how it is called, and the first line of its docstring."""
    return "".join(f"- `{prefix}.{name}{signature(value)}`: {first_line(value)}\n" for name, value in names)


def signature(value: Callable[..., Any]) -> str:
    """Return the names of the parameters in brackets, those with a default followed by ``=...``; '' of a property."""
    if not inspect.isfunction(value):
        return ""
    parameters = [each for each in inspect.signature(value).parameters.values() if each.name != "self"]
    return f"({', '.join(_parameter(each) for each in parameters)})"


def first_line(value: Any) -> str:
    """Return the first sentence of a docstring."""
    return (inspect.getdoc(value) or "").split("\n\n")[0].replace("\n", " ")


def _parameter(one: inspect.Parameter) -> str:
    stars = {inspect.Parameter.VAR_KEYWORD: "**", inspect.Parameter.VAR_POSITIONAL: "*"}.get(one.kind, "")
    return f"{stars}{one.name}{'' if one.default is inspect.Parameter.empty else '=...'}"


def _documented(value: Any) -> bool:
    return (inspect.isfunction(value) or isinstance(value, property | cached_property)) and bool(inspect.getdoc(value))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
