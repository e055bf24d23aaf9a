"""How a value becomes a score on the unit scale, and a score an oriented one: higher is better.

Here alone stands what a direction and a scale mean. Functions take ``rows``, a frame of scores or one row of it, for
the columns `COLUMNS`; what is given beside it is a number or an array that fits.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# What decides how a score is turned; a table whose scores are to be turned later carries them.
COLUMNS = ("scale", "higher_is_better")
NATURAL, PERCENT, UNIT = "natural", "percent", "unit"


def made(scores: pd.DataFrame) -> dict[str, Floats]:
    """Return the columns ``score`` and ``oriented`` of collected scores (value, `COLUMNS`)."""
    score = on_unit(scores["value"], scores)
    return {"score": score, "oriented": oriented(score, scores)}


def on_unit(values: Any, rows: Any) -> Floats:
    """Return values on the unit scale: percentages as shares of one, every other scale unchanged."""
    plain = _floats(values)
    return np.where(np.asarray(rows.scale) == PERCENT, plain / 100, plain)


def unit_of(scale: Any) -> Any:
    """Return the scale of scores whose values have another one: a percentage is a share of one."""
    return scale.replace(PERCENT, UNIT) if isinstance(scale, pd.Series) else UNIT if scale == PERCENT else scale


def known(rows: Any) -> Any:
    """Return whether it is known which scores are better."""
    return pd.notna(rows.higher_is_better)


def sign(rows: Any) -> Floats:
    """Return +1 where a higher score is better, -1 where a lower one is, NaN where that is not known."""
    return 2 * _floats(rows.higher_is_better) - 1


def oriented(score: Any, rows: Any) -> Floats:
    """Return scores turned so that higher is better; NaN where the direction is not known.

    Parameters
    ----------
    score : float or array
        On the unit scale. Where lower is better a bounded score becomes 1 - score, an unbounded one -score.
    rows : DataFrame or row
        With `COLUMNS`.
    """
    plain, way = _floats(score), sign(rows)
    top = np.where(np.asarray(rows.scale) == NATURAL, 0.0, 1.0)
    return np.where(way > 0, plain, np.where(way < 0, top - plain, np.nan))


def oriented_ends(low: Any, high: Any, rows: Any) -> tuple[Floats, Floats]:
    """Return the limits of oriented scores from those of the scores."""
    ends = oriented(low, rows), oriented(high, rows)
    return np.minimum(*ends), np.maximum(*ends)


def directed(score: Any, rows: Any) -> Floats:
    """Return oriented scores, and those of unknown direction as they are."""
    return np.where(known(rows), oriented(score, rows), _floats(score))


def directed_items(values: Floats, row: Any) -> Floats:
    """Return the items of one score so that their mean is the `directed` score."""
    return directed(values, row)


def plain_score(score: Any, rows: Any) -> Floats:
    """Return the score that was `directed`, on the metric's own scale."""
    return directed(score, rows)


def plain_difference(gain: Any, rows: Any) -> Floats:
    """Return the difference of scores on the metric's own scale whose difference of `directed` scores is ``gain``."""
    plain = _floats(gain)
    return np.where(sign(rows) < 0, 0.0 - plain, plain)


def _floats(values: Any) -> Floats:
    if isinstance(values, pd.Series):
        return values.to_numpy(float, na_value=np.nan)
    return np.asarray(np.nan if values is None or values is pd.NA else values, dtype=float)
