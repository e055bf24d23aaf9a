import pytest

from mergekit_eval.compare.comparability_rules import LEVELS, audited, comparable, remedies, rules

ROW = {
    "tool": "lm-eval",
    "task": "gsm8k",
    "metric": "exact_match",
    "filter": "strict-match",
    "scale": "unit",
    "task_version": "3.0",
    "n_shot": 5,
    "limit": float("nan"),
    "tool_version": "0.4.9",
}


def told(change, *, paired=True, base=ROW):
    """Return rule and level of what is said of a row against itself with a change."""
    return [(found.rule, found.level) for found in comparable(base, base | change, paired=paired)]


def test_a_row_may_be_compared_with_itself():
    assert comparable(ROW, dict(ROW)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"tool": "helm"}, ("tool", "refuse")),
        ({"task": "gsm_plus"}, ("task", "refuse")),
        ({"metric": "acc"}, ("metric", "refuse")),
        ({"filter": "flexible-extract"}, ("filter", "refuse")),
        ({"scale": "natural"}, ("scale", "refuse")),
        ({"aggregate": "macro"}, ("aggregate", "refuse")),
        ({"task_version": "2.0"}, ("task version", "refuse")),
        ({"n_shot": 0}, ("few-shot", "refuse")),
        ({"limit": 100.0}, ("limit", "label")),
        ({"chat_template": "ab12"}, ("chat template", "label")),
        ({"quantization": "4bit"}, ("quantisation", "label")),
        ({"tool_version": "0.4.8"}, ("tool version", "note")),
    ],
)
def test_each_setting_has_its_severity(change, expected):
    assert told(change) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"task_version": ""}, [("task version", "note")]),  # unknown is no proof of a difference
        ({"n_shot": None}, [("few-shot", "note")]),
        ({"task_definition": "ab"}, []),  # the other row does not say: silent
        ({"tool_version": ""}, []),
        ({"task_version": "3"}, []),  # one number in two spellings
        ({"scale": "percent"}, []),  # a percentage is a share
    ],
)
def test_what_is_unknown_or_only_spelled_otherwise_forbids_nothing(change, expected):
    assert told(change) == expected


def test_a_limit_forbids_a_comparison_of_aggregates_only():
    assert told({"limit": 100.0}, paired=False) == [("limit", "refuse")]


@pytest.mark.parametrize(("version", "refused"), [("0.4.8", True), ("0.4.10", False), ("0.5", False), ("", False)])
def test_versions_on_both_sides_of_a_change_of_mc2_are_refused_and_of_that_task_only(version, refused):
    mc2 = ROW | {"task": "truthfulqa_mc2", "metric": "acc"}
    assert (("harness", "refuse") in told({"tool_version": version}, base=mc2)) == refused
    assert ("harness", "refuse") not in told({"tool_version": version})


def test_hashes_count_only_where_what_moves_them_is_equal():
    hashed = ROW | {"task_hash": "aa"}
    assert told({"task_hash": "bb"}, base=hashed) == [("task hash", "label")]
    assert told({"task_hash": "bb", "chat_template": "cd"}, base=hashed) == [("chat template", "label")]


def test_the_strictest_finding_comes_first_and_both_values_are_shown():
    found = comparable(ROW, ROW | {"tool_version": "0.4.8", "limit": 50.0, "n_shot": 0})
    assert [one.level for one in found] == ["refuse", "label", "note"]
    assert found[0].message == "different numbers of examples in the prompt: 5 against 0"
    assert found[1].message == "different --limit: none against 50"


def test_every_rule_has_a_known_level():
    assert {rule["level"] for rule in rules()} == set(LEVELS)


def test_every_rule_that_the_audit_lists_says_what_to_change():
    assert set(remedies()) == set(audited()) and all(remedies().values())
    assert set(audited().values()) == {"asked", "measured"}
