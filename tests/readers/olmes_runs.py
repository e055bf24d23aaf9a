"""Runs of OLMES, small: the settings of a task, an entry of a summary, and the summary."""

MODEL = {"model": "org/A", "max_length": 4096, "model_type": "vllm", "trust_remote_code": "true"}
FULL = MODEL | {"revision": None, "dtype": "auto", "use_fast_tokenizer": True, "load_in_4bit": False}
ARC = {"acc_raw": 0.25, "acc_per_char": 0.5, "logits_per_char_corr": -1.5, "bits_per_byte_corr": 0.7}


def config(alias="arc_easy:rc::olmes", primary="acc_per_char", **more):
    settings = {"task_name": "arc_easy", "task_core": "arc_easy", "split": "test", "primary_metric": primary}
    return settings | {"use_chat_format": True, "version": 0, "metadata": {"regimes": [], "alias": alias}} | more


def summary(*tasks, **more):
    return {"all_primary_scores": ["x: 0.5"], "tasks": list(tasks), "model_config": MODEL} | more


def entry(metrics=None, alias="arc_easy:rc::olmes", n=40, **settings):
    metrics = metrics or (ARC | {"primary_score": 0.5})
    return {"alias": alias, "metrics": metrics, "num_instances": n, "processing_time": 3.5,
            "task_config": config(alias, **settings)}  # fmt: skip
