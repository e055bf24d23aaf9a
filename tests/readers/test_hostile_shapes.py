"""Every shape, mutated: cut, wrong types, NaN, huge numbers, doubled keys, deep nesting, BOM, UTF-16, empty.

A file must end as rows or with a reason; rows must fit the declared tables; and what is copied from a file (not
computed from its items) must stand in it. A thousand damaged files by default; MERGEKIT_EVAL_FUZZ=10000 for a long run.
"""

import json
import math
import os
import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mergekit_eval.readers._base import PROBLEM_KINDS
from mergekit_eval.schema import names

EXAMPLES = int(os.environ.get("MERGEKIT_EVAL_FUZZ", "1000"))
CONFIG = {"model": "org/m", "n_samples": 2, "limit": None, "tasks": "x", "revision": None}
CODE = {"mercury": {"Easy_pass@1": 0.5, "Easy": {"passed": 2, "failed@load": 2}}, "config": CONFIG}
RAN = {"completion": "c", "result": "passed"}
NOW = [{"base_status": "pass", "plus_status": "fail"}] * 2
THEN = {"nfiles": 1, "base": [["success", [1]]], "plus": [["failed", []]]}
REPORT = {"xstest": {"overall_accuracy": 0.5, "refusal_prf": {"f1": 0.25}}, "harmbench": {"micro ASR (lower)": 0.5}}
ANSWER = {"prompt": "p", "response": "r", "response_harmfulness": "harmful", "is_parsing_error": False}
JUDGED = {"question_id": 81, "model": "m", "judge": ["g", "v"], "score": 7.5, "tstamp": 1.5}
GAME = {"model_1": "a", "model_2": "b", "g1_winner": "model_1", "g2_winner": "tie", "judge": ["g", "v"], "turn": 1}
PREFERENCE = {
    "generator_1": "a",
    "generator_2": "b",
    "output_1": "x",
    "output_2": "y",
    "annotator": "g",
    "dataset": "d",
}
TABLE = "Model,MMLU,gsm8k_8_exact_match\na,0.5,0.25\nb,,0.75\n"
LEADERBOARD = (
    "id,probing dataset,linguistic subfield,linguistic phenomena,probe type,train portion,probe,a,b\n"
    "0,x,syntax,npi,t,0.03125,x,0.5,-1\n1,y,syntax,npi,t,0.5,y,0.5,0.25\n"
)
PROBED = (
    ",probing_dataset,model_name,encoding,control_task_type,sample_size,seed,num_hidden_layers,score\n"
    "0,d,org__m,full,NONE,64,0,0,0.5\n1,d,org__m,full,NONE,64,1,0,0.25\n"
)
LABELLED = "id,type,prompt,completion,final_label\n1,homonyms,p,c,1_full_compliance\n2,contrast_x,q,c,2_full_refusal\n"
LIGHT = {
    "config_general": {"model_name": "org/m", "max_samples": 5},
    "results": {"lighteval|gsm8k|5": {"qem": 0.5, "qem_stderr": 0.25}, "all": {"qem": 0.5}},
    "summary_tasks": {"lighteval|gsm8k|5": {"truncated": 0, "non_truncated": 5}},
}
KIT = {
    "model_name": "t",
    "base_model_name": "b",
    "base_model": {"results": {"gsm8k": {"exact_match,none": 0.5}}},
    "fine_tuned_model": {"huggingface": {"gsm8k": {"exact_match,none": 0.25}}},
    "comparison": {"gsm8k": {"metric": None}},
}
FUSED = {"model_info": {"all_params": 1}, "mnist": {"accuracy": 0.5, "loss": 1.5}, "average": {"accuracy": 0.5}}
OWN = {
    "num_total": 4,
    "num_repeat": 2,
    "accuracy_avg": 0.375,
    "accuracy_std_err": 0.125,
    "run_stats": [{"accuracy": 0.5}],
}
RUN = {"results": {"AIME24": OWN, "arc_easy": {"acc,none": 0.5, "acc_stderr,none": 0.25}}, "config": {"model": "hf"}}
OLMES = {
    "task_name": "gsm8k",
    "task_hash": "t",
    "num_instances": 2,
    "metrics": {"exact_match": 0.5, "primary_score": 0.5, "num_x": 3},
    "task_config": {"task_name": "gsm8k", "primary_metric": "exact_match", "num_shots": 8},
    "model_config": {"model": "m", "dtype": "auto"},
}
LOG = {
    "status": "success",
    "eval": {"task": "t", "model": "hf/org/m", "created": "2025-05-12T20:28:13+00:00", "config": {"epochs": 1}},
    "plan": {"steps": [{"solver": "generate", "params": {}}], "config": {"temperature": 0.5}},
    "results": {
        "total_samples": 2,
        "completed_samples": 2,
        "scores": [
            {"name": "match", "scorer": "match", "metrics": {"accuracy": {"value": 0.5}, "stderr": {"value": 0.5}}}
        ],
    },
    "samples": [{"id": n, "epoch": 1, "input": "q", "scores": {"match": {"value": v}}} for n, v in enumerate("CI")],
    "reductions": [{"scorer": "match", "samples": [{"sample_id": n, "value": n} for n in range(2)]}],
}
EURO = {
    "dataset": "d",
    "task": "knowledge",
    "model": "org/m",
    "languages": ["da"],
    "validation_split": False,
    "results": {"raw": [{"test_mcc": 0.5}, {"test_mcc": 0.25}], "total": {"test_mcc": 37.5, "test_mcc_se": 24.5}},
}
UNCERTAIN = {"standard_error": {"value": 0.5}, "num_samples": 4}
EVER = {
    "evaluation_id": "e",
    "model_info": {"id": "org/m", "additional_details": {}},
    "eval_library": {"name": "x", "version": "1"},
    "evaluation_results": [
        {
            "evaluation_name": "mmlu",
            "metric_config": {"metric_kind": "accuracy", "lower_is_better": False, "min_score": 0, "max_score": 1},
            "score_details": {"score": 0.5, "uncertainty": UNCERTAIN},
        }
    ],
}
SAMPLE = {
    "evaluation_id": "e",
    "model_id": "org/m",
    "evaluation_name": "mmlu",
    "input": {"raw": "q", "reference": ["a"]},
}
RANKED = (
    "<b>Task Type</b>,,,,<a>Knowledge</a>,\nModel,Type,Rank,Merge,<a>uk</a>,uk_version\n"
    "<a>org/m (val)</a>,x,1@@1,y,1.50 ± 0.98 / 2.50 ± 1.96@@1.50,16.2@@1602\n"
)
STAT = {"name": {"name": "exact_match", "split": "test"}, "count": 1, "sum": 0.5, "sum_squared": 0.25, "mean": 0.5}
COUNT = STAT | {"name": {"name": "num_instances", "split": "test"}, "sum": 2, "mean": 2}
TYPOS = STAT | {
    "name": {"name": "exact_match", "split": "test", "perturbation": {"name": "typos", "computed_on": "worst"}}
}
HELM = "mmlu-subject=law,model=org_m/"
BIG = {
    "date": "2026-01-02 03:04",
    "eval": {f"BigCodeBench/{n}": [{"status": s}] for n, s in enumerate(("pass", "fail"))},
}
BOARD = {
    "M": {"link": "https://huggingface.co/org/m", "pass@1": {"instruct": 13.5, "complete": None}, "date": "2024-12-04"}
}
PASSED = {"pass@1": 0.5, "model": "org--m--main", "split": "instruct", "subset": "hard", "gt_pass_rate": 0.75}
GRADED = {"difficulty": "easy", "graded_list": [True, False], "pass@1": 0.5}
GAMES = {"model": "m", "judge": "g", "games": [{"score": "A>>B"}, {"score": "B=A"}]}
LLAMA = (
    "build: 4380 (ce083a54)\nllama_model_loader: loaded meta data with 2 tensors from m.gguf (version GGUF V3)\n"
    "perplexity: calculating perplexity over 2 chunks, n_ctx=512\n[1]4.5,[2]5.5,\nFinal estimate: PPL = 5.5 +/- 0.25\n"
    "hellaswag_score : loaded 9 tasks from prompt.\n"
    "hellaswag_score : calculating hellaswag score over selected tasks.\n"
    "1\t100.0%\n2\t50.0%\n"
)
LAW = {"primary_metric": "exact_match"}
LAWS = [OLMES | {"task_config": LAW | {"metadata": {"alias": f"mmlu_{name}:mc"}}} for name in "ab"]
FOLDED = OLMES | {
    "metrics": {"exact_match_macro": 0.5, "exact_match_micro": 0.5, "primary_score": 0.5},
    "task_config": {"metadata": {"alias": "mmlu:mc", "num_tasks": 2}, "primary_metric": "macro"},
}
PLACE = "f/d/org__m/full/NONE/64/0/0/done/"
PRINTED = (
    "hf (pretrained=a/m), limit: None\n|Tasks|Version|Filter|n-shot|Metric|   |Value|   |Stderr|\n"
    "|-----|------:|------|-----:|------|---|----:|---|-----:|\n|boolq|2|none|0|acc|↑|0.5|±|0.1|\n"
    "| - part|2|none|0|acc|↑|0.25|±|0.1|\n"
)
CARD = (
    "---\nmodel-index:\n- name: m\n  results:\n  - dataset: {name: MMLU (5-Shot), type: a, args: {num_few_shot: 5}}\n"
    "    metrics: [{type: acc, value: 50.5}]\n---\n# m\n"
)
SHAPES = {
    "code_eval.json": CODE,
    "x_results.jsonl": [RAN | {"task_id": f"HumanEval/{n}", "passed": n > 1} for n in range(4)],
    "a_eval_results.json": {"date": "2024-05-10 18:01", "eval": {f"HumanEval/{n}": NOW for n in range(3)}},
    "b_eval_results.json": {"eval": {"Mbpp/2": THEN}},
    "safety_eval.json": REPORT,
    "safety_generation.json": {"harmbench": [ANSWER] * 2},
    "gpt-4_single.jsonl": [JUDGED | {"turn": turn} for turn in (1, 2)],
    "gpt-4_pair.jsonl": [GAME | {"question_id": 81 + n, "tstamp": 1.5} for n in range(3)],
    "annotations.json": [PREFERENCE | {"instruction": f"i{n}", "preference": n} for n in range(3)],
    "leaderboard.csv": ",win_rate,standard_error,n_total\na,50.0,0.0,805\nb,20.5,1.5,805\n",
    "arena.csv": "model,arena_score,votes\na,1400,10\nb,1200,5\n",
    "xstest_m.csv": LABELLED,
    "flash-holmes.csv": LEADERBOARD,
    "results_holmes.csv": PROBED,
    PLACE + "metrics.csv": "epoch,step,full test acc,full test f1\n0,1,,\n1,2,0.75,0.5\n",
    PLACE + "preds.csv": "instance,pred,label,loss,seen\na,1.0,1.0,0.5,seen\nb,0.0,1.0,0.5,seen\n",
    "results_2024-11-02T10-11-12.json": LIGHT,
    "benchmark.json": KIT,
    "results_2026-03-22T23-17-33.json": RUN,
    "task-000-gsm8k-metrics.json": OLMES,
    "metrics-all.jsonl": [OLMES, OLMES | {"task_name": "mbpp"}],
    "metrics.json": {"tasks": [FOLDED, *LAWS], "model_config": {"model": "m"}},
    "arc-requests.jsonl": [{"doc_id": n, "doc": {"q": 1}, "request": {}, "idx": n, "label": 2} for n in range(2)],
    "2025-05-12T20-28-13_t_x.json": LOG,
    "euroeval_benchmark_results.jsonl": [EURO, EURO | {"dataset": "e"}],
    "english_all.csv": RANKED,
    "98ea850e.json": EVER,
    "98ea850e.jsonl": [SAMPLE | {"sample_id": str(n), "evaluation": {"score": n, "is_correct": n}} for n in range(2)],
    HELM + "stats.json": [STAT, COUNT, TYPOS],
    HELM + "per_instance_stats.json": [
        {"instance_id": f"id{n}", "train_trial_index": 0, "stats": [STAT]} for n in range(2)
    ],
    "c_eval_results.json": BIG,
    "c_pass_at_k.json": PASSED,
    "results-hard.json": BOARD,
    "Scenario.codegeneration_2_0.2_eval_all.json": [GRADED | {"question_id": f"q{n}"} for n in range(2)],
    "Scenario.codegeneration_2_0.2_eval.json": [{"pass@1": 0.5, "detail": {"pass@1": {"0": 0.5}}}, {}, []],
    "model_judgment/g/m.jsonl": [GAMES | {"question_id": f"q{n}"} for n in range(2)],
    "arena_hard.csv": "model,score,rating_q025,rating_q975,CI,avg_tokens\na,82.5,80.0,84.0,x,662.0\n",
    "ppl.log": LLAMA,
    "TA8.json": FUSED,
    "table.csv": TABLE,
    "samples.jsonl": [{"task_id": "HumanEval/0", "completion": "x"}],
    "printed.md": PRINTED,
    "summary.csv": "dataset,version,metric,mode,a,b\nx,1e0de5,accuracy,gen,75.5,50\nall,-,naive_average,gen,75.5,-\n",
    "turned.csv": "task,a,b\nMMLU,50.5 (1.5),75.5%\nGSM8K,25.5,\n",
    "turned.md": "| Task | a | b |\n|---|---|---|\n| MMLU | 50.5 ± 1.5 | 75.5% |\n| GSM8K | 25.5 | - |\n",
    "board.json": [{"model": "a", "mmlu": 50.5, "gsm8k": 25.5}, {"model": "b", "mmlu": 75.5, "gsm8k": None}],
    "wandb-summary.json": {"boolq/acc": 0.5, "boolq/acc_stderr": 0.25, "boolq/alias": "boolq", "_step": 0},
    "m/.eval_results/a.yaml": "- dataset: {id: a/gsm8k, task_id: gsm8k}\n  value: 0.5\n  date: 2025-01-01\n",
    "card/README.md": CARD,
}
OTHERWISE = {"samples.jsonl": "skipped", "arc-requests.jsonl": "refused"}
COPIED = (
    "code_eval.json",
    "c_pass_at_k.json",
    "results-hard.json",
    "arena_hard.csv",
    HELM + "stats.json",
    "english_all.csv",
    "98ea850e.json",
    "2025-05-12T20-28-13_t_x.json",
    "safety_eval.json",
    "leaderboard.csv",
    "arena.csv",
    "flash-holmes.csv",
    "TA8.json",
    "table.csv",
)
HOSTILE = [
    *(None, True, "", "x", "NaN", -1, 0, 1e308, 10**400, float("nan"), float("inf"), "1e999"),
    *([], [[]], {}, {"": {}}, {"a": [None]}, [1, "2", None], {"passed": -3}),
    *("\x00", "\ud83d", "../../etc", "a" * 300, {"\ud800": "\udfff"}, ["\udbff"]),
]
HOSTILE_KEYS = ["", "\x00", "\ud800", "\udfff,none", "a" * 300]
CELLS = ["", "x", "nan", "inf", "1e999", "-1", '"', "a,b", "\n", "1_0", "é" * 90]


