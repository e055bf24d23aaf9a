"""Notebooks 03 to 08 on large invented studies, headless: seconds beyond the start of a kernel, memory, figures made.

``python -m benchmarks.notebooks`` makes two studies in a temporary folder, with the package's own schema and writer,
and prints one line per notebook. ``--only 06,07`` runs some of them; ``--keep DIR`` leaves tables, figures and executed
notebooks there. The time of a notebook that holds nothing but its parameters is subtracted. Memory is the largest
resident set of the kernel; its CPU time, with the start, is what to read where other work is on the machine.

* ``mmlu``: 20 models x the 57 MMLU subjects (14,042 items), for 07.
* ``wide``: 40 models x 100 tasks of 50 to 400 items, among them BLiMP-like pairs, for the others.

``--models 30,100,1000,7169x6`` makes studies of so many models x 100 tasks (or x 6, as a leaderboard has) without items
instead: one base, a fifth parents, the rest merges of two of them. Their notebooks run cell by cell, in one process
each without a kernel: figures drawn, tables saved, and the HTML of every cell made, whose sum is the page.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import yaml

from mergekit_eval import notebooks
from mergekit_eval.collect.folders import Collection, write_tables
from mergekit_eval.schema import conform
from tests.cells import run_cells

CAPABILITIES = ("math", "code", "knowledge", "reasoning", "instruction", "reading", "multilingual", "safety")
SIZES = {"mmlu": (20, 57, 14_042), "wide": (40, 100, 20_000)}  # models, tasks, items
TASKS = 100  # of a study without items, unless said
ABOUT = {"tool": "lm-eval", "metric": "acc", "filter": "none", "scale": "unit", "primary": True, "kind": "task"}
ABOUT |= {"higher_is_better": True, "chance": 0.25, "n_shot": 0}
STUDY_OF = {"07": "mmlu"}
ALL = ("04", "05a", "05b", "05c", "06", "07", "08")
METHODS = ("linear", "slerp", "ties", "dare_ties", "task_arithmetic")


def lineage(count: int) -> dict[str, dict]:
    """Return a base, four parents (one in five models) and merges of two of them, as models of a study file."""
    parents = [f"parent-{i}" for i in range(max(2, count // 5))]
    found: dict[str, dict] = {"base": {"role": "base"}}
    found |= {
        name: {"role": "parent", "domain": CAPABILITIES[i % 8], "family": f"family-{i % 3}", "params_b": 7.0}
        for i, name in enumerate(parents)
    }
    for i in range(count - len(found)):
        pair = [parents[i % len(parents)], parents[(i + 1 + i // len(parents)) % len(parents)]]
        pair = pair if pair[0] != pair[1] else [parents[0], parents[1]]
        found[f"merge-{i:02d}"] = {"role": "merge", "method": METHODS[i % 5], "parents": pair, "base": "base"}
    return found


def tasks(kind: str) -> dict[str, tuple[int, str]]:
    """Return task -> (items, capability)."""
    _, count, total = SIZES[kind]
    rng = np.random.default_rng(1)
    sizes = np.maximum((rng.dirichlet(np.full(count, 2.0)) * total).astype(int), 50)
    sizes[int(sizes.argmax())] += total - int(sizes.sum())
    if kind == "mmlu":
        return {f"mmlu_subject_{i:02d}": (int(n), "knowledge") for i, n in enumerate(sizes)}
    names = [f"blimp_pair_{i}" if i >= count - 12 else f"task_{i:02d}" for i in range(count)]
    return {name: (int(n), CAPABILITIES[i % 8]) for i, (name, n) in enumerate(zip(names, sizes, strict=True))}


def tables(kind: str) -> tuple[Collection, dict[str, dict]]:
    """Return scores and items of an invented study; a merge answers an item like one of its parents, mostly."""
    models, rng = lineage(SIZES[kind][0]), np.random.default_rng(2)
    scores, items = [], []
    for task, (n, capability) in tasks(kind).items():
        hard, answers = rng.normal(size=n), {}
        for model, facts in models.items():
            own = hard + rng.normal(scale=0.8, size=n) < 0.4 + rng.normal(scale=0.25)
            kin = [answers[name] for name in facts.get("parents", ())]
            pick = rng.integers(0, 3, n)
            answers[model] = np.select([pick == 0, pick == 1], kin, own) if kin else own
            key = {"run": model, "model": model, "role": facts["role"], "task": task, "metric": "acc", "filter": "none"}
            value = answers[model].astype(float)
            about = {"model_name": model, "task_name": task, "n": n, "n_from": "items", "capability": capability}
            scores.append(ABOUT | key | about | {"value": value.mean()})
            keys = [f"{task}:{i}" for i in range(n)]
            items.append(pd.DataFrame({**key, "item_key": keys, "doc_id": keys, "value": value, "line": np.arange(n)}))
    whole = conform(pd.concat(items, ignore_index=True), "items")
    return Collection(conform(scores, "scores"), whole, conform([], "problems")), models


def aggregates(count: int, tasks: int) -> tuple[Collection, dict[str, dict]]:
    """Return scores without items of an invented study; a merge is about as good as the mean of its parents."""
    models, rng = lineage(count), np.random.default_rng(3)
    place = {name: at for at, name in enumerate(models)}
    who = {"run": list(models), "model": list(models), "model_name": list(models)}
    who["role"] = [facts["role"] for facts in models.values()]
    frames = []
    for at in range(tasks):
        skill, n = rng.uniform(0.3, 0.8, len(models)), int(rng.integers(100, 2000))
        for name, facts in models.items():
            if facts["role"] == "merge":
                parents = [place[parent] for parent in facts["parents"]]
                skill[place[name]] = skill[parents].mean() + rng.normal(scale=0.03)
        task = {"task": f"task_{at:02d}", "task_name": f"task_{at:02d}", "capability": CAPABILITIES[at % 8]}
        right = np.round(np.clip(skill, 0, 1) * n)
        frames.append(pd.DataFrame({**ABOUT, **who, **task, "n": n, "n_from": "file", "value": right / n}))
    scores = conform(pd.concat(frames, ignore_index=True), "scores")
    return Collection(scores, conform([], "items"), conform([], "problems")), models


def size_of(kind: str) -> tuple[int, int]:
    """Return models and tasks of a study without items: "300" or "7169x6"."""
    models, _, tasks = kind.partition("x")
    return int(models), int(tasks or TASKS)


def written(kind: str, folder: Path) -> dict[str, str]:
    """Write a study and its tables; return the notebook parameters that open it."""
    found, models = tables(kind) if kind in SIZES else aggregates(*size_of(kind))
    write_tables(found, folder / kind / "tables")
    file = folder / kind / "study.yaml"
    file.write_text(yaml.safe_dump({"study": kind, "models": models}, sort_keys=False), encoding="utf-8")
    return {"study": str(file), "results": str(folder / kind / "tables")}


def empty(name: str, folder: Path) -> float:
    """Return the seconds a kernel takes to start, run the parameters cell and stop."""
    content = json.loads(notebooks.resolve(name).read_text(encoding="utf-8"))
    content["cells"] = [c for c in content["cells"] if "parameters" in c["metadata"].get("tags", [])]
    bare = folder / f"{name}_empty.ipynb"
    bare.write_text(json.dumps(content), encoding="utf-8")
    return notebooks.execute(str(bare), {}, folder / "executed" / bare.name).seconds


def measured(name: str, given: dict[str, str], output: Path) -> tuple[notebooks.Outcome, dict[str, float]]:
    """Run one notebook in this process; return its outcome, and CPU seconds and memory (MB) of its kernel."""
    done = notebooks.execute(name, given, output)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, {"CPU s": round(used.ru_utime + used.ru_stime, 1), "memory (MB)": round(used.ru_maxrss / 1024)}


def in_cells(name: str, given: dict[str, str]) -> dict[str, float]:
    """Run the cells of one notebook in this process; return seconds, memory (MB) and page (MB)."""
    matplotlib.use("agg")
    pages: dict[str, str] = {}
    start = time.perf_counter()
    run_cells(name, pages=pages, **given)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        **{"CPU s": round(used.ru_utime + used.ru_stime, 1), "wall s": round(time.perf_counter() - start, 1)},
        **{"memory (MB)": round(used.ru_maxrss / 1024), "page (MB)": round(sum(map(len, pages.values())) / 1e6, 2)},
    }


def apart(function: Callable[..., Any], *given: Any) -> Any:
    """Call a function in a process of its own, since a process knows the sum and the largest of all it did."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *given).result()


