"""Small result files: every shape of lm-eval, made here, and a folder to put them in."""

import hashlib
import json
from pathlib import Path

from mergekit_eval.collect.folders import Collection, collect


def write(path: Path, content: object) -> Path:
    """Write bytes, text, rows (a list under ``.jsonl``) or a JSON document, and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
    else:
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path


def doc_hash(doc: dict) -> str:
    return hashlib.sha256(json.dumps(doc, indent=2, ensure_ascii=False).encode()).hexdigest()


class Shapes:
    """Builders of result documents and sample rows."""

    def flat(self, model: str, results: dict, shots: object = 0, **config: object) -> dict:
        """0.2 and 0.3: flat keys."""
        given = {"model": "hf-causal", "model_args": f"pretrained={model}", "num_fewshot": shots, "limit": None}
        return {"results": results, "versions": dict.fromkeys(results, 0), "config": given | config}

    def early(self, model: str, results: dict, **more: object) -> dict:
        """0.4.0 and 0.4.1: filters, no date, no name."""
        return {
            "results": {task: {"alias": task} | block for task, block in results.items()},
            "configs": {task: {"task": task} for task in results},
            "versions": dict.fromkeys(results, 1.0),
            "n-shot": dict.fromkeys(results, 5),
            "config": {"model": "hf", "model_args": f"pretrained={model}", "limit": None, "gen_kwargs": None},
            "git_hash": "abc",
        } | more

    def today(self, model: str, results: dict, n: int = 4, date: float = 1.7e9, **more: object) -> dict:
        """0.4.3 to 0.4.11; ``args`` replaces the model arguments."""
        args = more.pop("args", f"pretrained={model}")
        config = {"model": "hf", "model_args": args, "limit": None, "gen_kwargs": None} | more.pop("config", {})
        return {
            "results": {task: {"alias": task} | block for task, block in results.items()},
            "group_subtasks": {task: [] for task in results},
            "configs": {},
            "versions": dict.fromkeys(results, 1.0),
            "n-shot": dict.fromkeys(results, 0),
            "higher_is_better": {},
            "n-samples": {task: {"original": n, "effective": n} for task in results},
            "config": config,
            "date": date,
            "lm_eval_version": "0.4.9",
            "model_name": model,
            "system_instruction": None,
            "chat_template": None,
        } | more

    def rows(self, values: list, metric: str = "acc", filter: str | None = "none", start: int = 0) -> list[dict]:
        """Sample rows of one filter; filter None leaves out what came with 0.4.7."""
        rows = []
        for i, value in enumerate(values, start):
            doc = {"question": f"what is {i}?", "choices": ["one", "two"]}
            row = {"doc_id": i, "doc": doc, "target": "0", "arguments": {}, "resps": [["x"]], "filtered_resps": ["x"]}
            row |= {} if filter is None else {"filter": filter, "metrics": [metric]}
            rows.append(row | {"doc_hash": doc_hash(doc), "prompt_hash": "p", "target_hash": "t", metric: value})
        return rows


class Lab:
    """A folder of result files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, content: object) -> Path:
        return write(self.folder / name, content)

    def collect(self, **given: object) -> Collection:
        return collect(self.folder, workers=1, **given)


def only_score(collection: Collection, **where: object):
    """Return the only row of scores that fits, as a Series."""
    rows = collection.scores
    for name, value in where.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, rows.to_string()
    return rows.iloc[0]
