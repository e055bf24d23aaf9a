"""The errors a person can act on; the command line prints them without a traceback."""

import difflib
import errno
import os
from collections.abc import Iterable

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


class KitError(Exception):
    """Base of every error this package raises on purpose."""


class StudyError(KitError):
    """A study file is not valid."""


class DataError(KitError):
    """A table lacks what a step needs."""


class RunError(KitError):
    """A merge or an evaluation could not be done."""


class ParameterError(KitError):
    """A notebook parameter is unknown or has the wrong type."""


def explain(where: object, key: str, value: object, allowed: str, todo: str = "") -> str:
    """Return one message that says place, key, value and what is allowed, and what to do next.

    Parameters
    ----------
    where : object
        File (or function) the value was found in.
    key, value
        Dotted key and the offending value, shown with ``repr`` (so hostile text cannot break the line).
    allowed : str
        The rule or the list of allowed values.
    todo : str
        Next step for the reader, empty if the rule says it all.
    """
    shown = repr(value)
    shown = shown if len(shown) <= 200 else shown[:197] + "..."
    tail = f" {todo}" if todo else ""
    return f"{where}: {key} = {shown}; allowed: {allowed}.{tail}"


def unknown(where: object, key: str, value: object, allowed: Iterable[object]) -> str:
    """Return the message for a name that is not in ``allowed``, with the nearest one that is."""
    names = [str(name) for name in allowed]
    return f"{where}: {key}: {str(value)[:200]!r} is not known; allowed: {', '.join(names)}.{nearest(value, names)}"


def nearest(value: object, names: Iterable[str], least: float = 0.6) -> str:
    """Return the question whether the nearest known name was meant, '' where none is as similar as ``least`` (0-1)."""
    near = difflib.get_close_matches(str(value), names, n=1, cutoff=least)
    return f" Did you mean {near[0]!r}?" if near else ""


def advice(reason: str) -> str:
    """Return what to do about a disk that takes no more, to be put behind the reason; '' for any other reason."""
    full = any(os.strerror(number) in reason for number in NO_ROOM)
    return ". Free space, or choose another output; then run again: what is finished is kept." if full else ""
