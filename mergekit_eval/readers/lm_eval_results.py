"""Aggregated results of lm-evaluation-harness, every shape from 0.2 to today.

Told apart by their keys, not by a version number: most versions do not write theirs.

========================  ==========================================================================================
0.2, 0.3                  flat keys (``acc``, ``acc_stderr``); ``config.num_fewshot``, an int or a list in task order
0.4.0, 0.4.1              ``acc,none``; ``groups`` only where there are any; no date, no name of the model
0.4.2 ... 0.4.11          ``group_subtasks``, ``date``; from 0.4.3 ``higher_is_better``, ``n-samples``, ``model_name``
0.4.12 and newer          group rows only in ``groups``; ``name``, ``sample_len``, ``sample_count`` beside the metrics
a bare results block      ``{task: {"acc,none": ...}}``, alone or with ``model`` and ``num_fewshot`` beside it
========================  ==========================================================================================
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Problem, Readout, ScoreRow, number, problem, shown
from mergekit_eval.readers._common import error_bar
from mergekit_eval.readers._evalchemy import own_blocks
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._lm_eval_definition import definitions as definitions_of
from mergekit_eval.readers._lm_eval_definition import sampled
from mergekit_eval.readers._lm_eval_groups import Document, groups_of, mapping, tree_of
from mergekit_eval.readers._lm_eval_inline import from_details, from_samples, is_details

NAME = "lm-eval results"
KINDS = ("object",)
TOOL = "lm-eval"
SEEDS = {"random_seed": 0, "numpy_seed": 1234, "torch_seed": 1234, "fewshot_seed": 1234}
NOT_METRICS = {"alias", "name", "sample_len", "sample_count", "samples", " "}
MARKS = ("versions", "n-shot", "configs", "git_hash", "group_subtasks", "n-samples")


def claims(head: Head) -> bool | str:
    """Claim documents with a results block of lm-eval, refuse its cousins by name."""
    document = head.document
    if not isinstance(document, dict):
        return False
    results = document.get("results")
    if isinstance(results, list):
        first = results[0] if results else None
        named = isinstance(first, dict) and not {"task", "task_name", "metric"}.isdisjoint(first)
        return "its results are a list, not lm-eval's task -> metrics; convert it first" if named else False
    if isinstance(results, dict):
        return _claims_results(document, results)
    if _is_block(document) and any("," in key for key in document):
        return (
            "one task's metrics without the name of the task and of the model; "
            'write {"results": {TASK: these}, "model_name": MODEL} around them'
        )
    named = any("|" in task for task in document)
    return bool(document) and not named and all(_is_block(value) for value in document.values())


def _claims_results(document: Document, results: Document) -> bool | str:
    if any("|" in str(task) for task in results) or "config_general" in document or own_blocks(document):
        return False
    if not results:
        return set(document) == {"results"} or ("config" in document and any(mark in document for mark in MARKS))
    blocks = [value for value in results.values() if isinstance(value, dict)]
    if blocks and not any(results.values()):
        return True  # a run without a metric: nothing else has such a block
    if blocks and not _has_metrics(blocks) and all(_nested(value) for value in blocks):
        return "its results are nested one level deeper than lm-eval's task -> metrics (by date or by model?)"
    about = {str(task) for mark in MARKS for task in mapping(document, mark)}
    return bool(blocks) and (bool(about & set(results)) or any(_is_block(block) for block in blocks))


def _has_metrics(blocks: list[Document]) -> bool:
    return any(number(value) is not None or isinstance(value, str) for block in blocks for value in block.values())


def _nested(block: Document) -> bool:
    return bool(block) and all(isinstance(value, dict) for value in block.values())


def _is_block(value: Any) -> bool:
    """Whether a mapping is a metric block: ``metric,filter`` keys with an error or an alias, or ``metric`` with one."""
    if not isinstance(value, dict):
        return False
    errors = lm.errors_of(value)
    scored = [key for key in value if not lm.split_key(key)[2] and number(value[key]) is not None]
    paired = any(lm.split_key(key)[:2] in errors for key in scored)
    return paired or ("alias" in value and any("," in key for key in scored))


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per (task or group, metric, filter)."""
    document = head.document
    bare = not isinstance(document.get("results"), dict)
    if bare:
        document = {"results": document}
    problems = [problem("note", "a bare results block: no settings, no versions, no model in the file")] if bare else []
    if head.repeated_keys:
        text = f"the file holds these keys twice in one mapping, the last is read: {shown(head.repeated_keys)}"
        problems.append(problem("repeated", text, "look at the file: two writers?"))
    config = document["config"] if isinstance(document.get("config"), dict) else {}
    blocks = _blocks(document)
    if not blocks:
        problems.append(problem("incomplete", "the run holds no result at all", "look at the run's log, run it again"))
    common = _common(head, document, config)
    groups, parents = groups_of(document, blocks)
    shots = _shots(document, config, problems)
    scores: list[ScoreRow] = []
    details: list[tuple[str, ScoreRow, Document]] = []
    given = lm.parse_args(config.get("gen_kwargs"))
    configs, definitions = mapping(document, "configs"), dict[str, str]()
    for task, block in blocks.items():
        if not isinstance(block, dict):
            problems.append(problem("broken", f"results.{task} is {shown(block)}, not a mapping of metrics"))
            continue
        of_task = {
            "task_name": str(task),
            "kind": "group" if task in groups else "task",
            "group": parents.get(task, ""),
            "n_shot": shots.get(task),
            "task_version": _version(document, task),
            "task_hash": lm.text_of(mapping(document, "task_hashes").get(task) or "")[:12],
        }
        inside = [key for key, value in block.items() if is_details(key, value)]
        rows = _metrics(document, task, {k: v for k, v in block.items() if k not in inside}, problems)
        details += [(str(task), row, block) for row in rows if inside]
        if not block and task not in groups:
            text = f"{shown(task)}: a run without a metric: it failed, or was stopped before the end"
            problems.append(problem("incomplete", text, "look at the run's log, run it again"))
        elif not rows and not any(number(value) is not None for value in block.values()):
            problems.append(problem("note", f"{shown(task)} has a name and no metric (a group without aggregation)"))
        told = definitions_of(configs.get(task), given, [(row["metric"], row["filter"]) for row in rows])
        for row, (name, parts) in zip(rows, told, strict=True):
            row["task_definition"] = name
            definitions |= {name: parts} if name else {}
        scores += [common | of_task | row for row in rows]
    tree = {group: [m for m in members if isinstance(m, str)] for group, members in tree_of(document, parents).items()}
    facts = {"stamp": lm.stamp_of(path.name)[0], "args": lm.text_of(config.get("model_args") or ""), "tree": tree}
    facts |= {
        "url": lm.text_of(lm.parse_args(config.get("model_args")).get("base_url") or ""),
        "definitions": definitions,
    }
    facts["sampled"] = [task for task, entry in configs.items() if sampled(entry, given)]
    items, odd = from_samples(document, scores, ctx.registry)
    return Readout(scores, from_details(details) if items is None else items, problems + odd, facts)


