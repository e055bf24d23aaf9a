"""The short form of benchmarks/interrupt: a run stopped twice at random moments comes to the same tables."""

import random

import pytest


@pytest.mark.system
def test_a_run_that_is_stopped_at_random_moments_comes_to_the_same_tables(checkout, tmp_path, monkeypatch, capfd):
    monkeypatch.syspath_prepend(str(checkout))
    from benchmarks import interrupt

    assert interrupt.rounds(tmp_path, 2, random.Random(3), "backend: {limit: 5}\n") == 0, capfd.readouterr().out
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 3 and "finished" in lines[-1], lines
