import re

import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.facts_file import merge, read_facts


@pytest.fixture
def facts(tmp_path):
    def read(text):
        (tmp_path / "facts.yaml").write_text(text, encoding="utf-8")
        return read_facts(tmp_path / "facts.yaml")

    return read


def test_an_empty_file_holds_no_facts(facts):
    assert facts("") == {} and facts("# nothing yet\n") == {}


def test_a_whole_file_comes_back_as_it_is(facts):
    text = "t: {fold: true, metrics: {acc: {better: higher}}, renamed: {'a-*': 'b_*'}, tasks: {x: {n: 3}}}"
    assert facts(text) == {
        "t": {
            "fold": True,
            "metrics": {"acc": {"better": "higher"}},
            "renamed": {"a-*": "b_*"},
            "tasks": {"x": {"n": 3}},
        }
    }


@pytest.mark.parametrize(
    ("text", "key", "value", "allowed"),
    [
        ("[1]", "the file", "[1]", "a mapping"),
        ("t: 3", "t", "3", "a mapping"),
        ("t: {metric: {}}", "t.metric", "{}", "tasks"),
        ("t: {fold: 1}", "t.fold", "1", "true, false"),
        ("t: {metrics: {acc: {better: up}}}", "t.metrics.acc.better", "'up'", "higher, lower"),
        ("t: {metrics: {acc: {scale: share}}}", "t.metrics.acc.scale", "'share'", "unit, percent, natural"),
        ("t: {metrics: {acc: {primary: acc}}}", "t.metrics.acc.primary", "'acc'", "better"),
        ("t: {metrics: {acc: {items: sum}}}", "t.metrics.acc.items", "'sum'", "mean, each"),
        ("t: {tasks: {x: {metrics: {acc: {better: 1}}}}}", "t.tasks.x.metrics.acc.better", "1", "higher, lower"),
        ("t: {tasks: {x: 0.5}}", "t.tasks.x", "0.5", "a mapping"),
        ("t: {renamed: {a: 'b*'}}", "t.renamed.a", "'b*'", "a name"),
        ("t: {renamed: {'a*': 'b?'}}", "t.renamed.a*", "'b?'", "a name"),
    ],
)
def test_a_mistake_is_named_with_file_key_value_and_what_is_allowed(facts, text, key, value, allowed):
    with pytest.raises(DataError, match=re.escape(f"facts.yaml: {key} = {value}; allowed: ") + f".*{allowed}"):
        facts(text)


def test_what_is_no_yaml_or_not_there_is_named(facts, tmp_path):
    with pytest.raises(DataError, match=r"facts\.yaml: not a readable YAML file"):
        facts("a: [")
    with pytest.raises(DataError, match=r"none\.yaml: not a readable YAML file"):
        read_facts(tmp_path / "none.yaml")


def test_yaml_cannot_make_objects(facts, tmp_path):
    with pytest.raises(DataError, match="not a readable YAML file"):
        facts(f"t: !!python/object/apply:os.mkdir [{tmp_path / 'made'}]")
    assert not (tmp_path / "made").exists()


def test_own_facts_go_on_top_of_others_fact_by_fact():
    known = {"t": {"tasks": {"x": {"n": 3, "chance": 0.5}, "y": {"n": 1}}}}
    merge(known, {"t": {"tasks": {"x": {"n": 4}, "z": {"n": 2}}}, "u": {"fold": True}})
    assert known == {
        "t": {"tasks": {"x": {"n": 4, "chance": 0.5}, "y": {"n": 1}, "z": {"n": 2}}},
        "u": {"fold": True},
    }
