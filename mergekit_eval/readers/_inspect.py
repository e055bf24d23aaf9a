"""What a log of inspect_ai holds: its header, the reduced scores and the samples, from JSON or from a zip of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._answers import text_signs
from mergekit_eval.readers._archive import Archive, TooLarge, opened
from mergekit_eval.readers._base import Problem, Refused, number, problem, shown
from mergekit_eval.readers._common import canonical, content_key, dig, text, when
from mergekit_eval.readers._head import Head

TOOL = "inspect-ai"
HEADER, START, REDUCED = "header.json", "_journal/start.json", "reductions.json"
_SAMPLES = "samples/"
# Providers that load the weights themselves: the model is what stands behind them.
_LOADERS = ("hf", "vllm", "vllm-completions", "sglang", "llama-cpp-python", "transformer_lens", "nnterp")
# Generation settings that change how fast answers come, not what they are.
_HARMLESS = frozenset(
    """max_connections adaptive_connections max_retries timeout attempt_timeout cache cache_prompt batch
    fallback_models""".split()
)
# Letters and words that a scorer gives instead of a number.
_GRADES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
_ATTACHED = "attachment://"


class Sample(NamedTuple):
    """One epoch of one sample: its place in the log, id, key of its content, {scorer: value}, and what stopped it."""

    line: int
    id: str
    key: str
    scores: dict[str, Any]
    error: bool
    limit: str
    signs: int = 0


class Log(NamedTuple):
    """A log: its header, what the epochs were reduced to, and its samples, read one by one."""

    header: dict[str, Any]
    reduced: Any
    samples: Iterator[Sample]


def entries(archive: Archive) -> list[str]:
    """Return the members that hold one sample each, whole or as the first part of a large one, in a fixed order."""
    inside = (name for name in archive.names if name.startswith(_SAMPLES) and name.endswith(".json"))
    return sorted(name for name in inside if name.count("/") == 1 or name.endswith("/sample.json"))


@contextmanager
def log_of(path: Path, head: Head, problems: list[Problem]) -> Iterator[Log]:
    """Open a log of either form.

    Raises
    ------
    Refused
        If it is damaged, or the run did not come to write its header.
    """
    if head.kind == "object":
        document = head.document
        rows = document.get("samples")
        reduced = document.get("reductions") or dig(document, "results", "sample_reductions")
        yield Log(document, reduced, (_sample(n, row) for n, row in enumerate(rows if isinstance(rows, list) else [])))
        return
    with opened(path) as archive:
        if HEADER not in archive.names:
            raise Refused(
                "the log has no header, so the run is not over or was killed: finish it with 'inspect eval-retry'"
            )
        header = archive.json(HEADER)
        yield Log(header if isinstance(header, dict) else {}, _reduced(archive), _inside(archive, problems))


def _reduced(archive: Archive) -> Any:
    """Return what the log keeps of reduced samples, None where it is too much; then samples are reduced here."""
    try:
        return archive.json(REDUCED) if REDUCED in archive.names else None
    except TooLarge:
        return None


def rows_of(path: Path, wanted: Iterable[int]) -> Iterator[tuple[int, Any]]:
    """Yield (number, sample) of some samples of a log in a zip file, as `Sample.line` counts them."""
    with opened(path) as archive:
        names = entries(archive)
        yield from ((number, archive.json(names[number])) for number in sorted(wanted) if 0 <= number < len(names))


def _inside(archive: Archive, problems: list[Problem]) -> Iterator[Sample]:
    lost: list[str] = []
    for line, name in enumerate(entries(archive)):
        try:
            row = archive.json(name)
        except TooLarge as reason:
            lost.append(str(reason))
            continue
        yield _sample(line, row)
    if lost:
        problems.append(problem("incomplete", f"{len(lost)} samples are left out; first: {lost[0]}"))


def _sample(line: int, row: Any) -> Sample:
    row = row if isinstance(row, dict) else {}
    scores = row.get("scores")
    if not isinstance(scores, dict):
        scores = {"": row["score"]} if isinstance(row.get("score"), dict) else {}
    name = text(row.get("id"))
    values = {scorer: dig(score, "value") for scorer, score in scores.items()}
    stopped = bool(row.get("error")) or bool(row.get("invalidation"))
    return Sample(line, name, _key(row, name), values, stopped, text(dig(row, "limit", "type")), _signs(row))


def _signs(row: dict[str, Any]) -> int:
    """Return the signs of the answer, 0 where the log holds none."""
    choices = dig(row, "output", "choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    held = dig(first, "message", "content")
    parts = [dig(part, "text") for part in held] if isinstance(held, list) else [held]
    words = [part for part in parts if isinstance(part, str)]
    end = text(dig(first, "stop_reason"))
    return text_signs("".join(words), end="" if end == "unknown" else end) if words else 0


def _key(row: dict[str, Any], name: str) -> str:
    """Return a key of what was asked; the id alone where the log does not hold the whole question."""
    asked = [row.get("input"), row.get("choices"), row.get("target")]
    attached = row.get("attachments")
    if isinstance(asked[0], str) and isinstance(attached, dict):
        asked[0] = attached.get(asked[0].removeprefix(_ATTACHED), asked[0])
    if isinstance(asked[0], list):
        asked[0] = [dig(message, "content") for message in asked[0]]
    plain = canonical(asked)
    return f"id:{name}" if not asked[0] or _ATTACHED in plain else content_key(plain)


def grade(value: Any) -> float | None:
    """Return a score as a number, as the tool reads it: C, I, P, N, yes and no, numbers in text; None for all else."""
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        found = number(value)
        return None if found is None or found != found else found
    if value in _GRADES or value.lower() in _WORDS:
        return _GRADES.get(value, _WORDS.get(value.lower()))
    try:
        found = float(value)
    except ValueError:
        return None
    return None if found != found or "_" in value else found


def common(header: dict[str, Any]) -> dict[str, Any]:
    """Return what every row of a log shares: model, task, settings and date."""
    told = header["eval"]
    config, plan = told.get("config"), header.get("plan")
    task = text(told.get("task"))
    templates = [dig(step, "params", "template") for step in _steps(plan) if dig(step, "solver") == "system_message"]
    row = {
        "tool": TOOL,
        "task_name": task,
        "task": task,
        "known_as": task.rpartition("/")[2],
        "task_version": text(told.get("task_version")),
        "tool_version": text(dig(told, "packages", "inspect_ai")),
        "date": when(told.get("created")),
        "system_prompt": lm.short_hash(canonical(templates)) if templates else "",
        "gen_kwargs": lm.canonical(_generation(plan, told)),
        "limit": _limit(config, dig(told, "dataset", "samples")),
    }
    return row | _model(told) | {"settings": lm.canonical(_settings(told, plan))}


def _model(told: dict[str, Any]) -> dict[str, str]:
    stated = text(told.get("model"))
    provider, _, name = stated.partition("/")
    args = lm.parse_args(told.get("model_args"))
    where = {key: args[key] for key in (*lm.NAME_KEYS, *lm.ADAPTER_KEYS, "revision") if key in args}
    plain = name if provider in _LOADERS and name else stated
    identity, _, rule = lm.identity(where, plain, "")
    return {"model": identity, "model_name": stated, "model_from": rule.replace("model_name", "eval.model")}


def _steps(plan: Any) -> list[Any]:
    found = dig(plan, "steps")
    return found if isinstance(found, list) else []


def _generation(plan: Any, told: dict[str, Any]) -> dict[str, Any]:
    both = [given for given in (told.get("model_generate_config"), dig(plan, "config")) if isinstance(given, dict)]
    said = {key: value for given in both for key, value in given.items() if value is not None}
    return {key: value for key, value in said.items() if key not in _HARMLESS}


def _settings(told: dict[str, Any], plan: Any) -> dict[str, str]:
    args = lm.settings(lm.parse_args(told.get("model_args")))
    provider = text(told.get("model")).partition("/")[0]
    kept = {"provider": provider} if provider in _LOADERS else {}
    kept |= {"solver": "+".join(text(dig(step, "solver")) for step in _steps(plan))}
    kept |= {"task_args": canonical(told.get("task_args"))}
    asked = dig(told, "config", "sample_id")
    kept |= {"sample_id": lm.short_hash(canonical(asked))} if asked else {}
    return args | {key: value for key, value in kept.items() if value}


def _limit(config: Any, full: Any) -> float:
    """Return the limit on samples, NaN where it took none of them away."""
    said = dig(config, "limit")
    if isinstance(said, list) and len(said) == 2 and None not in map(number, said):
        said = said[1] - said[0]
    limit, size = number(said), number(full)
    bounded = limit is not None and 0 <= limit < 2**53 and (size is None or limit < size)
    return float(limit) if limit is not None and bounded else float("nan")


def judge_of(block: dict[str, Any], header: dict[str, Any]) -> str:
    """Return the model that graded the answers, empty where the log names none."""
    given = [dig(block, "params", key) for key in ("grader_model", "grader", "model")]
    for one in (*given, dig(header, "eval", "model_roles", "grader")):
        names = one if isinstance(one, list) else [one]
        if found := "+".join(name for part in names if (name := text(dig(part, "model")) or _plain(part))):
            return found[:100]
    return ""


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ""


def described(value: Any) -> str:
    """Return what stopped a run, short."""
    return shown(text(dig(value, "message")) or text(value), 160)
