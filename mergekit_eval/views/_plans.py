"""What was planned, what ran, where each merge came from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mergekit_eval.study import Study
from mergekit_eval.wording import visible


def recipes(plan: Study) -> pd.DataFrame:
    """Return the merges of a study as planned."""
    rows = [
        {"merge": m.name, "method": m.method, "parents": ", ".join(m.parents), "base": m.base}
        | {"parameters": str(m.recipe.name) if m.recipe else ", ".join(f"{k}={v}" for k, v in m.parameters.items())}
        | {"seed": m.seed}
        for m in plan.merges.values()
    ]
    return _safe(pd.DataFrame(rows, columns=["merge", "method", "parents", "base", "parameters", "seed"]))


def records(found: Iterable[Any]) -> pd.DataFrame:
    """Return merge or cell records, one row each."""
    frame = pd.DataFrame([record._asdict() for record in found])
    drop = [name for name in ("log", "results_file", "folder", "path", "key") if name in frame]
    return _safe(frame.drop(columns=drop))


def failures(found: Iterable[Any]) -> pd.DataFrame:
    """Return what failed, with reason and log (its folder and name); no rows is good news."""
    rows = [(r.name, r.reason, "/".join(Path(r.log).parts[-2:])) for r in found if r.status == "failed"]
    return _safe(pd.DataFrame(rows, columns=["name", "reason", "log"]))


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame that a notebook may show as it is: no text of it can drive a terminal or a page."""
    return frame.map(lambda value: visible(value) if isinstance(value, str) else value)


def lineage(table: pd.DataFrame) -> pd.DataFrame:
    """Return where each model of `Session.lineage` (or merge of `Session.merges`) comes from, lists as text.

    Columns that say nothing of any row (no stage, nothing inert, nothing unclear) are left out.
    """
    out = table.assign(**{name: table[name].map(", ".join) for name in ("parents", "inert")})
    out["stages"] = table["stages"].map("; ".join)
    said = [name for name in out if name not in ("inert", "stages", "unclear") or out[name].ne("").any()]
    return out[said].rename(columns={"known_from": "known from", "inert": "adds nothing", "unclear": "not understood"})
