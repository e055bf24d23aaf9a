"""Small whole files of every format beside lm-eval's own, as bytes, for the fuzzer to damage."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq

HOLMES = "probing_dataset,model_name,encoding,control_task_type,sample_size,seed,num_hidden_layers,score"
BOARD = "probing dataset,linguistic subfield,linguistic phenomena,probe type,train portion,probe,a/m"


def documents() -> list[object]:
    """JSON documents."""
    status = {"base_status": "pass", "plus_status": "fail"}
    judged = {"response": "r", "response_harmfulness": "harmful", "response_refusal": "refusal"}
    return [
        {
            "config_general": {"model_name": "a/m", "max_samples": None, "lighteval_sha": "x"},
            "results": {
                "leaderboard|arc:challenge|25": {"acc": 0.5, "acc_stderr": 0.1},
                "all": {"acc": 0.5, "acc_stderr": 0.1},
            },
            "versions": {"leaderboard|arc:challenge|25": 0},
            "config_tasks": {"leaderboard|arc:challenge": {"effective_num_docs": 4}},
            "summary_tasks": {},
        },
        {
            "humaneval": {"pass@1": 0.5, "pass@10": 0.75},
            "mercury": {"Easy_pass@1": 0.5, "Easy": {"failed@error": 1, "passed": 3}},
            "studenteval": [{"group": "first", "pass1": 0.25}],
            "config": {"model": "a/m", "tasks": "humaneval", "n_samples": 1, "limit": None},
        },
        {"date": "2025-01-01 10:00", "hash": "h", "eval": {f"HumanEval/{i}": [status] for i in range(3)}},
        {"eval": {"Mbpp/1": {"nfiles": 1, "base": [["success", [True]]], "plus": [["failed", [False]]]}}},
        {"wildguardtest": {"micro harm (lower)": 356 / 749}, "xstest": {"overall_accuracy": 0.5}},
        {"wildguardtest": [{"prompt": f"p{i}"} | judged for i in range(3)]},
        {
            "base_model": {"results": {"boolq": {"acc,none": 0.5}}, "timestamp": 1.0},
            "fine_tuned_model": {"results": {"boolq": {"acc,none": 0.75}}, "timestamp": 2.0},
        },
        [["def f():\n    return 1"]],
        {"boolq/acc": 0.5, "boolq/acc_stderr": 0.1, "boolq/alias": "boolq", "_step": 0},
        {
            "columns": ["Tasks", "Version", "Filter", "num_fewshot", "Metric", "Value", "Stderr"],
            "data": [["boolq", 1, "none", 0, "acc", "0.5", "0.1"]],
        },
        {"a/m": {"mmlu": 50.5, "gsm8k": 25.5}, "b/m": {"mmlu": 75.5, "gsm8k": None}},
    ]


def rows() -> list[list[dict]]:
    """Rows of JSON Lines or of an array."""
    game = {"question_id": 81, "model_1": "a", "model_2": "b", "g1_winner": "model_1", "g2_winner": "tie"}
    judgment = {"question_id": 81, "model": "a", "judge": ["gpt-4", "single-v1"], "tstamp": 1.0}
    verdict = {"generator_1": "gpt4", "generator_2": "a", "instruction": "i", "output_1": "x", "output_2": "y"}
    return [
        [{"task_id": f"HumanEval/{i}", "completion": "x", "passed": i > 0, "result": "passed"} for i in range(3)],
        [judgment | {"turn": turn, "score": score} for turn, score in ((1, 7), (2, -1))],
        [game | {"judge": ["gpt-4", "pair-v2"], "turn": 1, "tstamp": 1.0}],
        [verdict | {"preference": p, "annotator": "j", "dataset": "d"} for p in (1.25, 2, None, 0)],
        [{"model": "a", "task": "boolq", "metric": "acc", "value": 0.5, "stderr": 0.1, "n": 4}] * 2,
    ]


def texts() -> list[str]:
    """Tables."""
    return [
        f",{HOLMES}\n0,blimp,a__m,full,NONE,10,0,0,0.5\n1,blimp,a__m,full,NONE,10,1,0,0.75\n",
        f",{BOARD}\n0,blimp,syntax,npi,sentence,1.0,linear,0.5\n1,x,morphology,y,token(s),1.0,linear,-1\n",
        "epoch,step,train loss,full test f1,full test acc\n0,1,0.5,,\n1,2,,0.75,0.5\n",
        "model,task,metric,value\na,boolq,acc,0.5\nb,boolq,acc,0.25\n",
        "Model,MMLU,GSM8K\na/m,0.5,0.25\nb/m,0.75,\n",
        ",win_rate,standard_error,n_total,avg_length\na,22.5,1.25,805,1800\n",
        "model,elo,votes\na,1000.5,10\nb,900,20\n",
        "hf (pretrained=a/m), limit: None\n|Tasks|Version|Filter|n-shot|Metric|   |Value|   |Stderr|\n"
        "|-----|------:|------|-----:|------|---|----:|---|-----:|\n|boolq|2|none|0|acc|↑|0.5|±|0.1|\n"
        "| - part|2|none|0|acc|↑|0.25|±|0.1|\n",
        "dataset,version,metric,mode,a/m\nboolq,1e0de5,accuracy,gen,75.5\nall,-,naive_average,gen,75.5\n",
        "| Task | a/m | b/m |\n|---|---|---|\n| MMLU | 50.5 ± 1.5 | 75.5% |\n| GSM8K | 25.5 | - |\n",
        "task,a/m\nMMLU,50.5 (1.5)\nGSM8K,25.5\n",
        "- dataset: {id: a/gsm8k, task_id: gsm8k}\n  value: 0.5\n  date: 2025-01-01\n",
        "- model: a/m\n  pass_rate_1: 25.5\n  pass_rate_2: 50.5\n  test_cases: 225\n",
        "---\nmodel-index:\n- name: m\n  results:\n  - dataset: {name: MMLU (5-Shot), type: a}\n"
        "    metrics: [{type: acc, value: 50.5}]\n---\n# m\n",
        "Name,State,boolq/acc,boolq/acc_stderr\na/m,finished,0.5,0.1\n",
        "id,type,prompt,completion,final_label\n1,homonyms,p,c,1_full_compliance\n2,contrast_homonyms,p,c,2_full_refusal\n",
    ]


def parquet() -> list[bytes]:
    """Details of lighteval, and a table of scores."""
    docs = pa.array([{"query": f"q{i}", "id": str(i)} for i in range(3)])
    details = pa.table({"__doc__": docs, "__metric__": pa.array([{"acc": i % 2} for i in range(3)])})
    scores = pa.table({"model": ["a"], "task": ["boolq"], "metric": ["acc"], "value": [0.5]})
    return [_bytes(table) for table in (details, scores)]


def _bytes(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def others() -> list[bytes]:
    """Everything, as bytes."""
    lines = ["".join(json.dumps(row) + "\n" for row in block) for block in rows()]
    arrays = [json.dumps(block) for block in rows()]
    made = [json.dumps(document) for document in documents()]
    return [text.encode() for text in [*lines, *arrays, *made, *texts()]] + parquet()
