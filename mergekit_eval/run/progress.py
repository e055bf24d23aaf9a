"""Plain lines about progress, on stderr, so that stdout keeps the result."""

from __future__ import annotations

import sys
import time

from mergekit_eval.wording import visible


def say(text: str) -> None:
    """Write one line to stderr at once."""
    sys.stderr.write(visible(text) + "\n")
    sys.stderr.flush()


def became(name: str, status: str, seconds: float, reason: str, log: str) -> str:
    """Return what became of a merge or a cell as one line."""
    why = f": {reason}{f' (log: {log})' if log else ''}" if reason else ""
    return visible(f"{status:<6} {name}, {seconds:.1f} s{why}")


class Progress:
    """Counts finished cells and guesses what is left from what they took so far."""

    def __init__(self, what: str, total: int, slots: int) -> None:
        self.what, self.total, self.slots, self.done = what, total, max(1, slots), 0
        self.began = time.monotonic()

    def line(self, name: str, outcome: str) -> None:
        """Report one finished cell."""
        self.done += 1
        left = (time.monotonic() - self.began) / self.done * (self.total - self.done)
        tail = f", about {left:.0f} s left" if self.done < self.total else ""
        say(f"[{self.what} {self.done}/{self.total}] {name}: {outcome}{tail}")
