"""AlpacaEval leaderboards: one row per model with its win rates in percent against a common baseline.

Judge and baseline that the table does not tell are those of the annotations beside it, where these name only one.
"""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath

from mergekit_eval.readers._alpaca import Against, annotated, of_leaderboard
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, problem, shown
from mergekit_eval.readers._common import error_bar, not_finite
from mergekit_eval.readers._files import csv_rows, decimal
from mergekit_eval.readers._head import Head

NAME = "alpaca-eval-leaderboard"
KINDS = ("text", "parquet")
_METRICS = {
    "win_rate": "standard_error",
    "discrete_win_rate": "",
    "length_controlled_winrate": "lc_standard_error",
    "length_controlled_win_rate": "lc_standard_error",
    "avg_length": "",
}
_NAMES = ("", "Unnamed: 0", "name", "model", "model_name", "generator")


def claims(head: Head) -> bool | str:
    """Claim tables of win rates per model; tables that rate the judges are no results of models."""
    columns = head.columns
    if "Human agreement" in columns and "Spearman corr." in columns:
        return "a table of judges (agreement with people), not of evaluated models"
    return "win_rate" in columns and columns[0] in _NAMES and bool({"standard_error", "n_total"} & set(columns))


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return a row per model and metric; the row of the baseline itself (all draws) names the baseline."""
    problems: list[Problem] = []
    rows = {}
    for line, row in csv_rows(head, problems):
        model = row[head.columns[0]].strip()
        if not model or model in rows:
            what = f"model {shown(model)} is named twice" if model else "a row without a model"
            problems.append(problem("repeated" if model else "bad-value", f"row {line}: {what}; the row is left out"))
            continue
        rows[model] = row
    found = _completed(Against(_judge(head.name), _baseline(rows)), path, problems)
    version = ", ".join(f"{kind} {name}" for kind, name in found._asdict().items() if name)
    scores = [
        {"tool": "alpaca-eval", "model_name": model, "task_name": "alpaca_eval", "task_version": version} | cells
        for model, row in rows.items()
        for cells in _cells(model, row, problems)
    ]
    if not scores:
        raise Refused("no row holds a model and a win rate")
    return Readout(scores, None, problems + not_finite(scores))


def _completed(told: Against, path: Path, problems: list[Problem]) -> Against:
    """Return judge and baseline with what only the annotations beside the table know."""
    pairs = annotated(path)
    known = of_leaderboard(path, pairs)
    if known and told.baseline in ("", known.baseline):
        return known
    if pairs and not told.baseline:
        message = (
            f"its baseline is unknown: the annotations beside it have several, {shown(sorted(map(tuple, pairs)), 200)}"
        )
        problems.append(problem("note", message, "keep the annotations of the table's own run beside it"))
    if not told.judge:
        message = "its judge is unknown: neither the name of the file nor annotations beside it tell one"
        problems.append(problem("note", message, "name it <judge>_leaderboard.csv, or keep its annotations beside it"))
    return told


def _judge(name: str) -> str:
    """Return the judge that <judge>_leaderboard.csv, the tool's own naming, tells; a folder may be called anything."""
    stem = PurePosixPath(name).stem
    return stem.removesuffix("_leaderboard") if stem.endswith("_leaderboard") else ""


def _baseline(rows: dict[str, dict[str, str]]) -> str:
    same = [model for model, row in rows.items() if decimal(row["win_rate"]) == 50 and _all_draws(row)]
    return same[0] if len(same) == 1 else ""


def _all_draws(row: dict[str, str]) -> bool:
    draws, total = decimal(row.get("n_draws")), decimal(row.get("n_total"))
    return draws is not None and draws == total and decimal(row.get("standard_error", "0")) == 0


def _cells(model: str, row: dict[str, str], problems: list[Problem]) -> list[ScoreRow]:
    total = decimal(row.get("n_total"))
    size = {"n": int(total), "n_from": "file"} if total is not None and 0 < total < 1e9 else {}
    cells = []
    for metric, error in _METRICS.items():
        text = row.get(metric, "").strip()
        if not text:
            continue
        value = decimal(text)
        if value is None or not abs(value) < 1e300:
            problems.append(problem("bad-value", f"{shown(model)}: {metric} = {shown(text)} is no number; left out"))
            continue
        stderr = error_bar(decimal(row.get(error)) if error and not _all_draws(row) else None)
        found = {"metric": metric, "value": value} | (size if metric != "avg_length" else {})
        cells.append(found | ({} if math.isnan(stderr) else {"stderr": stderr}))
    return cells
