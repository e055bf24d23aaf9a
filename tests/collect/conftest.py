"""A folder of small result files for each test."""

import pytest

from tests.lab import Lab, Shapes, only_score


@pytest.fixture
def shapes() -> Shapes:
    return Shapes()


@pytest.fixture
def lab(tmp_path) -> Lab:
    folder = tmp_path / "lab"
    folder.mkdir()
    return Lab(folder)


@pytest.fixture
def one_score():
    return only_score
