"""Many pairs at once give what each pair gives alone."""

import numpy as np
import pytest

from mergekit_eval.stats import StatsError, paired_difference, paired_differences

RNG = np.random.default_rng(3)
WORLDS = {
    "right and wrong": (RNG.random((90, 5)) < [0.2, 0.5, 0.5, 0.9, 0.97]).astype(float),
    "all right, all wrong": np.column_stack([np.ones(30), np.zeros(30), np.ones(30), RNG.integers(0, 2, 30)]),
    "one item": np.array([[1.0, 0.0, 1.0]]),
    "one graded model": np.column_stack([RNG.integers(0, 2, (40, 3)), RNG.random(40)]).astype(float),
}


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("clustered", [False, True])
def test_each_pair_gets_what_it_gets_alone(name, clustered):
    values = WORLDS[name]
    ids = np.arange(len(values)) // 3 if clustered else None
    pairs = [(1, 0), (0, 2), (2, 1), (values.shape[1] - 1, 0)]
    found = paired_differences(values, pairs, clusters=ids, level=0.9, seed=4)
    for (i, j), batch in zip(pairs, found, strict=True):
        alone = paired_difference(values[:, i], values[:, j], clusters=ids, level=0.9, seed=4)
        assert batch._replace(stderr=0, mde=0) == alone._replace(stderr=0, mde=0)
        for one, other in ((batch.stderr, alone.stderr), (batch.mde, alone.mde)):
            assert one == other if other is None else one == pytest.approx(other, rel=1e-12)
        assert type(batch.wins) is int


def test_every_pair_once_if_none_are_named():
    assert len(paired_differences(WORLDS["right and wrong"])) == 10


def test_a_missing_score_is_refused_by_its_place():
    with pytest.raises(StatsError, match=r"values\[1, 0\]"):
        paired_differences([[1.0, 0.0], [np.nan, 1.0]])
