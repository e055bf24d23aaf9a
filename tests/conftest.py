"""Fixtures every test may use; nothing here touches the network."""

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


def pytest_collection_modifyitems(items):
    if REAL.is_dir():
        return
    skip = pytest.mark.skip(reason="the published result files are not beside this checkout (../shared/data)")
    for item in items:
        if "real_data" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def checkout() -> Path:
    return CHECKOUT


@pytest.fixture(scope="session")
def real_data() -> Path:
    return REAL
