"""Does a difference hang on the answer filter? The same answers judged by another filter of the same task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.engine import PAIRED, UNPAIRED
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.pairs import Contrast
from mergekit_eval.compare.testing import corrected, tested
from mergekit_eval.rows import ScoreRow, grouped, score_rows
from mergekit_eval.schema import Tables
from mergekit_eval.shares import shares_checked
from mergekit_eval.thresholds import thresholds

FORMAT = "format"
Filters = Mapping[str, ScoreRow]


@tables.makes("filters")
@shares_checked
def filter_table(collection: Tables, pairs: list[Contrast], *, alpha: float = 0.05) -> pd.DataFrame:
    """Return the gain by the filter that counts beside that by every other filter of the same task and metric.

    Parameters
    ----------
    collection : Collection
        What was read.
    pairs : list of Contrast
        Who is compared with whom, see `paired_differences.contrasts`.
    alpha : float
        Chance of any false "format" in the whole table, and one minus the level of the limits.

    Returns
    -------
    DataFrame
        Table `filters`: ``shift`` is the gain by the filter that counts less the gain by the other, item by item where
        there are items (both judge the same answers); without items its error is taken as if the four scores were
        independent, which is too large. ``decided`` is "format" where, after Holm's correction over all rows, the two
        filters surely disagree on the difference, by at least ``asymmetry`` of `thresholds.yaml`.
    """
    evidence = Evidence(collection, primary=False)
    rows = grouped(score_rows(evidence.scores), lambda row: (row.model, row.task, row.metric))
    filters: dict[str, dict[tuple[str, str], Filters]] = {}
    for (model, task, metric), same in rows.items():
        if len(same) > 1:
            filters.setdefault(model, {})[task, metric] = {row.filter: row for row in same}
    found = pd.DataFrame([row for pair in pairs for row in _pair(evidence, filters, pair, alpha)])
    if found.empty:
        return found
    p = corrected(found)
    sure = p.lt(alpha) & found["shift"].abs().ge(thresholds()["asymmetry"])
    return found.assign(p_adjusted=p, decided=np.where(sure, FORMAT, ""))


def _pair(
    evidence: Evidence, filters: Mapping[str, Mapping[tuple[str, str], Filters]], pair: Contrast, alpha: float
) -> Iterator[dict[str, Any]]:
    against = filters.get(pair.reference, {})
    for (task, metric), merge in filters.get(pair.merge, {}).items():
        reference = against.get((task, metric), {})
        main = next((name for name, row in merge.items() if row.primary), "")
        if main not in reference:
            continue
        for other in merge:
            if other != main and other in reference:
                four = merge[main], merge[other], reference[main], reference[other]
                place = {**pair._asdict(), "task": task, "metric": metric, "filter": main, "other_filter": other}
                yield {**place, **_shift(evidence, four, alpha)}


def _shift(evidence: Evidence, four: tuple[ScoreRow, ...], alpha: float) -> dict[str, Any]:
    gains = {
        **{"gain": four[0].oriented - four[2].oriented, "other_gain": four[1].oriented - four[3].oriented},
        **{"merge_value": four[0].score, "other_value": four[1].score},
    }
    if all(evidence.carries(row) for row in four) and len({evidence.layout(row) for row in four}) == 1:
        main, other, against, beside = (evidence.oriented(row) for row in four)
        together = evidence.known(four[0]).cluster
        found = stats.paired_difference(main - other, against - beside, clusters=together, level=1 - alpha)
        return gains | {
            **{"shift": found.diff, "low": found.low, "high": found.high, "p": found.p, "n": found.n},
            "evidence": PAIRED,
        }
    error = float(np.sqrt(sum(float(row.stderr) ** 2 for row in four)))
    made = tested(gains["gain"] - gains["other_gain"], error, np.inf, 1 - alpha)
    limits = {name: made.get(f"gain_{name}") for name in ("low", "high")}
    return gains | limits | {"shift": made["gain"], "p": made.get("p"), "evidence": UNPAIRED}
