"""Arguments that are shares of one (alpha, level, margin, ...): one rule, and the message for who gives percent."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from mergekit_eval.errors import DataError, explain
from mergekit_eval.wording import percent

P = ParamSpec("P")
R = TypeVar("R")
# Argument -> a usual value, for the message.
MARGIN = 0.02  # the loss that still counts as none, unless a study says otherwise
SHARES = {
    "alpha": 0.05, "level": 0.95, "margin": MARGIN, "share": 0.95, "tolerance": 0.05, "wanted": 0.02, "power": 0.8,
}  # fmt: skip


def require_shares(where: str, given: Mapping[str, Any]) -> None:
    """Raise where an argument that is a share of one is none.

    Parameters
    ----------
    where : str
        Function (or file) that was given the values.
    given : mapping
        Argument -> value; those not in `SHARES`, and None, are not looked at.

    Raises
    ------
    DataError
        Names the argument, its value, what is allowed, and a usual value.
    """
    for name, usual in SHARES.items():
        value = given.get(name)
        number = isinstance(value, int | float) or hasattr(value, "__float__")
        if value is not None and not (number and not isinstance(value, bool) and 0 < float(value) < 1):
            allowed = f"a number between 0 and 1, such as {usual:g} for {percent(usual)}"
            raise DataError(explain(where, name, value, allowed))


def shares_checked(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function, which looks at its shares of one (`require_shares`) before it does anything."""
    names = list(inspect.signature(function).parameters)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        require_shares(function.__name__, dict(zip(names, args, strict=False)) | kwargs)
        return function(*args, **kwargs)

    return checked
