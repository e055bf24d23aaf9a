"""The short form of benchmarks/interrupt (figures in benchmarks/README.md): one run is killed and resumed."""

import random
import signal

import pytest

KILLED_LATE = 6  # this seed draws SIGKILL, after 0.82 of the time that the undisturbed run took


@pytest.mark.system
def test_a_run_that_is_killed_late_and_resumed_comes_to_the_same_tables(checkout, tmp_path, monkeypatch, capfd):
    monkeypatch.syspath_prepend(str(checkout))
    from benchmarks import interrupt

    chance = random.Random(KILLED_LATE)
    assert chance.choice(interrupt.SIGNALS) == signal.SIGKILL and 0.7 < chance.uniform(0, 1) < 0.9
    chance = random.Random(KILLED_LATE)
    assert interrupt.rounds(tmp_path, 1, chance, "backend: {limit: 5}\n") == 0, capfd.readouterr().out
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 2 and "SIGKILL" in lines[-1] and "finished" in lines[-1], lines
