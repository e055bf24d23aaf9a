"""Fixtures every test may use; nothing here touches the network."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, so that a failure is due to the change; HYPOTHESIS_PROFILE=explore draws new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Threads of torch that wait for one another sleep: as many workers as cores want these cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

CHECKOUT = Path(__file__).resolve().parent.parent
LONG = ("system", "slow", "real_data")  # markers, the longest first
SHORT = len(LONG)
REAL = CHECKOUT.parent / "shared" / "data"


@pytest.hookimpl(trylast=True)  # after -m and -k have chosen
def pytest_collection_modifyitems(config, items):
    if not REAL.is_dir():
        skip = pytest.mark.skip(reason="the published result files are not beside this checkout (../shared/data)")
        for item in items:
            if "real_data" in item.keywords:
                item.add_marker(skip)
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        items[:] = longest_first(items, workers)


def longest_first(items, workers):
    """Return the tests in as many equal parts as there are workers, each with its share of the long files at its head.

    xdist gives every worker a part of the list and moves tests from its end. Long files stay whole, and so do fixtures.
    """
    files, short = {}, []
    for item in items:
        weight = _weight(item)
        (short if weight == SHORT else files.setdefault((weight, item.nodeid.partition("::")[0]), [])).append(item)
    order, ordered = sorted(files, key=lambda key: key[0]), []
    for worker in range(workers):
        ordered += [item for key in order[worker::workers] for item in files[key]]
        room = max(0, (worker + 1) * len(items) // workers - len(ordered))
        ordered, short = ordered + short[:room], short[room:]
    return ordered


def _weight(item):
    return next((i for i, mark in enumerate(LONG) if mark in item.keywords), SHORT)


def pytest_collection_finish():
    """Keep what was imported from the garbage collector, which would look through all of it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def checkout() -> Path:
    return CHECKOUT


@pytest.fixture(scope="session")
def real_data() -> Path:
    return REAL
