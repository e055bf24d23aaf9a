"""One cell of the simulation grid, and when it passes."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

ALPHA = 0.05
POWER = 0.80
# Largest distance from nominal of what is no error rate: a stated probability from the true one, a bias in standard
# errors; above which a ratio of root mean square errors (less 1) and power lost to plain sign flips must not be.
SLACK = {"gap": 0.1, "bias": 0.25, "ratio": 0.0, "power loss": 0.1}
LEVEL_SLACK = {"paired skewed": 0.01}
"""Above nominal, by family: none where skewed differences are not the question."""


class Cell(NamedTuple):
    """Share of rejections without ("level") or with ("power") an effect, or of intervals that hold the truth.

    Other kinds: "gap", a stated probability less the true one; "bias", in standard errors; "ratio", of root mean square
    errors; "power loss", beside another test; "observed", what stands there to be compared with, which passes. `reps` 0
    means an exact sum over all outcomes instead of a simulation.
    """

    family: str
    method: str
    setting: str
    n: int
    kind: str
    value: float
    reps: int

    @property
    def error(self) -> float:
        """Monte-Carlo standard error at the nominal value."""
        if self.kind.startswith("observed"):
            return 0.0
        if self.kind in SLACK:  # a share of 1 / 2, and a deviation of one standard error
            spread = {"ratio": 0.0, "bias": 1.0}.get(self.kind, 0.5)
            return spread / float(np.sqrt(self.reps))
        rate = 1 - POWER if self.kind == "power" else ALPHA
        return float(np.sqrt(rate * (1 - rate) / self.reps)) if self.reps else 0.0

    @property
    def passes(self) -> bool:
        """Level at most nominal + 3 standard errors; coverage and power at least nominal - 1 point - 3 of them."""
        if self.kind.startswith("observed"):
            return True
        if self.kind == "ratio":
            return self.value <= 1 + SLACK["ratio"]
        if self.kind in SLACK:
            size = self.value if self.kind == "power loss" else abs(self.value)
            return size <= SLACK[self.kind] + 3 * self.error
        if self.kind == "level":
            return self.value <= ALPHA + LEVEL_SLACK.get(self.family, 0.0) + 3 * self.error + 1e-12
        return self.value >= (POWER if self.kind == "power" else 1 - ALPHA) - 0.01 - 3 * self.error - 1e-12


def level(family: str, method: str, setting: str, n: int, p: np.ndarray) -> Cell:
    """Cell from simulated p-values under the null."""
    return Cell(family, method, setting, n, "level", float((np.asarray(p) <= ALPHA + 1e-12).mean()), len(p))


def coverage(family: str, method: str, setting: str, n: int, low: np.ndarray, high: np.ndarray, truth: float) -> Cell:
    """Cell from simulated limits."""
    held = (np.asarray(low) <= truth + 1e-12) & (np.asarray(high) >= truth - 1e-12)
    return Cell(family, method, setting, n, "coverage", float(held.mean()), len(held))


Cells = Iterator[Cell]
