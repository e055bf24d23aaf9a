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

CHECKOUT = Path(__file__).resolve().parent.parent
REAL = CHECKOUT.parent / "shared" / "data"


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
    """Return the tests in as many parts as there are workers, each with its share of the long files at its head.

    xdist gives every worker a part of the list and moves tests from its end. Files stay whole: so do their fixtures.
    """
    files = {}
    for item in items:
        files.setdefault((_weight(item), item.nodeid.partition("::")[0]), []).append(item)
    order = sorted(files, key=lambda key: key[0])
    return [item for worker in range(workers) for key in order[worker::workers] for item in files[key]]


def _weight(item):
    return next((i for i, mark in enumerate(("system", "slow", "real_data")) if mark in item.keywords), 3)


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
