"""Joint draws of averages move as the items say."""

import numpy as np
import pytest

from mergekit_eval.compare import MergeContext
from mergekit_eval.compare.joint_draws import Cell, contrast_draws
from tests.compare.conftest import bare

HALF = {"task_a": 0.5, "task_b": 0.5}


def drawn(found, merges, *cells, shape):
    return contrast_draws(MergeContext(found, merges), [Cell(*cell) for cell in cells], shape, seed=1)


def values(world, model, task):
    items = world.items[world.items["model"].eq(model) & world.items["task"].eq(task)]
    return items["value"].to_numpy(float)


def test_draws_have_the_covariance_of_the_paired_differences(world, merges):
    cells = [(0, 0, "good", "a", HALF), (0, 1, "good", "base", HALF), (1, 0, "middle", "a", HALF)]
    draws = drawn(world, merges, *cells, shape=(2, 2))
    assert draws.shape[1:] == (2, 2)
    assert (draws[:, 1, 1] == 0).all()
    gaps = [np.column_stack([values(world, m, t) - values(world, r, t) for _, _, m, r, _ in cells]) for t in HALF]
    expected = sum(np.cov(gap.T) / len(gap) / 4 for gap in gaps)
    found = np.cov(np.column_stack([draws[:, 0, 0], draws[:, 0, 1], draws[:, 1, 0]]).T)
    assert found == pytest.approx(expected, rel=0.06, abs=2e-5)


def test_models_without_items_move_by_themselves(world, merges):
    cells = [(0, 0, "good", "a", HALF), (1, 0, "middle", "b", HALF)]
    draws = drawn(bare(world), merges, *cells, shape=(2, 1))
    assert abs(np.corrcoef(draws[:, 0, 0], draws[:, 1, 0])[0, 1]) < 0.03
    shared = drawn(bare(world), merges, cells[0], (1, 0, "middle", "a", HALF), shape=(2, 1))
    assert np.corrcoef(shared[:, 0, 0], shared[:, 1, 0])[0, 1] > 0.2


def test_a_large_table_has_fewer_draws(world, merges):
    cells = [(at, 0, "good", "a", HALF) for at in range(400)]
    assert len(drawn(world, merges, *cells, shape=(400, 1))) == 4_000
