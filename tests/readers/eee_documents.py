"""Documents of every_eval_ever, small: a result, and a document of results."""


def result(name="IFEval", score=0.75, config=None, **more):
    config = {"metric_kind": "accuracy", "lower_is_better": False, "min_score": 0, "max_score": 1} | (config or {})
    return {"evaluation_name": name, "source_data": {"dataset_name": name}, "metric_config": config,
            "score_details": {"score": score} | more.pop("details", {})} | more  # fmt: skip


def document(*results, model="org/M", **more):
    return {"schema_version": "0.3.0", "evaluation_id": f"suite/{model}/1", "retrieved_timestamp": "1750000001",
            "evaluation_timestamp": "1750000000", "source_metadata": {"source_type": "documentation"},
            "eval_library": {"name": "lighteval", "version": "0.8"},
            "model_info": {"name": "M", "id": model, "additional_details": {"precision": "bfloat16"}},
            "evaluation_results": list(results)} | more  # fmt: skip
