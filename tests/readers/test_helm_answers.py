"""Answers of HELM: how they ended stands in the stats of each instance, their texts in files beside these."""

import pytest

from mergekit_eval.signs import bit

SAID = {"id0": "It is", "id1": "It is 5.", "id2": " ", "id3": "I cannot answer that."}
ENDED = {"id0": "length", "id1": "stop", "id2": "endoftext", "id3": "unknown"}
EXPECTED = {
    "id0": bit("text", "ending", "cut"),
    "id1": bit("text", "ending"),
    "id2": bit("text", "ending", "empty"),
    "id3": bit("text", "refusal"),
}


def stat(name, mean, **more):
    return {"name": {"name": name, "split": "test"} | more, "count": 1, "sum": mean, "sum_squared": mean, "mean": mean}


def instances():
    ends = [{f"finish_reason_{end}": float(end == ended) for end in set(ENDED.values())} for ended in ENDED.values()]
    return [
        {"instance_id": name, "train_trial_index": 0,
         "stats": [stat("exact_match", 1.0), *(stat(key, value) for key, value in end.items())]}
        for name, end in zip(ENDED, ends, strict=True)
    ]  # fmt: skip


def to_show():
    typos = {"instance_id": "id1", "train_trial_index": 0, "predicted_text": "", "perturbation": {"name": "typos"}}
    plain = [{"instance_id": name, "train_trial_index": 0, "predicted_text": text} for name, text in SAID.items()]
    return [typos, *plain, {"instance_id": "id0", "train_trial_index": 1, "predicted_text": "It is 7."}]


def states():
    rows = [
        {"instance": {"id": name, "input": {"text": "q"}}, "result": {"completions": [{"text": text}]}}
        for name, text in SAID.items()
    ]
    return {"adapter_spec": {}, "request_states": [*rows, {"instance": None, "result": {"completions": []}}, 7]}


def shown(look, write, most=100, **beside):
    adapter = {"method": "generation", "model": "org/M", "max_train_instances": 0, "max_tokens": most}
    write("run/run_spec.json", {"name": "gsm:model=org_M", "adapter_spec": adapter, "metric_specs": []})
    for name, document in beside.items():
        write(f"run/{name}.json", document)
    items = look(write("run/per_instance_stats.json", instances())).readout.items
    return dict(zip(items["doc_id"].to_pylist(), items["signs"].to_pylist(), strict=True))


@pytest.mark.parametrize("beside", [{"display_predictions": to_show()}, {"scenario_state": states()}])
def test_texts_beside_the_stats_and_their_ends_give_signs(look, write, beside):
    assert shown(look, write, **beside) == EXPECTED


def test_a_limit_of_a_few_tokens_is_the_form_of_the_answer(look, write):
    assert shown(look, write, most=5, scenario_state=states()) == {
        name: bits & ~bit("ending", "cut") for name, bits in EXPECTED.items()
    }


@pytest.mark.parametrize(
    "beside", [{}, {"display_predictions": []}, {"scenario_state": {"adapter_spec": {}, "request_states": {"a": 1}}},
               {"display_predictions": [{"instance_id": "id0", "predicted_text": None}, "x"]}],
)  # fmt: skip
def test_without_texts_nothing_is_seen(look, write, beside):
    assert shown(look, write, **beside) == dict.fromkeys(SAID, 0)
