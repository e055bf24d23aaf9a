"""A hundred simulated studies in which nothing is amiss: at most five may raise an alarm."""

import numpy as np
import pytest

from benchmarks.calibration.fairness import fairness


@pytest.mark.slow
def test_of_a_hundred_clean_studies_at_most_five_raise_an_alarm():
    first = next(iter(fairness(100, np.random.default_rng(11))))
    assert first.reps == 100 and first.value <= 0.05