def written(content, name):
    if isinstance(content, str):
        return content
    if name.endswith(".jsonl"):
        return "".join(json.dumps(row) + "\n" for row in content)
    return json.dumps(content)


def spots(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from spots(one, (*path, key))


def planted(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = planted(value[path[0]], path[1:], new)
    return copy


def mutated(name, rng):
    """Return bytes of a shape after some damage."""
    content = SHAPES[name]
    if isinstance(content, str):
        cells = re.split(r"([,\n])", content)
        for _ in range(rng.randint(0, 3)):
            cells[rng.randrange(len(cells))] = rng.choice(CELLS)
        text = "".join(cells)
    else:
        for _ in range(rng.randint(0, 3)):
            content = planted(content, rng.choice(list(spots(content))), rng.choice(HOSTILE))
        if isinstance(content, dict) and content and rng.random() < 0.25:
            content = content | {rng.choice(HOSTILE_KEYS): content[rng.choice(list(content))]}
        text = written(content, name) if isinstance(content, list | dict) else json.dumps(content)
    data = text.encode("utf-8", "surrogatepass")
    return damage(data, rng)


def damage(data, rng):
    kind = rng.randrange(12)
    if kind == 0:
        return data[: rng.randint(0, len(data))]
    if kind == 1:
        return b"\xef\xbb\xbf" + data
    if kind == 2:
        return data.decode("utf-8", "replace").encode("utf-16")
    if kind == 3:
        return data.replace(b'":', b'": ' + b"[" * 3000, 1)
    if kind == 4:
        return data.replace(b"{", b'{"config": 1, "results": 2, "eval": 3, ', 1)
    if kind == 5:
        return data + data
    if kind == 6:
        place = rng.randint(0, len(data))
        return data[:place] + bytes([rng.randrange(256)]) + data[place:]
    return data


def checked(out, data, copied):
    """Check what must hold for every outcome."""
    assert out.status == "read" or out.why
    for row in out.scores:
        assert set(row) <= {*names("scores"), "known_as", "part"}
        assert row["task_name"] is not None
        assert isinstance(row["metric"], str)
        assert isinstance(row["value"], float)
        assert row.get("n") is None or 0 < row["n"] < 2**53
        assert math.isnan(row.get("stderr", math.nan)) or row["stderr"] >= 0
    for row in out.readout.problems:
        assert row["kind"] in PROBLEM_KINDS
        assert len(row["message"]) < 2000
    if out.readout.items is not None:
        values = out.readout.items["value"].to_pylist()
        assert all(math.isfinite(value) for value in values)
        assert len(values) == len(out.readout.items["item_key"].drop_null())
    if copied:
        stated = {float(text) for text in re.findall(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", data)}
        assert {row["value"] for row in out.scores if math.isfinite(row["value"])} <= stated


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_read_as_it_stands(look, write, name):
    out = look(write(name, written(SHAPES[name], name)))
    assert out.status == OTHERWISE.get(name, "read"), out.why
    checked(out, written(SHAPES[name], name).encode(), name in COPIED)


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(SHAPES)), seed=st.integers(0, 2**32))
def test_damage_never_raises_and_never_invents(look, tmp_path, name, seed):
    data = mutated(name, random.Random(seed))
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    checked(look(path, name), data, name in COPIED)


@pytest.mark.parametrize("name", [name for name in SHAPES if not name.endswith(".csv")])
@pytest.mark.parametrize(
    "content", [b"", b" \n ", b"{}", b"[]", b"null", b"[[[[", b'{"a":', b"\xff\xfe", b"[" * 200_000]
)
def test_empty_and_absurd_files(look, write, name, content):
    out = look(write(name, content))
    assert out.status in ("unread", "refused", "skipped")
    assert out.why