def _blocks(document: Document) -> dict[str, Any]:
    """Return the blocks of tasks and groups; a group stands in both places, in new files only under ``groups``."""
    blocks = dict(mapping(document, "results"))
    for group, block in mapping(document, "groups").items():
        both = isinstance(blocks.get(group), dict) and isinstance(block, dict)
        blocks[group] = blocks[group] | block if both else block
    return blocks


def _common(head: Head, document: Document, config: Document) -> dict[str, Any]:
    args = lm.parse_args(config.get("model_args"))
    stated = document.get("model_name") or (document.get("model") if not config else "")
    runner = config.get("model")
    program = runner if isinstance(runner, str) else ""
    model, name, rule = lm.identity(args, stated if isinstance(stated, str) else "", program)
    date = _date(document.get("date"))
    kept = {"backend": program, **lm.settings(args)}
    for key in ("fewshot_as_multiturn",):
        if document.get(key):
            kept[key] = lm.text_of(document[key])
    kept |= {key: lm.text_of(config[key]) for key, usual in SEEDS.items() if config.get(key) not in (None, usual)}
    return {
        "tool": TOOL,
        "tool_version": _program(document),
        "libraries": f"transformers {version}" if (version := _text(document.get("transformers_version"))) else "",
        "model": model,
        "model_name": name,
        "model_from": rule,
        "limit": number(config.get("limit")),
        "chat_template": _template(document, program),
        "system_prompt": lm.short_hash(document.get("system_instruction") or None),
        "gen_kwargs": lm.canonical(lm.parse_args(config.get("gen_kwargs"))),
        "quantization": lm.quantization(args),
        "settings": lm.canonical({key: value for key, value in kept.items() if value}),
        "date": date if date is not None else lm.stamp_of(head.path.name)[1],
    }


