"""How long collecting takes, against what a user would otherwise run, as ratios from one run.

    python benchmarks/collect.py --gigabytes 2 --results 2000 [--folder DIR] [--repeat 3] [--pandas 4]

Generates result and samples files of lm-eval's shape into a temporary folder, then measures, each in a process of its
own with its peak memory, in turns: parsing the same bytes with orjson on one core, the first collect without and with
the signs of answers and the second one, their tables written, and (on every n-th file, scaled) the loop a user would
write: pandas.read_json of every samples file, one frame at the end. Printed are medians over the turns, and the median
of each turn's own ratio.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "an", "el") for c in "lmnrst"]
STAMP = "2025-03-{:02d}T{:02d}-{:02d}-{:02d}.{:06d}"
MODELS = 40


def text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def choice_rows(rng: random.Random, task: str, item: int) -> list[dict]:
    options = [text(rng, 9) for _ in range(4)]
    question = f"{task} {item} " + text(rng, 60)
    row = {
        "doc_id": item,
        "doc": {"question": question, "choices": options, "answer": item % 4},
        "target": str(item % 4),
        "arguments": {f"gen_args_{i}": {"arg_0": question, "arg_1": " " + o} for i, o in enumerate(options)},
        "resps": [[[f"{-rng.random() * 40:.6f}", "False"]] for _ in options],
        "filtered_resps": [[f"{-rng.random() * 40:.6f}", "False"] for _ in options],
        "filter": "none",
        "metrics": ["acc", "acc_norm"],
    }
    return [row | hashes(row["doc"]) | {"acc": float(rng.random() < 0.6), "acc_norm": float(rng.random() < 0.65)}]


def free_rows(rng: random.Random, task: str, item: int) -> list[dict]:
    question = f"{task} {item} " + text(rng, 60)
    base = {
        "doc_id": item,
        "doc": {"question": question, "answer": text(rng, 50)},
        "target": text(rng, 50),
        "arguments": {"gen_args_0": {"arg_0": question, "arg_1": {"until": ["Question:"], "temperature": 0.0}}},
        "resps": [[text(rng, 90)]],
    }
    rows = []
    for name in ("strict-match", "flexible-extract"):
        row = base | {"filtered_resps": [text(rng, 1)], "filter": name, "metrics": ["exact_match"]}
        rows.append(row | hashes(base["doc"]) | {"exact_match": float(rng.random() < 0.5)})
    return rows


def answered(rng: random.Random, rows: list[dict], share: float) -> None:
    """Give the rows the answers of a model that is right on a share of them, the same ones for every filter."""
    answers: dict[int, list] = {}
    for row in rows:
        if row["filter"] == "none":
            row["resps"] = [[[f"{-rng.random() * 40:.6f}", "False"]] for _ in row["resps"]]
            row["filtered_resps"] = [entry[0] for entry in row["resps"]]
        else:
            row["resps"] = answers.setdefault(row["doc_id"], [[text(rng, 90)]])
        for metric in row["metrics"]:
            row[metric] = float(rng.random() < share)


def hashes(doc: dict) -> dict[str, str]:
    one = hashlib.sha256(json.dumps(doc, indent=2, ensure_ascii=False).encode()).hexdigest()
    return {"doc_hash": one, "prompt_hash": one[::-1], "target_hash": one[1:] + one[:1]}


def results(model: str, task: str, rows: list[dict]) -> dict:
    block: dict = {"alias": task}
    for name in sorted({row["filter"] for row in rows}):
        mine = [row for row in rows if row["filter"] == name]
        for metric in mine[0]["metrics"]:
            mean = sum(row[metric] for row in mine) / len(mine)
            block |= {f"{metric},{name}": mean, f"{metric}_stderr,{name}": (mean * (1 - mean) / len(mine)) ** 0.5}
    count = len({row["doc_id"] for row in rows})
    return {
        "results": {task: block},
        "group_subtasks": {task: []},
        "configs": {task: {"task": task, "doc_to_text": "def f(doc):\n    return doc\n" * 20, "num_fewshot": 5}},
        "versions": {task: 1.0},
        "n-shot": {task: 5},
        "higher_is_better": {task: dict.fromkeys(rows[0]["metrics"], True)},
        "n-samples": {task: {"original": count, "effective": count}},
        "config": {
            "model": "hf",
            "model_args": f"pretrained={model},dtype=bfloat16",
            "limit": None,
            "gen_kwargs": None,
        },
        "git_hash": "abcdef0",
        "date": 1741000000.0,
        "pretty_env_info": "PyTorch version: 2.6.0\n" * 120,
        "lm_eval_version": "0.4.8",
        "model_name": model,
        "chat_template": None,
        "system_instruction": None,
        "total_evaluation_time_seconds": "12.5",
    }


def generate(folder: Path, files: int, gigabytes: float) -> int:
    """Write the files and return their bytes; models share items and differ in answers and scores."""
    rng = random.Random(0)
    tasks = max(files // MODELS, 1)
    budget = gigabytes * 1e9 / files
    written = 0
    for task_number in range(tasks):
        task = f"task_{task_number:03d}"
        make = free_rows if task_number % 5 == 0 else choice_rows
        rows: list[dict] = []
        size = 0
        while size < budget:
            new = make(rng, task, len(rows) // (2 if make is free_rows else 1))
            rows += new
            size += sum(len(json.dumps(row)) + 1 for row in new)
        rows.sort(key=lambda row: row["filter"])
        for model_number in range(min(MODELS, files)):
            model = f"lab/model-{model_number:02d}"
            answered(rng, rows, 0.4 + model_number / 100)
            stamp = STAMP.format(1 + task_number % 28, model_number % 24, task_number % 60, 0, task_number)
            home = folder / model.replace("/", "__")
            home.mkdir(parents=True, exist_ok=True)
            lines = "".join(json.dumps(row) + "\n" for row in rows)
            (home / f"samples_{task}_{stamp}.jsonl").write_text(lines)
            (home / f"results_{stamp}.json").write_text(json.dumps(results(model, task, rows), indent=2))
            written += len(lines)
    return written


class Run(NamedTuple):
    """One run of something: seconds by the clock, seconds of all cores together, peak memory in MB."""

    clock: float
    cores: float
    peak: float


def timed(code: str, *arguments: str) -> tuple[Run, str]:
    """Run code in a process of its own, after its imports; return what it took with its children, and what it said."""
    script = (
        "import sys, time, resource\n"
        f"{code}\n"
        "def used():\n"
        "    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
        "    return sum(one.ru_utime + one.ru_stime for one in both), max(one.ru_maxrss for one in both)\n"
        "start, before = time.perf_counter(), used()[0]\n"
        "said = work(*sys.argv[1:])\n"
        "print(time.perf_counter() - start, used()[0] - before, used()[1] / 1024, said, sep='\\t')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    clock, cores, peak, said = done.stdout.strip().split("\t")
    return Run(float(clock), float(cores), float(peak)), said


ORJSON = """
import orjson
from pathlib import Path
def work(folder):
    count = 0
    for path in sorted(Path(folder).rglob("*.json*")):
        if path.suffix == ".json":
            orjson.loads(path.read_bytes())
        else:
            with path.open("rb") as file:
                for line in file:
                    orjson.loads(line)
                    count += 1
    return count
