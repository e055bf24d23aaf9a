"""The kit's sign-flip test for many data sets at once, with the same flips for all of them."""

import numpy as np

from mergekit_eval.stats.signflip import FlipNull

FLIPS = 999
_BATCH = 500


def flip_p_many(sums: np.ndarray, sizes: np.ndarray, rng: np.random.Generator, flips: int = FLIPS) -> np.ndarray:
    """Two-sided p that the mean is zero, for each row of `sums` (reps, units); `sizes` (units,) items per unit.

    Uses the statistic and the comparison of the kit; only the drawing of flips is shared, which leaves each p valid.
    """
    p = np.empty(len(sums))
    for start in range(0, len(sums), _BATCH):
        batch = sums[start : start + _BATCH]
        signs = np.vstack([np.ones(sums.shape[1]), 1.0 - 2.0 * rng.integers(0, 2, size=(flips, sums.shape[1]))])
        p[start : start + _BATCH] = _batch_p(batch, sizes, signs)
    return p


def plain_flip_p_many(sums: np.ndarray, rng: np.random.Generator, flips: int = FLIPS) -> np.ndarray:
    """Two-sided p of sign flips of the plain sum, which is that of the studentised one: for comparison."""
    p = np.empty(len(sums))
    for start in range(0, len(sums), _BATCH):
        batch = sums[start : start + _BATCH]
        signs = 1.0 - 2.0 * rng.integers(0, 2, size=(flips, sums.shape[1]))
        reached = np.abs(signs @ batch.T) >= np.abs(batch.sum(axis=1)) * (1 - 1e-9)
        p[start : start + _BATCH] = (reached.sum(axis=0) + 1) / (flips + 1)
    return p


def _batch_p(batch: np.ndarray, sizes: np.ndarray, signs: np.ndarray) -> np.ndarray:
    m = sizes.astype(float)
    plain = (m == 1).all()
    fixed = {1: signs @ m, 3: signs @ m**2, 7: signs @ m**3}
    powers = (
        {0: batch, 4: batch**3} if plain else {0: batch, 2: batch * m, 4: batch**3, 6: batch * m**2, 5: batch**2 * m}
    )
    products = {k: signs @ v.T for k, v in powers.items()}
    if plain:
        products |= {2: products[0], 6: products[0]}
    result = np.empty(len(batch))
    for i, row in enumerate(batch):
        columns = [fixed[k] if k in fixed else products[k][:, i] if k in products else fixed[1] for k in range(8)]
        live = (row != 0).any()
        result[i] = FlipNull(row, m, np.array(columns), False).p() if live else 1.0
    return result
