"""Tables that lm-eval prints at the end of a run, in Markdown: alone in a file, several below one another, or in a log.

All they hold is rounded, without items. The line above a table names the model, its arguments and the
limit; a file without it is named after itself where others of its kind stand beside it, else its folder names it. Names
of nested tasks are short (``- formal_logic`` below ``mmlu``); the facts give them back. `collect.printed` leaves
out a table whose results file is read.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, problem, shown
from mergekit_eval.readers._benchmarks import HARNESS, built_in, knows
from mergekit_eval.readers._cells import plain
from mergekit_eval.readers._grids import split
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._limits import opened_text
from mergekit_eval.readers._lm_eval_again import key_of, read_again
from mergekit_eval.readers._parts import apart
from mergekit_eval.readers.mergekit_recipe import told_lineage

NAME = "lm-eval printed table"
KINDS = ("text",)
NOTE = "printed: rounded, without items"
_FIRST = ("Task", "Tasks", "Group", "Groups")
_TABLE = re.compile(rb"^[ \t]*\|\s*(?:Tasks?|Groups?)\s*\|\s*Version\s*\|[^\n]*\|\s*Value\s*\|", re.MULTILINE)
_CALL = re.compile(
    r"\s*(?P<program>[\w.-]+) \((?P<args>.*?)\)(?:, gen_kwargs: \((?P<gen>.*?)\))?"
    r"(?:, limit: (?P<limit>[\w.]+))?(?:, .*)?\s*"
)
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_GENERIC = re.compile(
    r"(?i)(readme|results?|tables?|evals?|evaluations?|outputs?|out|logs?|runs?|nohup|stdout|stderr|summary|scores?|slurm|job|"
    r"lm[_-]?eval|benchmarks?|main|test|[\d._-]+)([._-]?\d*)*"
)
_LONGEST = 20_000


class _Row(NamedTuple):
    """One printed metric; ``depth`` is how deep the task is nested, ``group`` whether the table is one of groups."""

    task: str
    depth: int
    group: bool
    cells: dict[str, str]


class _Run(NamedTuple):
    """One table (with that of its groups): the line that names the model, the line of its header, its rows."""

    call: str
    line: int
    rows: list[_Row]


def claims(head: Head) -> bool | str:
    """Claim texts with the header of such a table near their beginning or end."""
    return head.kind == "text" and holds_scores(head)


def holds_scores(head: Head) -> bool:
    """Return whether a text shows the table that lm-eval prints."""
    return _TABLE.search(head.ends) is not None


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return the rows of every table, per model that the lines above them name.

    Raises
    ------
    Refused
        If the tables hold no row.
    """
    problems: list[Problem] = []
    runs = _runs(head)
    scores = [row for run in runs for row in _scores(run, head, ctx, problems)]
    if not scores:
        raise Refused("a table that lm-eval prints, without a row: the run or the text was cut")
    text = f"read from {len(runs)} printed tables of results, rounded and without items"
    problems.append(problem("note", text, "collect the JSON they were printed from, if it is still there"))
    decimals = max(_decimals(row.cells["Value"]) for run in runs for row in run.rows)
    return Readout(apart(scores, problems), None, problems, {"decimals": decimals} | told_lineage(head))


def _scores(run: _Run, head: Head, ctx: Context, problems: list[Problem]) -> list[dict[str, Any]]:
    told = read_again(head, _document(run, ctx, problems), ctx, NOTE)
    problems += told.problems
    unknown = {} if run.call else {"n_from": "unknown"}  # without the line above, a limit is not stated
    return [row | _who(row, head) | unknown | {"part": f"table at line {run.line}"} for row in told.scores]


def _runs(head: Head) -> list[_Run]:
    """Return the tables of a text with the line that names the model above them, "" where none does.

    A table of groups belongs to that of the tasks above it.
    """
    found: list[_Run] = []
    call = last = ""
    header: list[str] = []
    for number, line in enumerate(_lines(head), 1):
        if not line.lstrip().startswith("|"):
            header = []
            if (named := _CALL.fullmatch(line)) and re.search("[=:]", named["args"]):
                call = line.strip()
            continue
        cells = _cells(line)
        names = [plain(cell) for cell in cells]
        if names[0] in _FIRST and {"Version", "Metric", "Value"} <= set(names):
            header, last = names, ""
            if not found or names[0].startswith("Task") or found[-1].call != call:
                found.append(_Run(call, number, []))
        elif header and len(cells) == len(header) and not set(line) <= set("|-: \t"):
            last = cells[0].rstrip() or last
            found[-1].rows.append(_row(last, header, cells))
    return [run for run in found if run.rows]


