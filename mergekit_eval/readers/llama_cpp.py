"""Logs of llama.cpp's perplexity program: perplexity, HellaSwag, Winogrande, multiple choice, divergence from a base.

The log names the model by the path it was loaded from. Running figures become items where they can be undone: the n-th
running accuracy tells whether the n-th task was solved, the n-th running perplexity how likely the n-th chunk was.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mergekit_eval.readers import _limits
from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, problem, shown
from mergekit_eval.readers._common import Items, mean, not_finite, rate_error
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._limits import opened

NAME = "llama.cpp"
KINDS = ("text", "array")  # the running figures alone begin like a list
TOOL = "llama.cpp"
_FLOAT = r"-?(?:\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|nan|inf)"
# Newer versions put a clock and a level before a line.
_CLOCK = re.compile(r"^\d+\.\d+\.\d+\.\d+ [A-Z] ")
_MODEL = re.compile(r"llama_model_loader: loaded meta data with .* tensors from (.+?)(?: \(version .*)?$")
_BUILD = re.compile(r"(?:main: )?build(?: =|:) (\d+ \([0-9a-f]+\))")
_TYPE = re.compile(r"(?:llm_load_print_meta: model ftype|print_info: file type)\s*= (.+?)\s*$")
_TEXT = re.compile(r"(?:^\+|llama-perplexity|/perplexity).*\s(?:-f|--file)\s+(\S+)")
_CHUNKS = re.compile(r"perplexity ?: calculating perplexity over (\d+) chunks(?:, n_ctx=(\d+))?")
_RUNNING = re.compile(rf"\[(\d+)\]({_FLOAT})")
_FINAL = re.compile(rf"^Final estimate: PPL = ({_FLOAT})(?: \+/- ({_FLOAT}))?")
_LOADED = re.compile(r"^\w+ ?: (?:loaded (\d+) tasks from prompt|there are (\d+) tasks in prompt)")
_CHOSEN = re.compile(r"^\w+ ?: selecting (\d+) .*tasks")
_STARTED = re.compile(r"^\w+ ?: calculating (hellaswag|winogrande|TruthfulQA) score over")
_TASK = re.compile(rf"^(\d+)\t\s*({_FLOAT})%?(?:\s|$)")
_DONE = re.compile(rf"^(?:Final Winogrande score\((\d+) tasks\)|Final result): ({_FLOAT}) \+/- ({_FLOAT})")
_CHANCE = re.compile(rf"^Random chance: ({_FLOAT})")
_DIVERGENCE = {
    "perplexity": re.compile(rf"^Mean PPL\(Q\)\s*:\s*({_FLOAT}) ± +({_FLOAT})"),
    "kl_divergence": re.compile(rf"^Mean +KLD:\s*({_FLOAT}) ± +({_FLOAT})"),
    "same_top_token": re.compile(rf"^Same top p:\s*({_FLOAT}) ± +({_FLOAT})"),
}
# What only this program prints.
_SIGNS = re.compile(
    rb"^(?:[\d.]+ [A-Z] )?(?:Final estimate: PPL = |Mean PPL\(Q\)|Final Winogrande score\(|hellaswag_score ?: "
    rb"|winogrande_score ?: |multiple_choice_score ?: |perplexity ?: calculating perplexity over )",
    re.MULTILINE,
)
_OTHER = re.compile(
    rb"llama_model_loader: |system_info: |^\[1\]\d+\.\d+,|^task\tacc_norm|build(?: =|:) \d+ \(", re.MULTILINE
)
_NAMES = {"hellaswag": ("hellaswag", "acc_norm"), "winogrande": ("winogrande", "acc"),
          "TruthfulQA": ("multiple_choice", "acc")}  # fmt: skip
_LONGEST = 1 << 20
_MOST = 1 << 18

# Rows by model, task, version and metric.
_Made = dict[tuple[str, ...], ScoreRow]


@dataclass
class Run:
    """What a log has said so far of the model and the evaluation that is running."""

    model: str = ""
    build: str = ""
    type: str = ""
    text: str = ""
    chunks: str = ""
    context: str = ""
    kind: str = ""
    loaded: str = ""
    chosen: str = ""
    running: dict[int, float] = field(default_factory=dict)
    chance: float = math.nan
    final: tuple[float, float] | None = None

    def begin(self, kind: str) -> None:
        """Forget the figures of the evaluation before."""
        self.kind, self.running, self.chance, self.final = kind, {}, math.nan, None


def claims(head: Head) -> bool | str:
    """Claim texts with lines that only this program prints, near their begin or end, beside another of its lines."""
    return _SIGNS.search(head.ends) is not None and _OTHER.search(head.ends) is not None


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return a row per evaluation in the log, with an item per task or chunk."""
    _limits.require(head.size, f"a log of {head.size:,} bytes")
    problems: list[Problem] = []
    run, items = Run(), Items()
    made: _Made = {}
    for line in _lines(path):
        if _STARTED.search(line) or _CHUNKS.search(line) or _MODEL.search(line):
            _close(run, made, items, problems)
        _take(run, line, made, problems)
    _close(run, made, items, problems)
    scores = list(made.values())
    if not scores:
        raise Refused("the log ends before its first figure; the run was stopped or failed")
    if any(not row["model"] for row in scores):
        told = "the log does not say from which file the model was loaded"
        problems.append(problem("identity", told, "keep stderr of the program in the log (2>&1)"))
    return Readout(scores, items.table(many_models=True), problems + not_finite(scores))