def _program(document: Document) -> str:
    """Return the harness's version; a sentence in its place (that no package was found) is none."""
    version, other = _text(document.get("lm_eval_version")), _text(document.get("lmms_eval_version"))
    told = version or (f"lmms-eval {other}" if other else "")
    return told if any(char.isdigit() for char in told) else ""


def _date(value: Any) -> float | None:
    """Return the unix seconds of a run, which lmms-eval writes as a stamp."""
    stamped = lm.stamp_of(value)[1] if isinstance(value, str) else float("nan")
    return stamped if math.isfinite(stamped) else number(value)


def _template(document: Document, program: str) -> str:
    template = document.get("chat_template")
    if isinstance(template, dict):
        template = lm.canonical(template)
    return lm.short_hash(template or None) or ("server" if program.endswith("chat-completions") else "")


def _metrics(document: Document, task: str, block: Document, problems: list[Problem]) -> list[ScoreRow]:
    """Return the rows of one task; every key is a metric, the error of one, or named as a problem."""
    errors = lm.errors_of(block)
    rows: list[ScoreRow] = []
    better, samples = (mapping(mapping(document, key), task) for key in ("higher_is_better", "n-samples"))
    for key, raw in block.items():
        metric, filter, is_error = lm.split_key(key)
        if key in NOT_METRICS or is_error:
            continue
        if metric.endswith(lm.STABILITY):
            text = f"{shown(task)}: {shown(key)} says how stable the answers are and is no score: left out"
            problems.append(problem("note", text))
            continue
        if metric == "bypass":
            errors.pop((metric, filter), None)
            problems.append(problem("incomplete", f"{shown(task)}: answers only (--predict_only), no score"))
            continue
        value = number(raw)
        if value is None:
            problems.append(problem("bad-value", f"{shown(task)}: {shown(key)} = {shown(raw)} is no number"))
            continue
        if not math.isfinite(value):
            problems.append(problem("not-finite", f"{shown(task)}: {shown(key)} = {value}"))
        direction = better.get(metric)
        rows.append(
            {
                "metric": metric,
                "filter": filter,
                "value": value,
                "stderr": _error(task, key, errors.pop((metric, filter), None), problems),
                "higher_is_better": direction if isinstance(direction, bool) else None,
                "n": _count(samples, block, metric),
            }
        )
    for metric, filter in errors:
        problems.append(problem("note", f"{shown(task)}: a standard error of {metric},{filter} without its value"))
    return rows


def _error(task: str, key: str, stated: Any, problems: list[Problem]) -> float:
    given = number(stated)
    found = error_bar(given)
    if given is not None and not math.isnan(given) and math.isnan(found):
        text = f"{shown(task)}: {shown(key)} has {shown(stated)} as its standard error, which none can be: left out"
        problems.append(problem("bad-value", text))
    return found


def _count(samples: Document, block: Document, metric: str) -> int | None:
    """Return the number of items, from ``n-samples`` (leaves) or 0.4.12's counts (groups, per metric)."""
    counts = block.get("sample_count")
    per_metric = counts.get(metric) if isinstance(counts, dict) else None
    for found in (samples.get("effective"), per_metric, block.get("sample_len")):
        if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**53:
            return found
    return None


def _shots(document: Document, config: Document, problems: list[Problem]) -> dict[str, int | None]:
    """Return the few-shot count per task; an old list is in the order of ``versions``, the order of the call."""
    tasks = list(mapping(document, "results")) + list(mapping(document, "groups"))
    given = config.get("num_fewshot", document.get("num_fewshot"))
    if isinstance(given, list):
        order = list(mapping(document, "versions"))
        if len(order) != len(given):
            problems.append(problem("note", f"num_fewshot has {len(given)} entries for {len(order)} tasks: unused"))
            return {}
        return {task: _whole(shots) for task, shots in zip(order, given, strict=True)}
    shots = {task: _whole(given) for task in tasks}
    for task, entry in mapping(document, "configs").items():
        if isinstance(entry, dict) and _whole(entry.get("num_fewshot")) is not None:
            shots[task] = _whole(entry["num_fewshot"])
    return shots | {task: _whole(value) for task, value in mapping(document, "n-shot").items()}


def _whole(value: Any) -> int | None:
    exact = number(value)
    return int(exact) if exact is not None and exact.is_integer() and 0 <= exact < 2**53 else None


def _version(document: Document, task: str) -> str:
    return _text(mapping(document, "versions").get(task))


def _text(value: Any) -> str:
    return "" if value is None else lm.text_of(value)
