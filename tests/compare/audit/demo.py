"""The demo's own runs of one merge and its parents, with real weights, and what is planted into their files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml

from mergekit_eval.compare.comparison import Comparison
from mergekit_eval.opening import open_study
from mergekit_eval.run import evaluate, merge_all
from mergekit_eval.study import load_study
from tests.lab import write

MERGE, PARENTS = "linear_math_code", ("math", "code")
MODELS = ("base", *PARENTS, MERGE)
PRIMARY = {"tiny_trace": ("exact_match", "strip"), "tiny_facts": ("acc", "none"),
           "tiny_arithmetic": ("exact_match", "strict-match")}  # fmt: skip
FAIR = ("tiny_trace", "tiny_facts")
# Suites in which the merge is really asked in another way than its parents.
OTHERS = {
    "cut": {"gen_kwargs": {"max_gen_toks": 8}},
    "shots": {"num_fewshot": 2},
    "system": {"system_instruction": "Answer with one word."},
}
Rows = list[dict]


class Planted(NamedTuple):
    """A comparison, and the rows of every model and task behind it."""

    cmp: Comparison
    rows: dict[tuple[str, str], Rows]

    def values(self, model: str, task: str) -> dict[int, float]:
        """Return document -> score of the primary metric, from the rows."""
        metric, label = PRIMARY[task]
        return {row["doc_id"]: float(row[metric]) for row in self.rows[model, task] if row["filter"] == label}


def suite(tasks: tuple, num_fewshot: int = 0, **more: object) -> str:
    entries = [{"task": task, "metric": PRIMARY[task][0], "num_fewshot": num_fewshot} for task in tasks]
    filters = [{} if PRIMARY[task][1] == "none" else {"filter": PRIMARY[task][1]} for task in tasks]
    named = [entry | label for entry, label in zip(entries, filters, strict=True)]
    return yaml.safe_dump({"include_path": "tiny:tasks", "tasks": named, **more})


class Demo:
    """The study of the demo with one of its merges, evaluated as it is and in other ways."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        whole = yaml.safe_load((checkout / "params" / "demo.yaml").read_text(encoding="utf-8"))
        study = {
            **{"study": "part", "models": {name: whole["models"][name] for name in ("base", *PARENTS)}},
            **{"merges": {MERGE: whole["merges"][MERGE]}, "backend": whole["backend"], "suites": ["fair", *OTHERS]},
        }
        self.file = write(folder / "params" / "part.yaml", yaml.safe_dump(study))
        away = {name: {**model, "path": f"org/{name}"} for name, model in study["models"].items()}
        self.away = write(folder / "params" / "away.yaml", yaml.safe_dump(study | {"study": "away", "models": away}))
        write(folder / "params" / "suites" / "fair.yaml", suite(tuple(PRIMARY), suite="fair"))
        for name, how in OTHERS.items():
            write(folder / "params" / "suites" / f"{name}.yaml", suite(("tiny_trace",), suite=name, **how))
        assert [one.status for one in merge_all(load_study(self.file))] == ["ran"]
        cells = evaluate(load_study(self.file), only=[*(f"{name}/fair" for name in ("base", *PARENTS)), MERGE])
        assert {one.status for one in cells} == {"ran"}, cells
        self.runs = {(one.model, one.suite): Path(one.results_file) for one in cells}

    def rows(self, model: str, task: str, suite: str = "fair") -> Rows:
        """Return the rows of a samples file, read anew."""
        results = self.runs[model, suite]
        name = results.name.replace("results_", f"samples_{task}_").replace(".json", ".jsonl")
        return [json.loads(line) for line in (results.parent / name).read_text(encoding="utf-8").splitlines()]

    def planted(
        self,
        folder: Path,
        change: Callable[[dict, int], None] | None = None,
        share: float = 0.4,
        task: str = "tiny_trace",
        tasks: tuple = FAIR,
        suite: str = "fair",
        document: Callable[[dict], None] | None = None,
        unstated: bool = False,
        away: bool = False,
    ) -> Planted:
        """Write the files, those of the merge changed; its trace is taken from the run of a suite.

        ``unstated``: the tool of the merge does not say why an answer ended. ``away``: nor is a tokenizer at hand.
        """
        kept = {}
        for model in MODELS:
            for name in tasks:
                own = suite if (model, name) == (MERGE, "tiny_trace") else "fair"
                result, rows = (
                    json.loads(self.runs[model, own].read_text(encoding="utf-8")),
                    self.rows(model, name, own),
                )
                result["results"] = {name: result["results"][name]}
                if change and (model, name) == (MERGE, task):
                    last = round(share * len({row["doc_id"] for row in rows}))
                    for row in (row for row in rows if row["doc_id"] < last):
                        change(row, row["doc_id"])
                    for row in rows if unstated else ():
                        row.pop("finish_reason", None)
                    rescore(result["results"][name], rows)
                if document and model == MERGE:
                    document(result)
                if away:
                    result["config"]["model_args"]["pretrained"] = result["model_name"] = f"org/{model}"
                stamp = f"2026-01-0{1 + tasks.index(name)}T00-00-00.000000"
                write(folder / model / f"results_{stamp}.json", result)
                write(folder / model / f"samples_{name}_{stamp}.jsonl", rows)
                kept[model, name] = rows
        return Planted(self.read(folder, self.away if away else self.file), kept)

    def read(self, folder: Path, study: Path) -> Comparison:
        """Return the comparison of what is in the folder now."""
        return open_study(study, results=folder, output=folder / "out").compare()


def rescore(block: dict, rows: Rows) -> None:
    """Give a block of results the means of its rows."""
    for key in [key for key in block if "," in key and "_stderr" not in key]:
        metric, label = key.split(",")
        values = np.array([float(row[metric]) for row in rows if row["filter"] == label])
        block[key] = float(values.mean())
        block[f"{metric}_stderr,{label}"] = float(values.std(ddof=1) / len(values) ** 0.5)