def _lines(path: Path) -> Iterator[str]:
    with opened(path) as file:
        for raw in iter(lambda: file.readline(_LONGEST), b""):
            yield _CLOCK.sub("", raw.decode("utf-8", "replace").rstrip("\r\n"))


def _take(run: Run, line: str, made: _Made, problems: list[Problem]) -> None:
    """Take what a line says into the run."""
    if found := _MODEL.search(line):
        run.model, run.type = found[1], ""
    elif found := _BUILD.search(line):
        run.build = found[1]
    elif found := _TYPE.search(line):
        run.type = found[1]
    elif found := _CHUNKS.search(line):
        run.begin("perplexity")
        run.chunks, run.context = found[1], found[2] or ""
    elif found := _LOADED.search(line):
        run.loaded, run.chosen = found[1] or found[2], ""
    elif found := _CHOSEN.search(line):
        run.chosen = found[1]
    elif found := _STARTED.search(line):
        run.begin(found[1])
    elif found := _FINAL.search(line):
        run.kind = run.kind or "perplexity"
        run.final = float(found[1]), float(found[2] or "nan")
    elif found := _DONE.search(line):
        run.final = float(found[2]), float(found[3])
    elif found := _CHANCE.search(line):
        run.chance = float(found[1])
    elif run.kind in _NAMES:
        if (found := _TASK.match(line)) and len(run.running) < _MOST:
            run.running[int(found[1][:15])] = float(found[2])
    elif line.startswith("["):
        for number, value in _RUNNING.findall(line):
            if len(run.running) < _MOST:
                run.running[int(number[:15])] = float(value)
    else:
        _divergence(run, line, made, problems)
    if found := _TEXT.search(line):
        run.text = found[1].rpartition("/")[2]


def _divergence(run: Run, line: str, made: _Made, problems: list[Problem]) -> None:
    for metric, pattern in _DIVERGENCE.items():
        if found := pattern.search(line):
            task = "perplexity" if metric == "perplexity" else "divergence"
            _add(
                made,
                _common(run, task) | {"metric": metric, "value": float(found[1]), "stderr": float(found[2])},
                problems,
            )


def _close(run: Run, made: _Made, items: Items, problems: list[Problem]) -> None:
    """Turn the figures of an evaluation into rows, and begin anew."""
    if run.kind in _NAMES:
        _solved(run, made, items, problems)
    elif run.final is not None or run.running:
        _perplexity(run, made, items, problems)
    run.begin("")


