"""Small worlds for the merge view, and the study made of the numbers that the merging pipeline saved."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.collect.folders import Collection
from mergekit_eval.schema import conform
from tests.compare.conftest import make, merge_rows

# Raw percentages that the pipeline's notebooks show: base, instruct, specialist, then the merges. Its IFEval is lost
# (the reason of a defect), so those numbers are invented here; they make IFEval a task that can show a collapse.
CODER = {
    "bbh": (51.4, 54.2, 50.0, 30.7, 29.0, 29.3, 51.6, 30.4),
    "gpqa": (32.4, 33.3, 31.5, 21.0, 23.7, 26.5, 33.1, 24.6),
    "math_hard": (20.3, 42.2, 16.7, 1.4, 0.0, 1.1, 14.5, 1.1),
    "mmlu_pro": (41.3, 42.0, 37.7, 15.9, 11.5, 11.1, 39.9, 11.9),
    "musr": (46.8, 42.5, 41.3, 42.1, 37.0, 38.6, 40.2, 36.1),
    "ifeval": (34.8, 73.0, 58.4, 14.0, 10.9, 12.0, 61.4, 11.5),
    "gsm8k": (79.15, 70.58, 77.86, 13.12, 0.00, 1.21, 62.02, 3.11),
    "mmlu": (69.73, 69.90, 65.18, 30.20, 23.58, 25.96, 68.12, 27.33),
}
MATH = {
    "bbh": (51.4, 54.2, 46.2, 46.6, 37.9, None, 51.2, 47.5),
    "gpqa": (32.4, 33.3, 31.0, 28.9, 25.5, None, 30.8, 28.0),
    "math_hard": (20.3, 42.2, 27.7, 8.5, 1.2, None, 18.2, 11.7),
    "mmlu_pro": (41.3, 42.0, 29.7, 33.2, 16.6, None, 40.1, 32.8),
    "musr": (46.8, 42.5, 43.0, 43.0, 38.4, None, 47.5, 44.2),
}
METHODS = ("task_arithmetic", "dare_ties", "ties", "slerp", "linear")
TASKS = {  # n of the full task and what guessing scores
    "bbh": (5761, 0.2907), "gpqa": (1192, 0.25), "math_hard": (1324, 0.0), "mmlu_pro": (12032, 0.1),
    "musr": (756, 0.3444), "ifeval": (541, 0.0), "gsm8k": (1319, 0.0), "mmlu": (14042, 0.25),
}  # fmt: skip
CAPABILITIES = {"gsm8k": "math", "math_hard": "math", "ifeval": "instruction", "mmlu": "knowledge", "gpqa": "knowledge"}
HOLMES = {  # competency: percent on average over its datasets, same order of models
    "discourse": (30.9, 30.9, 32.4, 31.9, 28.0, 31.5, 31.9, 31.0),
    "morphology": (61.5, 61.5, 69.8, 43.7, 50.9, 49.8, 64.5, 43.7),
}


def pipeline_models(kind: str) -> list[str]:
    return ["base", "instruct", kind, *(f"{kind}-{method}" for method in METHODS)]


@pytest.fixture(scope="session")
def pipeline() -> Collection:
    """Both experiments of the pipeline: coder with all merges, math without ties."""
    roles = {"base": "base", "instruct": "parent", "coder": "parent", "math": "parent"}
    roles |= {f"{kind}-{method}": "merge" for kind in ("coder", "math") for method in METHODS}
    values = {}
    for kind, table in (("coder", CODER), ("math", MATH)):
        for task, row in table.items():
            n = TASKS[task][0]
            for model, percent in zip(pipeline_models(kind), row, strict=True):
                if percent is not None:
                    values.setdefault((model, task), (round(percent / 100 * n) / n, n))
    facts = {t: {"chance": c, "capability": CAPABILITIES.get(t, "reasoning")} for t, (_, c) in TASKS.items()}
    return make(roles, facts, values)


@pytest.fixture(scope="session")
def pipeline_merges() -> pd.DataFrame:
    return merge_rows(
        *((f"{k}-{m}", ("instruct", k), "base", m) for k in ("coder", "math") for m in METHODS),
    )


@pytest.fixture(scope="session")
def holmes() -> Collection:
    """Holmes scores of the coder experiment: four datasets per competency, five seeds each, one dataset unmapped."""
    rng, scores = np.random.default_rng(3), []
    for competency, row in [*HOLMES.items(), ("", (50.0,) * 8)]:
        shifts = np.array([-0.03, -0.01, 0.01, 0.03])
        for number, shift in enumerate(shifts[: 4 if competency else 1]):
            for model, percent in zip(pipeline_models("coder"), row, strict=True):
                scores.append(
                    {"run": model, "model": model, "role": "merge" if "-" in model else "parent", "tool": "holmes",
                     "task": f"{competency or 'stray'}-{number}", "metric": "score", "filter": "none", "primary": True,
                     "value": percent / 100 + (shift if competency else 0), "stderr": 0.005 + 0.002 * rng.random(),
                     "higher_is_better": True, "scale": "unit", "kind": "task", "capability": competency,
                     "seeds": 5}
                )  # fmt: skip
    return Collection(conform(scores, "scores"), conform([], "items"), conform([], "problems"))
