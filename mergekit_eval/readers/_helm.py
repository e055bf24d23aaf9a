"""What HELM says of a run in ``run_spec.json`` beside its numbers, and what the name of a stat means."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Problem, Refused, number, problem, shown
from mergekit_eval.readers._common import canonical, dig, text, whole
from mergekit_eval.readers._parsing import json_beside

TOOL = "helm"
SPEC, STATS = "run_spec.json", "stats.json"
LARGEST = 1 << 24
# ``mmlu:subject=philosophy,model=openai_gpt2``; in names of folders the colon may have become a hyphen.
_RUN = re.compile(r"(?P<scenario>[^:,=]+?)(?:[:-](?P<args>\w+=.*))?")
_WHO = ("model", "model_deployment")
_GENERATION = ("temperature", "max_tokens", "num_outputs", "stop_sequences")
_PROMPT = ("instructions", "global_prefix", "global_suffix", "input_prefix", "output_prefix", "chain_of_thought_prefix")
_COUNT = "num_instances"


class Stat(NamedTuple):
    """One stat: its metric, the split and perturbation it is of, and its mean (None: of nothing)."""

    metric: str
    split: str
    perturbation: str
    mean: float | None

    @property
    def filter(self) -> str:
        """The part of the data, as a filter of the score."""
        return ",".join(part for part in (self.split, self.perturbation) if part) or "none"


def stat_of(entry: Any) -> Stat | None:
    """Return a stat of a file, None where it is none."""
    name = dig(entry, "name")
    metric, count = text(dig(name, "name")), number(dig(entry, "count"))
    if not metric or count is None or not 0 <= count < 2**53:
        return None
    split = "/".join(part for part in (text(dig(name, "split")), text(dig(name, "sub_split"))) if part)
    changed = dig(name, "perturbation")
    label = " ".join(text(dig(changed, key)) for key in ("name", "computed_on")).strip() if changed else ""
    return Stat(metric, split, label, number(entry.get("mean")) if count else None)


def sizes(stats: list[Stat]) -> dict[str, int]:
    """Return {filter: number of instances} as the file counts them."""
    counts = {stat.filter: stat.mean for stat in stats if stat.metric == _COUNT and stat.mean is not None}
    return {label: int(count) for label, count in counts.items() if 1 <= count < 2**53}


def run_row(path: Path, problems: list[Problem]) -> dict[str, Any]:
    """Return model, task and settings of a run, from its specification or else from the name of its folder.

    Raises
    ------
    Refused
        If neither names a model.
    """
    spec = json_beside(path.with_name(SPEC), path, LARGEST)
    adapter = dig(spec, "adapter_spec")
    adapter = adapter if isinstance(adapter, dict) else {}
    name = text(dig(spec, "name")) or path.absolute().parent.name
    scenario, args = _parts(name)
    model = text(adapter.get("model")) or args.get("model", "")
    if not model:
        raise Refused(f"stats of HELM name neither model nor task; put {SPEC} of the run beside {path.name}")
    if not adapter:
        told = f"{SPEC} is not beside it: model and task are taken from the folder {shown(name)}"
        problems.append(problem("note", told, f"put {SPEC} of the run into the folder"))
    kept = ",".join(f"{key}={value}" for key, value in args.items() if key not in _WHO)
    task = f"{scenario}:{kept}" if kept else scenario
    shots = whole(adapter.get("max_train_instances"), 0)
    return {
        "tool": TOOL,
        "model": lm.tidy(model),
        "model_name": model,
        "model_from": f"{SPEC}: adapter_spec.model" if adapter.get("model") else "folder: model",
        "task_name": task,
        "task": task,
        "known_as": scenario,
        "gen_kwargs": lm.canonical({key: adapter[key] for key in _GENERATION if adapter.get(key) not in (None, [])}),
        "settings": lm.canonical(_settings(adapter, dig(spec, "data_augmenter_spec"))),
    } | ({"n_shot": shots} if shots is not None and shots < 1000 else {})


def _parts(name: str) -> tuple[str, dict[str, str]]:
    found = _RUN.fullmatch(name)
    args = found["args"] or "" if found else ""
    pairs = (piece.partition("=") for piece in args.split(","))
    return found["scenario"] if found else name, {key: value for key, equals, value in pairs if equals}


def _settings(adapter: dict[str, Any], augmenter: Any) -> dict[str, str]:
    prompt = {key: adapter[key] for key in _PROMPT if adapter.get(key)}
    kept = {key: text(adapter[key]) for key in ("method", "model_deployment", "num_train_trials") if adapter.get(key)}
    kept |= {"prompt": lm.short_hash(canonical(prompt))} if prompt else {}
    changes = dig(augmenter, "perturbation_specs")
    return kept | ({"perturbations": lm.short_hash(canonical(changes))} if changes else {})


def unperturbed(path: Path) -> bool:
    """Whether the run is known to have changed none of its inputs: its perturbed stats repeat the plain ones."""
    return bool(
        dig(json_beside(path.with_name(SPEC), path, LARGEST), "data_augmenter_spec", "perturbation_specs") == []
    )


def limit_of(path: Path, counts: dict[str, int]) -> dict[str, float]:
    """Return the limit on instances where it was reached, {} where it was not or is not known."""
    most = number(dig(json_beside(path.with_name(SPEC), path, LARGEST), "adapter_spec", "max_eval_instances"))
    plain = [n for label, n in counts.items() if "," not in label]
    return {"limit": float(most)} if most is not None and most > 0 and plain and sum(plain) >= most else {}
