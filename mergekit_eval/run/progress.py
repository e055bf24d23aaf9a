"""What merging and evaluating share: what is asked for, lines on stderr while it runs, and a list of the last try."""

import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from mergekit_eval.errors import RunError, unknown
from mergekit_eval.files import write_json
from mergekit_eval.provenance import version
from mergekit_eval.wording import visible


def require(package: str) -> None:
    """Raise `RunError` where a package of the ``run`` extra is not installed."""
    if not version(package):
        raise RunError(
            f"{package} is not installed; install the kit with its run extra: pip install 'mergekit-eval[run]'"
        )


def chosen(only: str | Iterable[str], where: Path, names: Iterable[str], also: Iterable[str] = ()) -> set[str]:
    """Return the names in ``only``.

    Raises
    ------
    RunError
        If one is neither in ``names``, which the message lists, nor in ``also``.
    """
    wanted, known = [only] if isinstance(only, str) else list(only), {*names, *also}
    for name in wanted:
        if name not in known:
            raise RunError(unknown(where, "only", name, names))
    return set(wanted)


def say(text: str) -> None:
    """Write one line to stderr at once, so that stdout keeps the result."""
    sys.stderr.write(visible(text) + "\n")
    sys.stderr.flush()


def became(name: str, status: str, seconds: float, reason: str, log: str) -> str:
    """Return what became of a merge or a cell as one line."""
    why = f": {reason}{f' (log: {log})' if log else ''}" if reason else ""
    return visible(f"{status:<6} {name}, {seconds:.1f} s{why}")


class Progress:
    """Counts finished jobs and guesses what is left from what they took so far."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, total, 0
        self.began = time.monotonic()

    def line(self, name: str, outcome: str) -> None:
        """Report one finished job."""
        self.done += 1
        left = (time.monotonic() - self.began) / self.done * (self.total - self.done)
        tail = f", about {left:.0f} s left" if self.done < self.total else ""
        say(f"[{self.what} {self.done}/{self.total}] {name}: {outcome}{tail}")

    def ended(self, record: Any, cost: str = "") -> None:
        """Report the record of one finished job, with what it cost besides time."""
        took = f"{record.seconds:.1f} s"
        failed = f"FAILED after {took}: {record.reason} (log: {record.log})"
        self.line(record.name, failed if record.status == "failed" else f"{took}{cost}")


def log_reason(log: Path, reason: str) -> None:
    """Give a job that cannot even start a log too."""
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"{reason}\n", encoding="utf-8")


def note(path: Path, records: Iterable[Any], still: Callable[[dict[str, Any]], bool]) -> None:
    """Write the records into the list at ``path``; older rows stay as they are where ``still`` says they count."""
    rows = {row["name"]: row for row in noted(path) if still(row)}
    rows |= {record.name: {"name": record.name, **record._asdict()} for record in records}
    write_json(path, list(rows.values()))


def noted(path: Path) -> list[dict[str, Any]]:
    """Return the rows at ``path``, none if the file is absent or unreadable."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [row for row in rows if isinstance(row, dict) and "name" in row] if isinstance(rows, list) else []
