"""Groups of a results file: as it states them, else by the indentation of the aliases."""

from mergekit_eval.readers._lm_eval_groups import groups_of, mapping, tree_of


def test_stated_groups_and_their_direct_members():
    document = {"groups": {"mmlu": {}}, "group_subtasks": {"mmlu": ["stem", "law"], "stem": ["physics"], "boolq": []}}
    groups, parents = groups_of(document, {})
    assert groups == {"mmlu", "stem"}
    assert parents == {"stem": "mmlu", "law": "mmlu", "physics": "stem"}
    assert tree_of(document, parents) == {"mmlu": ["stem", "law"], "stem": ["physics"]}


def test_indented_aliases_are_the_tree_of_files_without_any_other():
    blocks = {"mmlu": {"alias": "mmlu"}, "stem": {"alias": " - stem"}, "physics": {"alias": "  - physics"},
              "law": {"alias": " - law"}, "boolq": {"alias": "boolq"}, "odd": 3}  # fmt: skip
    groups, parents = groups_of({}, blocks)
    assert groups == {"mmlu", "stem"}
    assert parents == {"stem": "mmlu", "physics": "stem", "law": "mmlu"}
    assert tree_of({}, parents) == {"mmlu": ["stem", "law"], "stem": ["physics"]}
    assert groups_of({"group_subtasks": {}}, blocks) == (set(), {})


def test_what_is_no_mapping_is_an_empty_one():
    assert mapping({"a": {"b": 1}}, "a") == {"b": 1}
    assert mapping({"a": [1]}, "a") == mapping({}, "a") == mapping(None, "a") == {}