def without_kernels(kinds: list[str], chosen: list[str], folder: Path) -> None:
    """Run notebooks on studies without items, and print one line for each."""
    for kind in kinds:
        opened = written(kind, folder)
        for name in chosen:
            used = apart(in_cells, name, opened | {"output": str(folder / kind / name)})
            line = {"notebook": name, "models x tasks": "{} x {}".format(*size_of(kind))}
            print(json.dumps(line | used), flush=True)


def main() -> None:
    """Time the notebooks and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="numbers of notebooks, such as 06,07")
    parser.add_argument("--models", default="", help="sizes of studies without items, such as 30,100,1000,7169x6")
    parser.add_argument("--keep", type=Path, help="folder for what is made; a temporary one by default")
    given = parser.parse_args()
    chosen = given.only.split(",") if given.only else ["03", *ALL[:-1]] if given.models else list(ALL)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if given.models:
            without_kernels(given.models.split(","), chosen, folder)
            return
        start = empty("07", folder)
        opened: dict[str, dict[str, str]] = {}
        for kind, name in [(STUDY_OF.get(name, "wide"), name) for name in chosen]:
            opened[kind] = opened.get(kind) or written(kind, folder)
            output = folder / kind / name
            executed = folder / "executed" / f"{kind}_{name}.ipynb"
            done, used = apart(measured, name, opened[kind] | {"output": str(output)}, executed)
            line = {"notebook": done.name, "study": kind, "models x tasks": "{} x {}".format(*SIZES[kind][:2])}
            line |= {"seconds beyond kernel start": round(done.seconds - start, 1), "kernel start": start}
            line |= used | {"page (MB)": round(executed.stat().st_size / 2**20, 1)}
            line |= {"figures": len(list((output / "figures").glob("*.png"))), "state": done.state}
            print(json.dumps(line | ({"reason": done.reason} if done.reason else {})), flush=True)


if __name__ == "__main__":
    main()
