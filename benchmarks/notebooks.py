"""Notebooks 04 to 08 on large invented studies, headless: seconds beyond the start of a kernel, and figures made.

``python -m benchmarks.notebooks`` makes two studies in a temporary folder, with the package's own schema and writer,
and prints one line per notebook. ``--only 06,07`` runs some of them; ``--keep DIR`` leaves tables, figures and executed
notebooks there. The time of a notebook that holds nothing but its parameters is subtracted.

* ``mmlu``: 20 models x the 57 MMLU subjects (14,042 items), for 07.
* ``wide``: 40 models x 100 tasks of 50 to 400 items, among them BLiMP-like pairs, for the others.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from mergekit_eval import notebooks
from mergekit_eval.collect.folders import Collection, write_tables
from mergekit_eval.schema import conform

CAPABILITIES = ("math", "code", "knowledge", "reasoning", "instruction", "reading", "multilingual", "safety")
SIZES = {"mmlu": (20, 57, 14_042), "wide": (40, 100, 20_000)}
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
            about = {"model_name": model, "tool": "lm-eval", "task_name": task, "scale": "unit", "primary": True}
            about |= {"kind": "task", "higher_is_better": True, "chance": 0.25, "n": n, "n_from": "items", "n_shot": 0}
            scores.append(key | about | {"value": value.mean(), "capability": capability})
            keys = [f"{task}:{i}" for i in range(n)]
            items.append(pd.DataFrame({**key, "item_key": keys, "doc_id": keys, "value": value, "line": np.arange(n)}))
    whole = conform(pd.concat(items, ignore_index=True), "items")
    return Collection(conform(scores, "scores"), whole, conform([], "problems")), models


def written(kind: str, folder: Path) -> dict[str, str]:
    """Write a study and its tables; return the notebook parameters that open it."""
    found, models = tables(kind)
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


def main() -> None:
    """Time the notebooks and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(ALL), help="numbers of notebooks, such as 06,07")
    parser.add_argument("--keep", type=Path, help="folder for what is made; a temporary one by default")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        start = empty("07", folder)
        opened: dict[str, dict[str, str]] = {}
        for name in given.only.split(","):
            kind = STUDY_OF.get(name, "wide")
            opened[kind] = opened.get(kind) or written(kind, folder)
            output = folder / kind / name
            done = notebooks.execute(
                name, opened[kind] | {"output": str(output)}, folder / "executed" / f"{name}.ipynb"
            )
            line = {"notebook": done.name, "study": kind, "models x tasks": "{} x {}".format(*SIZES[kind][:2])}
            line |= {"seconds beyond kernel start": round(done.seconds - start, 1), "kernel start": start}
            line |= {"figures": len(list((output / "figures").glob("*.png"))), "state": done.state}
            print(json.dumps(line | ({"reason": done.reason} if done.reason else {})), flush=True)


if __name__ == "__main__":
    main()
