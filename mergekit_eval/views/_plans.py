"""What was planned, what ran, where each merge came from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from mergekit_eval.study import Study


def recipes(plan: Study) -> pd.DataFrame:
    """Return the merges of a study as planned."""
    rows = [
        {"merge": m.name, "method": m.method, "parents": ", ".join(m.parents), "base": m.base}
        | {"parameters": str(m.recipe.name) if m.recipe else ", ".join(f"{k}={v}" for k, v in m.parameters.items())}
        | {"seed": m.seed}
        for m in plan.merges.values()
    ]
    return pd.DataFrame(rows, columns=["merge", "method", "parents", "base", "parameters", "seed"])


def records(found: Iterable[Any]) -> pd.DataFrame:
    """Return merge or cell records, one row each."""
    rows = [record._asdict() for record in found]
    frame = pd.DataFrame(rows)
    drop = [name for name in ("log", "results_file", "folder", "path", "key") if name in frame]
    return frame.drop(columns=drop)


def failures(found: Iterable[Any]) -> pd.DataFrame:
    """Return what failed, with reason and log; no rows is good news."""
    rows = [{"name": r.name, "reason": r.reason, "log": str(r.log)} for r in found if r.status == "failed"]
    return pd.DataFrame(rows, columns=["name", "reason", "log"])


def lineage(table: pd.DataFrame) -> pd.DataFrame:
    """Return where each model of `Session.lineage` (or merge of `Session.merges`) comes from, lists as text.

    Columns that say nothing of any row (no stage, nothing inert, nothing unclear) are left out.
    """
    out = table.assign(**{name: table[name].map(", ".join) for name in ("parents", "inert")})
    out["stages"] = table["stages"].map("; ".join)
    said = [name for name in out if name not in ("inert", "stages", "unclear") or out[name].ne("").any()]
    return out[said].rename(columns={"known_from": "known from", "inert": "adds nothing", "unclear": "not understood"})
