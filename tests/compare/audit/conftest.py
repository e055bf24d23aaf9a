"""A base, two parents and a merge that answer one task in lm-eval's own files, and what is planted into them."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.collect.folders import collect
from mergekit_eval.compare.comparison import Comparison
from tests.compare.audit import artefacts
from tests.lab import Shapes, doc_hash, write

LIMIT, ITEMS = 64, 200
STAMP = "2025-01-01T00-00-00.000000"
MODELS = {"base": 0.5, "pa": 0.55, "pb": 0.52, "mx": 0.6}
Plant = Callable[[dict, int], None]


def generated(skill: float, seed: int) -> list[dict]:
    """Return rows of answers that the filter parses; the harder the question, the fewer models know it."""
    rng = np.random.default_rng(seed)
    hardness = np.random.default_rng(1).random(ITEMS)
    rows = []
    for number in range(ITEMS):
        doc = {"question": f"what is {number} and {number}?"}
        right = bool(hardness[number] < skill + rng.normal(0, 0.15))
        found = str(2 * number if right else 2 * number + 1)
        settings = {"until": ["Question:"], "do_sample": False, "max_gen_toks": LIMIT}
        rows.append(
            {
                **{"doc_id": number, "doc": doc, "target": str(2 * number), "filter": "strict-match"},
                "arguments": {"gen_args_0": {"arg_0": f"Question: {doc['question']}", "arg_1": settings}},
                **{"resps": [[f"That makes {found}. #### {found}"]], "filtered_resps": [found]},
                **{"doc_hash": doc_hash(doc), "prompt_hash": doc_hash(doc), "target_hash": doc_hash(doc)},
                **{"metrics": ["exact_match"], "exact_match": float(right)},
            }
        )
    return rows


def chosen(skill: float, seed: int) -> list[dict]:
    """Return rows of log-likelihoods of four options, the first of which is right."""
    rng = np.random.default_rng(seed)
    rows = []
    for row in generated(skill, seed):
        numbers = -1.0 - rng.random(4)
        right = int(row["exact_match"])
        place = int(rng.integers(4))
        numbers[place] = 0.0 - rng.random() / 2
        said = [[str(number), "False"] for number in numbers]
        doc = row["doc"]
        asked = {f"gen_args_{i}": {"arg_0": doc["question"], "arg_1": f" option {i}"} for i in range(4)}
        kept = {key: row[key] for key in ("doc_id", "doc", "doc_hash", "prompt_hash", "target_hash")}
        rows.append(
            {
                **kept, "target": str(place if right else (place + 1) % 4), "filter": "none", "arguments": asked,
                "resps": [[pair] for pair in said], "filtered_resps": said, "metrics": ["acc"], "acc": float(right),
            }
        )  # fmt: skip
    return rows


def read_twice(skill: float, seed: int) -> list[dict]:
    """Return each row of `chosen` as two questions on one passage, which the facts on boolq make one unit."""
    rows = []
    for row in chosen(skill, seed):
        for nth in range(2):
            doc = {**row["doc"], "passage": row["doc"]["question"], "nth": nth}
            hashes = dict.fromkeys(["doc_hash", "prompt_hash", "target_hash"], doc_hash(doc))
            rows.append({**row, "doc_id": 2 * row["doc_id"] + nth, "doc": doc, **hashes})
    return rows


KINDS = {
    "generated": (generated, "gsm8k", "exact_match", "strict-match"),
    "chosen": (chosen, "arc_easy", "acc", "none"),
    "read twice": (read_twice, "boolq", "acc", "none"),
}


@cache
def lines(kind: str, skill: float, seed: int) -> list[str]:
    """Return the rows of a model as JSON; they are the same in every study."""
    return [json.dumps(row) for row in KINDS[kind][0](skill, seed)]


class Study:
    """The files of the four models, and what is made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.shapes = folder, Shapes()

    def plant(
        self,
        change: Plant | None = None,
        share: float = 0.4,
        *,
        kind: str = "generated",
        who: tuple = ("mx",),
        **document,
    ):
        """Write the files; ``change`` is made to a share of the rows of some models. Return the comparison."""
        _, task, metric, label = KINDS[kind]
        for seed, (model, skill) in enumerate(MODELS.items()):
            rows = [json.loads(line) for line in lines(kind, skill, seed)]
            if change in artefacts.STATING_ENDS:
                rows = [row | {"finish_reason": "stop"} for row in rows]
            if change and model in who:
                for row in rows[: int(share * len(rows))]:
                    change(row, row["doc_id"])
            value = float(np.mean([row[metric] for row in rows]))
            block = {f"{metric},{label}": value, f"{metric}_stderr,{label}": 0.03}
            more = {key: own for key, (own, names) in document.items() if model in names}
            extra = more.pop("scores", {})
            result = self.shapes.today(model, {task: block | extra}, n=len(rows), **more)
            write(self.folder / model / f"results_{STAMP}.json", result)
            write(self.folder / model / f"samples_{task}_{STAMP}.jsonl", rows)
        return self.read()

    def read(self) -> Comparison:
        """Return the comparison of what is in the folder now."""
        merges = pd.DataFrame([{"merge": "mx", "method": "slerp", "parents": ("pa", "pb"), "base": "base"}])
        return Comparison(collect(self.folder), merges)


@pytest.fixture
def study(tmp_path):
    return Study(tmp_path)
