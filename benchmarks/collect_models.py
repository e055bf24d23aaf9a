"""How long collecting many models takes where no item was kept: a curve of models x tasks against processor seconds.

    python -m benchmarks.collect_models --models 10 100 1000 --tasks 100 [--repeat 3]

Generates one results file of lm-eval's shape per model, with all tasks and two metrics each, into a temporary folder
and collects it for the first time, its tables written, in a process of its own. Printed are medians over the repeats.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.collect import COLLECT, Run, results, timed

ITEMS = 200
METRICS = ("acc", "acc_norm")


def config(task: str) -> dict[str, Any]:
    """Return what lm-eval writes of how a task was defined, at about its usual length."""
    return {
        "task": task,
        "dataset_path": f"org/{task}",
        "dataset_kwargs": {"trust_remote_code": True},
        "test_split": "test",
        "fewshot_split": "dev",
        "doc_to_text": "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nAnswer:",
        "doc_to_target": "answer",
        "doc_to_choice": ["A", "B", "C", "D"],
        "description": f"The following are multiple choice questions (with answers) about {task}.\n\n",
        "fewshot_config": {"sampler": "first_n"},
        "num_fewshot": 5,
        "metric_list": [{"metric": metric, "aggregation": "mean", "higher_is_better": True} for metric in METRICS],
        "output_type": "multiple_choice",
        "metadata": {"version": 1.0},
    }


def block(rng: random.Random, task: str) -> dict[str, Any]:
    """Return the results of one task."""
    scores: dict[str, Any] = {"alias": task}
    for metric in METRICS:
        mean = rng.randrange(ITEMS) / ITEMS
        scores |= {f"{metric},none": mean, f"{metric}_stderr,none": (mean * (1 - mean) / (ITEMS - 1)) ** 0.5}
    return scores


def generate(folder: Path, models: int, tasks: int) -> int:
    """Write one results file per model and return their bytes."""
    rng = random.Random(0)
    names = [f"task_{number:03d}" for number in range(tasks)]
    of_all = {
        "group_subtasks": {name: [] for name in names},
        "configs": {name: config(name) for name in names},
        "versions": dict.fromkeys(names, 1.0),
        "n-shot": dict.fromkeys(names, 5),
        "higher_is_better": {name: dict.fromkeys(METRICS, True) for name in names},
        "n-samples": {name: {"original": ITEMS, "effective": ITEMS} for name in names},
    }
    written = 0
    for number in range(models):
        model = f"lab/model-{number:04d}"
        row = {"doc_id": 0, "filter": "none", "metrics": ["acc"], "acc": 1.0}
        document = results(model, "", [row]) | of_all | {"results": {name: block(rng, name) for name in names}}
        path = folder / model.replace("/", "__") / "results_2025-03-01T10-00-00.000000.json"
        path.parent.mkdir(parents=True)
        written += path.write_text(json.dumps(document, indent=2))
    return written


def measured(models: int, tasks: int) -> tuple[int, Run]:
    """Return the bytes of the files, and what one first collect of them took."""
    base = Path(tempfile.mkdtemp(prefix="collect-models-"))
    try:
        size = generate(base / "data", models, tasks)
        return size, timed(COLLECT, str(base / "data"), str(base / "out"), str(base / "cache"))[0]
    finally:
        shutil.rmtree(base)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for models in given.models:
        turns = [measured(models, given.tasks) for _ in range(given.repeat)]
        clock, cores, peak = (statistics.median(values) for values in zip(*(run for _, run in turns), strict=True))
        scores = models * given.tasks * len(METRICS)
        print(f"{models:,} models x {given.tasks} tasks ({scores:,} scores, {turns[0][0] / 1e6:.0f} MB):")
        print(f"    {clock:.2f} s by the clock, {cores:.2f} s of all cores, peak {peak:,.0f} MB")
        print(f"    {cores / scores * 1e6:.0f} us of all cores a score")


if __name__ == "__main__":
    main()
