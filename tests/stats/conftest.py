"""The simulation grid lives beside the package, not in it."""

import sys
from pathlib import Path

import pytest


@pytest.fixture
def grid(monkeypatch):
    """Import a module of the simulation grid by name."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2]))

    def load(name):
        __import__(f"benchmarks.calibration.{name}")
        return sys.modules[f"benchmarks.calibration.{name}"]

    return load
