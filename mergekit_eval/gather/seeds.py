"""One row per probe from its rows per seed, as the tool's own summary has it, with the standard error over seeds."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from typing import Any

from mergekit_eval.gather.work import Record
from mergekit_eval.readers import holmes_probe
from mergekit_eval.readers._base import problem
from mergekit_eval.readers._common import mean

# Folders below the one of the data set: dataset/model/encoding/control/size/seed/layers/done/file.
DEPTH = 9
COPIED = """tool model_name model_from task_name task metric kind scale higher_is_better chance capability quantization
model""".split()


def averaged(records: list[Record]) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return a row for every measurement of the raw Holmes tree that differs in nothing but the seed, and problems.

    The rows of the single seeds stay beside it and no longer stand for the task. The sample size is part of the filter
    only where a probe was run at several, as in the tool's summary, so that both are one measurement.
    """
    groups: dict[tuple, list[dict[str, Any]]] = defaultdict(list)
    sizes: dict[tuple, set[str]] = defaultdict(set)
    for record in records:
        if record.reader != holmes_probe.NAME:
            continue
        for row in record.scores:
            _, _, rest = row["filter"].partition(",")
            place = (_root(record.name), row["model_name"], row["task_name"], row["metric"], rest, row["quantization"])
            groups[*place, row["gen_kwargs"]].append(row | {"file": record.name, "source_file": record.shown})
            sizes[place].add(row["gen_kwargs"])
            row["primary"] = False
    made = [_row(rows, rest, len(sizes[*place, rest, bits]) > 1) for (*place, rest, bits, _), rows in groups.items()]
    several = sorted({(place[2], place[1]) for place, found in sizes.items() if len(found) > 1})
    todo = "name the size that counts by collecting its folders alone"
    texts = [
        f"{task}: {model} was probed at several sample sizes; none stands for the data set" for task, model in several
    ]
    first = made[0]["source_file"] if made else ""
    return made, [{"file": first} | problem("no-primary", text, todo) for text in texts]


def _root(name: str) -> str:
    return "/".join(name.split("/")[:-DEPTH])


def _row(rows: list[dict[str, Any]], rest: str, sized: bool) -> dict[str, Any]:
    first = rows[0]
    found = mean(row["value"] for row in rows)
    kind = first.get("note", "")
    seeds = f"mean of {found.n} seeds" if found.n > 1 else f"one seed ({first['filter'].partition(',')[0][5:]})"
    size = f"size={posixpath.basename(posixpath.dirname(_up(first['file'], 3)))}" if sized else ""
    row = {name: first[name] for name in COPIED if name in first}
    row |= {"file": first["file"], "source_file": first["source_file"], "value": found.value, "stderr": found.stderr}
    row |= {"filter": ",".join(part for part in (rest, size) if part) or "none"}
    row |= {"note": ", ".join(part for part in (seeds, kind) if part)}
    return row | {"primary": row["filter"] == "none" and first["metric"] == "score"}


def _up(path: str, steps: int) -> str:
    for _ in range(steps):
        path = posixpath.dirname(path)
    return path
