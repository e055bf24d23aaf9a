"""Logs of inspect_ai, small: a header, samples, and both in one document or in a zip file."""

import json
import zipfile

METRICS = {"accuracy": {"name": "accuracy", "value": 0.5, "params": {}}, "stderr": {"name": "stderr", "value": 0.25}}


def header(value=0.5, n=2, epochs=1, status="success", scores=None, **told):
    block = {"name": "match", "scorer": "match", "scored_samples": n, "unscored_samples": 0,
             "metrics": METRICS | {"accuracy": {"name": "accuracy", "value": value}}}  # fmt: skip
    told = {"task": "suite/sums", "task_version": 2, "model": "hf/org/M", "created": "2025-05-12T20:28:13-04:00",
            "dataset": {"name": "sums", "samples": 100}, "config": {"limit": 10, "epochs": epochs},
            "packages": {"inspect_ai": "0.3.95"}, "model_args": {"torch_dtype": "float16"}} | told  # fmt: skip
    results = {"total_samples": n * epochs, "completed_samples": n * epochs, "scores": scores or [block]}
    plan = {"steps": [{"solver": "generate", "params": {}}], "config": {"temperature": 0.5, "max_connections": 9}}
    return {"version": 2, "status": status, "eval": told, "plan": plan, "results": results}


def sample(name, value, epoch=1, **more):
    return {"id": name, "epoch": epoch, "input": f"what is {name}?", "target": "x",
            "scores": {"match": {"value": value, "answer": "a"}}} | more  # fmt: skip


def log(samples, **told):
    return header(**told) | {"samples": samples}


def zipped(path, parts, kind=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", kind) as file:
        for name, content in parts.items():
            file.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path


def parts_of(samples, **told):
    named = {f"samples/{s['id']}_epoch_{s['epoch']}.json": s for s in samples}
    return {"_journal/start.json": {"eval": {}}, **named, "summaries.json": [], "header.json": header(**told)}