"""
PANDAS = """
import pandas as pd
from pathlib import Path
def work(folder, share):
    paths = sorted(Path(folder).rglob("samples_*.jsonl"))
    paths = paths[:: int(share)]
    frame = pd.concat([pd.read_json(path, lines=True).assign(file=path.name) for path in paths])
    return len(paths) if len(frame) else 0
"""
COLLECT = """
from mergekit_eval.collect.folders import collect, write_tables
from mergekit_eval.readers._base import readers
readers()
def work(folder, out, cache):
    found = collect(folder, cache_dir=cache)
    write_tables(found, out)
    return found
"""


WITHOUT = (
    COLLECT
    + """
import numpy as np
from mergekit_eval.readers._lm_eval_signs import Answers
Answers.add = lambda self, *columns: None
Answers.signs = lambda self, filters: np.zeros(len(filters), np.int32)
"""
)


def turn(data: Path, out: Path, cache: Path, share: int) -> dict[str, Run]:
    """Measure everything once."""
    found = {"orjson": timed(ORJSON, str(data))[0]}
    for name, code in (("without", WITHOUT), ("first", COLLECT)):
        for old in (out, cache):
            shutil.rmtree(old, ignore_errors=True)
        found[name] = timed(code, str(data), str(out), str(cache))[0]
    found["second"] = timed(COLLECT, str(data), str(out), str(cache))[0]
    if share:
        run, files = timed(PANDAS, str(data), str(share))
        times = len(list(data.rglob("samples_*.jsonl"))) / int(files)
        found["pandas"] = Run(run.clock * times, run.cores * times, run.peak)
    return found


def report(turns: list[dict[str, Run]], share: int) -> None:
    """Print medians and ratios."""
    names = {"orjson": "orjson parses the same bytes, one core", "first": "first collect, parquet written"}
    names |= {
        "without": "first collect without the signs of answers",
        "second": "second collect, parquet written",
        "pandas": f"pandas.read_json loop, from every {share}. file",
    }
    for name in turns[0]:
        clock, cores = (statistics.median(getattr(one[name], what) for one in turns) for what in ("clock", "cores"))
        peak = max(one[name].peak for one in turns)
        print(f"{names[name]}: {clock:.3f} s by the clock, {cores:.3f} s of all cores, peak {peak:.0f} MB")
    pairs = [("first", "orjson", "at most 1"), ("first", "second", "at least 50"), ("pandas", "first", "at least 20")]
    pairs.append(("first", "without", "at most 1.1"))
    for over, under, promised in pairs:
        if over in turns[0]:
            clocks = [one[over].clock / one[under].clock for one in turns]
            cores = statistics.median(one[over].cores / one[under].cores for one in turns)
            each = ", ".join(f"{ratio:.3g}" for ratio in clocks)
            print(f"{over} / {under} = {statistics.median(clocks):.3g} by the clock, {cores:.3g} by cores")
            print(f"    promised: {promised}; each turn by the clock: {each}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=int, default=2000)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--folder", type=Path, help="keep the generated files here and use them again")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--pandas", type=int, default=0, help="also the pandas loop, on every n-th file")
    given = parser.parse_args()
    base = given.folder or Path(tempfile.mkdtemp(prefix="collect-bench-"))
    data = base / "data"
    if not data.is_dir():
        size = generate(data, given.results, given.gigabytes)
        print(f"generated {size / 1e9:.2f} GB of samples")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    turns = [turn(data, base / "out", base / "cache", given.pandas) for _ in range(given.repeat)]
    report(turns, given.pandas)
    if not given.folder:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
