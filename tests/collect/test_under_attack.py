"""The short form of ``python -m benchmarks.fuzz``: the command, over damaged files of every format, bombs and links."""

import random
import runpy
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
HERE = Path(__file__)


@pytest.fixture
def fuzz(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE.parents[2]))
    __import__("benchmarks.fuzz")
    return sys.modules["benchmarks.fuzz"]


@pytest.fixture
def found(fuzz, shapes):
    """Examples of lm-eval, and of every other format."""
    own = shapes.today("a/m", {"boolq": {"acc,none": 0.5}}, samples={"boolq": shapes.rows([1, 0, True])})
    rows = "".join(f"{fuzz.json.dumps(row)}\n" for row in shapes.rows([1, 0, 0.5]))
    recipe = "merge_method: ties\nbase_model: a\nmodels:\n- model: a\n- model: {model: {path: b}}\n"
    texts = [fuzz.json.dumps(own).encode(), rows.encode(), recipe.encode()]
    texts += runpy.run_path(str(HERE.with_name("originals.py")))["others"]()
    ending = {b"{": "json", b"[": "json", b"P": "parquet", b"m": "yml"}
    return [fuzz.Example("", f"results_{i}.{ending.get(t[:1], 'csv')}", t) for i, t in enumerate(texts)]


def test_every_file_is_accounted_for_within_the_memory(fuzz, found, tmp_path):
    folder = tmp_path / "lab"
    fuzz.lay_out(folder, 250, found, random.Random(3))
    outcome = fuzz.collected(folder, tmp_path / "out")
    assert outcome.traceback == "" and outcome.lost == []
    assert outcome.files == 250 + len(fuzz.BOMBS) + len(fuzz.SPECIAL) - 1  # the link to the folder itself is no file
    assert outcome.census["read"] > 25
    assert outcome.peak < fuzz.PEAK_MB


def test_kills_at_any_moment_leave_a_cache_that_can_be_used(fuzz, found, tmp_path):
    folder = tmp_path / "lab"
    for number, example in enumerate(found * 10):
        path = folder / str(number) / example.name
        path.parent.mkdir(parents=True)
        path.write_bytes(example.data)
    assert fuzz.killed(folder, tmp_path / "out", 4, random.Random(5), 2.5) == []
