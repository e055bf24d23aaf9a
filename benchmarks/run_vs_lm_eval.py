"""The kit against one lm-eval process per (model, task), on the models of a study: same results, wall time, ratio.

python -m benchmarks.run_vs_lm_eval            every model by the kit, one model by processes, scaled up
python -m benchmarks.run_vs_lm_eval --full     every model both ways (about half an hour)
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mergekit_eval.run import evaluate, load_suite, merge_all
from mergekit_eval.study import Study, load_study

DEMO = Path(__file__).resolve().parent.parent / "params" / "demo.yaml"


def by_process(study: Study, model: str, out: Path) -> float:
    """Evaluate one model the way people do, a process per task, and return the seconds."""
    began = time.perf_counter()
    for suite in (load_suite(name, study.folder) for name in study.suites):
        for spec in suite.tasks:
            command = [
                *(sys.executable, "-m", "lm_eval", "run", "--model", study.backend.kind, "--tasks", spec.task),
                *("--model_args", f"pretrained={study.model_path(model)},dtype={study.backend.dtype}"),
                *("--batch_size", str(study.backend.batch_size), "--device", study.backend.device),
                *("--output_path", str(out / model), "--log_samples"),
                *(("--include_path", str(suite.include_path)) if suite.include_path else ()),
                *(("--num_fewshot", str(spec.num_fewshot)) if spec.num_fewshot is not None else ()),
            ]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{model} {spec.task}: lm-eval failed\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


def values(folder: Path) -> dict[tuple[str, str], float]:
    """Return every number of every results file below ``folder``."""
    return {
        (task, metric): value
        for file in folder.rglob("results_*.json")
        for task, row in json.loads(file.read_text())["results"].items()
        for metric, value in row.items()
        if isinstance(value, float) and "," in metric and not math.isnan(value)
    }


def rows(folder: Path) -> dict[str, int]:
    """Return the number of sample rows per task."""
    return {f.name.rsplit("_", 1)[0]: f.read_bytes().count(b"\n") for f in folder.rglob("samples_*.jsonl")}


def compare(study: Study, models: list[str], out: Path) -> None:
    """Print how far the two ways' numbers differ."""
    worst, count = (0.0, "no difference"), 0
    for model in models:
        kit, process = values(study.output / "harness" / model), values(out / model)
        if kit.keys() != process.keys() or rows(study.output / "harness" / model) != rows(out / model):
            sys.exit(f"{model}: not the same results: {sorted(kit.keys() ^ process.keys())}")
        count += len(kit)
        worst = max([worst, *((abs(kit[k] - process[k]) / max(1.0, abs(process[k])), f"{model} {k}") for k in kit)])
    print(
        f"same tasks, metrics and sample rows; {count} numbers, largest relative difference {worst[0]:.1e} ({worst[1]})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", type=Path, default=DEMO)
    parser.add_argument("--full", action="store_true", help="every model both ways, nothing scaled up")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = dataclasses.replace(load_study(given.study), output=Path(folder) / "kit")
        began = time.perf_counter()
        merges = merge_all(study)
        wall, work = time.perf_counter() - began, sum(merge.seconds for merge in merges)
        print(f"merges: {len(merges)} in {wall:.1f} s, of these {work:.1f} s at work")
        # A new process, so that the kit pays its own imports in the time that is compared.
        script = "import dataclasses, sys, pathlib as p; from mergekit_eval.study import load_study as l; "
        script += "from mergekit_eval.run import evaluate as e; s = l(sys.argv[1]); "
        script += "e(dataclasses.replace(s, output=p.Path(sys.argv[2])))"
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", script, str(given.study), str(study.output)], check=True)
        kit = time.perf_counter() - began
        records = evaluate(study)
        if {record.status for record in records} != {"done"}:
            sys.exit(f"kit: {[record for record in records if record.status != 'done']}")
        names = study.names()
        chosen = names if given.full else names[:1]
        taken = sum(by_process(study, name, Path(folder) / "processes") for name in chosen)
        compare(study, chosen, Path(folder) / "processes")
    tasks = sum(len(load_suite(name, study.folder).tasks) for name in study.suites)
    whole = taken * len(names) / len(chosen)
    how = "measured" if given.full else f"scaled up from {len(chosen)} of {len(names)} models"
    print(
        f"kit:                     {kit:8.1f} s  {len(names)} models, {len(records)} cells, imports included, measured"
    )
    print(f"a process per (m, t):    {whole:8.1f} s  {len(names)} models x {tasks} tasks, {how}")
    print(f"ratio: {whole / kit:.1f} x less wall time")


if __name__ == "__main__":
    main()