def _decimals(value: str) -> int:
    return len(value.partition(".")[2])


def _lines(head: Head) -> Iterator[str]:
    with opened_text(head.path, errors="replace") as file:
        for line in iter(lambda: file.readline(_LONGEST), ""):
            yield _ANSI.sub("", line.rstrip("\r\n"))


def _cells(line: str) -> list[str]:
    """Return the cells of a line; the first keeps the spaces that say how deep its task is nested."""
    first = line.lstrip()[1:].split("|", 1)[0]
    return [first, *split(line)[1:]]


def _row(task: str, header: list[str], cells: list[str]) -> _Row:
    bare = task.lstrip(" ")
    nested = bare.startswith("- ")
    places = {name: at for at, name in enumerate(header) if name}
    told = {name: cells[at].strip() for name, at in places.items()}
    told["arrow"] = cells[places["Metric"] + 1].strip() if places["Value"] == places["Metric"] + 2 else ""
    depth = len(task) - len(bare) if nested else 0
    return _Row(bare.removeprefix("- ").strip(), depth, header[0].startswith("Group"), told)


def _document(run: _Run, ctx: Context, problems: list[Problem]) -> dict[str, Any]:
    """Return lm-eval's own document of a run, as far as the printed rows go."""
    results: dict[str, dict[str, Any]] = {}
    about: dict[str, dict[str, Any]] = {"versions": {}, "n-shot": {}, "higher_is_better": {}, "group_subtasks": {}}
    groups: set[str] = set()
    open_rows: list[tuple[int, str]] = []
    for row in run.rows:
        while open_rows and open_rows[-1][0] >= row.depth:
            open_rows.pop()
        name = _name(row.task, [task for _, task in open_rows], ctx)
        if open_rows:
            members = about["group_subtasks"].setdefault(open_rows[-1][1], [])
            members += [name] if name not in members else []
        open_rows.append((row.depth, name))
        groups |= {name} if row.group else set()
        block = results.setdefault(name, {})
        _put(block, name, row.cells, problems)
        for key, column in (("versions", "Version"), ("n-shot", "n-shot")):
            if row.cells.get(column):
                about[key][name] = _value(row.cells[column])
        if row.cells["arrow"] in ("↑", "↓"):
            about["higher_is_better"].setdefault(name, {})[row.cells["Metric"]] = row.cells["arrow"] == "↑"
    return {"results": results, "groups": {name: results[name] for name in groups}, "config": _config(run.call)} | about


def _put(block: dict[str, Any], name: str, cells: dict[str, str], problems: list[Problem]) -> None:
    label = cells.get("Filter", "")
    key, value, error = key_of(cells["Metric"], label), _value(cells["Value"]), _value(cells.get("Stderr", ""))
    if block.get(key, value) != value:
        text = f"{shown(name)}: {shown(key)} is printed as {block[key]} and as {value} for one model; the last is read"
        problems.append(problem("disagreement", text, "give every run a file of its own"))
    block[key] = value
    if isinstance(error, float):
        block[key_of(cells["Metric"], label, error=True)] = error


def _value(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _name(alias: str, above: list[str], ctx: Context) -> str:
    """Return the task that a printed name stands for: itself, or what the facts know below its topmost group."""
    bare = re.sub(r"\s+", "_", alias)
    for name in [alias, *(f"{group}_{bare}" for group in above)] if above else []:
        if ctx.registry.lookup(HARNESS, name, "").primary is not None:
            return name
    return bare if above else alias


def _config(call: str) -> dict[str, Any]:
    """Return lm-eval's ``config`` of the line that it prints above a table."""
    told = _CALL.fullmatch(call)
    if told is None:
        return {}
    limit = _value(told["limit"] or "")
    return {
        "model": told["program"],
        "model_args": _arguments(told["args"]),
        "gen_kwargs": _arguments(told["gen"] or ""),
        "limit": limit if isinstance(limit, float) else None,
    }


def _arguments(text: str) -> Any:
    """Return arguments, which newer versions print as a dict of Python."""
    if not text.startswith("{"):
        return None if text in ("", "None") else text
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return found if isinstance(found, dict) else None


def _who(row: dict[str, Any], head: Head) -> dict[str, Any]:
    """Return the identity of a row whose table names no model, by the file's name where it can be one."""
    if row["model"]:
        return {}
    alike = [one for one in head.path.parent.glob(f"*{head.path.suffix}") if one.is_file()]
    stem = head.path.stem
    if len(alike) < 2 or _GENERIC.fullmatch(stem) or knows(stem, built_in()):
        return {}
    return {"model": stem, "model_name": stem, "model_from": "file name"}
