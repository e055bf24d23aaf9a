"""The templates of the pages and tables that are written: jinja2, with everything escaped that is not markup."""

from collections.abc import Callable
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

# Braces mean something else in LaTeX.
TEX = {"variable_start_string": "<<", "variable_end_string": ">>", "block_start_string": "<%", "block_end_string": "%>"}


def template(name: str, finalize: Callable[[Any], Any]) -> jinja2.Template:
    """Return a template that lies beside this module.

    Parameters
    ----------
    name : str
        File name; one that ends in ``.tex`` has its expressions in << >> and its statements in <% %>.
    finalize : callable
        What every printed value goes through; what is no `Markup` after it is escaped for HTML.
    """
    text = resources.files("mergekit_eval.show").joinpath(name).read_text(encoding="utf-8")
    syntax: dict[str, Any] = TEX if name.endswith(".tex") else {}
    return jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
        **syntax,
    ).from_string(text)


def escaping(escape: Callable[[object], str]) -> Callable[[Any], Markup]:
    """Return a ``finalize`` that escapes every value by a function of `text`, except what is markup already."""

    def finalize(value: Any) -> Markup:
        return value if isinstance(value, Markup) else Markup(escape(value))

    return finalize
