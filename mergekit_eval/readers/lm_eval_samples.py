"""Per-item files of lm-evaluation-harness: JSON Lines, arrays of 0.4.0-0.4.2, ``*_write_out_info.json`` of 0.3.

No such file says which model or task it belongs to; `collect` joins it with the results file of its run by time stamp.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, problem, shown
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._lm_eval_columns import HASH, IDS, SHOWN, TEXT, Column, OtherMetrics
from mergekit_eval.readers._lm_eval_items import item_columns
from mergekit_eval.readers._lm_eval_rows import Broken, Rows, UnknownKeys

NAME = "lm-eval samples"
KINDS = ("lines", "array")
LMMS_TEXT = ("input", "input_media", "token_counts")
ANSWERS = ("filtered_resps", "resps", "metrics", "truth")
PROMPTS = ("request", "requests", "request_type")
OLD_TEXT = re.compile(r"(prompt|logit)_\d+|truth|schema|chat_template|request_type|multiple_targets")
MOST_KEYS = 200


def claims(head: Head) -> bool | str:
    """Claim rows with a document number and either a document or the prompts of 0.3; refuse prompts without answers."""
    row = head.first
    if head.kind not in ("lines", "array") or not isinstance(row, dict) or "doc_id" not in row:
        return False
    if not any(key in row for key in ANSWERS) and any(key in row for key in PROMPTS):
        return "prompts without answers or scores (requests of OLMES?); collect the files of metrics beside it"
    return "doc" in row or "filtered_resps" in row or ("truth" in row and "prompt_0" in row)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one item per (row, metric)."""
    answered = any(key in head.first for key in ANSWERS)
    metrics = _scores(head.first, answered, ctx)
    if not metrics and not answered:
        raise Refused(f"rows without answers and without a known metric (keys {shown(list(head.first))})")
    text = [*TEXT, *(key for key in head.first if key not in (*TEXT, *IDS, "metrics", *metrics))]
    named = head.first.get("metrics")
    listed = named if isinstance(named, list) and set(map(str, named)) == set(metrics) else None
    while True:
        try:
            return _read(path, head, ctx, metrics, text, listed)
        except OtherMetrics:
            listed = None
        except UnknownKeys as found:
            metrics += sorted(_scores(found.keys, answered, ctx))
            text += sorted(found.keys - set(metrics))
            if len(metrics) + len(text) > MOST_KEYS:
                raise Refused(f"its rows have more than {MOST_KEYS} different keys") from None


def _scores(keys: Iterable[str], answered: bool, ctx: Context) -> list[str]:
    """Return the keys that hold scores; beside no answer a number is one only if its name is known."""
    found = [key for key in keys if not _is_text(key)]
    return found if answered else [k for k in found if ctx.registry.lookup("lm-eval", "", k).direction]


def _is_text(key: str) -> bool:
    return key in TEXT or key in LMMS_TEXT or key in IDS or key == "metrics" or OLD_TEXT.fullmatch(key) is not None


def _read(
    path: Path, head: Head, ctx: Context, metrics: list[str], text: list[str], listed: list[str] | None
) -> Readout:
    """Return the items; where every row lists the same metrics (``listed``), other keys need not be looked at."""
    hashed = "doc_hash" in head.first
    stamp = lm.stamp_of(path.name)[0]
    unstamped = _unstamped(path.name, stamp)
    body = unstamped.removesuffix("_write_out_info").removeprefix(
        "samples_"
    )  # the task, perhaps behind model arguments
    cluster = ctx.registry.lookup("lm-eval", body, "", "none").cluster_key
    prompts = [] if hashed else [key for key in text if key.startswith("prompt_") and key != HASH]
    opened = ["doc"] if (not hashed and "doc" in head.first) or cluster else []
    looked = ["metrics", *SHOWN]
    skipped = looked + [key for key in text if key not in (*SHOWN, *opened, *prompts, HASH)]
    keys = [*IDS, HASH, *opened, *prompts, *metrics]
    columns = Column(keys, metrics, hashed, opened, prompts, cluster)
    broken: list[Broken] = []
    for chunk in Rows(path, head.kind == "array", keys, skipped if listed is None else looked, listed is None):
        columns.add(chunk, listed)
        broken += chunk.broken
    problems = [_broken(entry) for entry in broken[:20]]
    if len(broken) > 20:
        problems.append(problem("broken", f"{len(broken) - 20} more broken rows"))
    table, notes, facts = item_columns(columns, ctx.registry)
    named = {"stamp": stamp, "body": body, "free_name": unstamped == body}
    return Readout([], table, problems + notes, facts | named)


def _broken(entry: Broken) -> Problem:
    if entry.last:
        return problem("truncated", f"row {entry.line} is cut off: {entry.reason}", "the rows before it are kept")
    return problem("broken", f"row {entry.line} is left out: {entry.reason}")


def _unstamped(name: str, stamp: str) -> str:
    stem = Path(name).stem
    return stem.replace(stamp, "").strip("_") if stamp else stem