def _common(run: Run, task: str) -> dict[str, Any]:
    parts = [run.text, f"{run.chunks} chunks" if run.chunks else "", f"n_ctx {run.context}" if run.context else ""]
    version = ", ".join(part for part in parts if part) if task != "divergence" else run.text
    return {
        "tool": TOOL,
        "tool_version": run.build,
        "model": lm.tidy(run.model),
        "model_name": run.model,
        "model_from": "path of the weights" if run.model else "",
        "quantization": run.type,
        "task_name": task,
        "task": task,
        "task_version": version,
        "filter": "none",
        "n_from": "unknown",
    }


def _add(made: _Made, row: dict[str, Any], problems: list[Problem]) -> bool:
    """Keep a row; a second one of the same measurement is named and left out."""
    place = tuple(row[key] for key in ("model", "task_name", "task_version", "metric"))
    if place in made:
        problems.append(
            problem("repeated", f"{row['task_name']} {row['metric']} stands twice in the log; the first counts")
        )
        return False
    made[place] = row
    return True


def _perplexity(run: Run, made: _Made, items: Items, problems: list[Problem]) -> None:
    common = _common(run, "perplexity")
    if run.final is None:
        told = f"{shown(run.model)}: the log ends after {len(run.running)} chunks, without its final estimate"
        problems.append(problem("incomplete", told, "run it to its end"))
        return
    value, stderr = run.final
    _add(
        made, common | {"metric": "perplexity", "value": value, "stderr": stderr if stderr >= 0 else math.nan}, problems
    )
    chunks = _undone(run.running, lambda n, value: n * math.log(value) if 0 < value < math.inf else math.nan)
    if chunks and len(chunks) == int(run.chunks or 0):
        nll, error, n = mean(chunks)
        row = common | {"metric": "nll", "value": nll, "stderr": error, "n": n, "n_from": "items"}
        if _add(made, row, problems):
            for number, score in enumerate(chunks, 1):
                key = f"id:{common['task_version']}/{number}"
                items.add("perplexity", "nll", key, score, -1, model_name=run.model, doc_id=str(number))


def _solved(run: Run, made: _Made, items: Items, problems: list[Problem]) -> None:
    task, metric = _NAMES[run.kind]
    if not run.running or max(run.running) < 1:
        problems.append(problem("incomplete", f"{task}: the log ends before its first task"))
        return
    count = max(run.running)
    value = run.running[count]
    wanted = int(run.chosen or run.loaded or count)
    if count < wanted:
        problems.append(problem("incomplete", f"{task}: {count} of {wanted} tasks are in the log", "run it to its end"))
    if run.final is not None and abs(run.final[0] - value) > 1e-3:
        told = f"{task}: the last running accuracy is {value:g}, the final one {run.final[0]:g}"
        problems.append(problem("disagreement", told, "the running one is used; look at the log"))
    subset = f"{wanted} of {run.loaded}" if run.loaded else str(wanted)
    row = _common(run, task) | {"metric": metric, "value": value, "scale": "percent", "n": count, "n_from": "file"}
    row |= {"task_version": f"{subset} tasks", "stderr": 100 * rate_error(value / 100, count)}
    row |= {"chance": run.chance} if not math.isnan(run.chance) else {}
    solved = _undone(run.running, lambda n, value: round(n * value / 100))
    added = _add(made, row, problems)
    if added and len(solved) == count and set(solved) <= {0, 1}:
        for number, score in enumerate(solved, 1):
            # The tasks are drawn with a fixed seed, so their order is that of every run over as many of the same file.
            more = {"model_name": run.model, "doc_id": str(number)}
            items.add(task, metric, f"id:{subset}/{number}", 100.0 * score, -1, **more)


def _undone(running: dict[int, float], total: Callable[[int, float], float]) -> list[float]:
    """Return the values behind running figures, ``total`` being their sum up to the n-th; [] where one is missing."""
    before, found = 0.0, []
    for number in range(1, len(running) + 1):
        until = total(number, running[number]) if number in running else math.nan
        if not math.isfinite(until):
            return []
        found.append(until - before)
        before = until
    return found
