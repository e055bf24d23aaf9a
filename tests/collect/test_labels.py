"""Labels of conditions: short, made of what differs, no two alike."""

import json

from mergekit_eval.collect.labels import LONGEST, cut, ends_of, labels


def test_only_what_differs_is_shown_and_short_keys_come_first():
    variants = {"a": {"dtype": "float16", "backend": "hf", "x": "1"}, "b": {"dtype": "auto", "backend": "hf", "x": "2"}}
    assert labels(variants) == {"a": "x=1, dtype=float16", "b": "x=2, dtype=auto"}


def test_a_key_that_one_variant_lacks():
    assert labels({"a": {"dtype": "float16"}, "b": {}}) == {"a": "dtype=float16", "b": "dtype=-"}


def test_paths_come_first_and_show_the_shortest_end_that_tells_them_apart():
    variants = {
        "a": {"x": "1", "tokenizer": "/long/way/to/one/tok"},
        "b": {"x": "2", "tokenizer": "/long/way/to/other/tok"},
    }
    assert labels(variants) == {"a": "tokenizer=one/tok, x=1", "b": "tokenizer=other/tok, x=2"}


def test_long_texts_are_shown_from_where_they_begin_to_differ():
    common = "schemas.medical.questions.of.the.clinic."
    variants = {"a": {"schema": f"{common}Short"}, "b": {"schema": f"{common}Structured"}, "c": {}}
    assert labels(variants) == {"a": "schema=…Short", "b": "schema=…Structured", "c": "schema=-"}


def test_no_label_is_longer_than_the_limit_and_none_is_another():
    variants = {str(i): {"prompt": "p" * 5000 + str(i), "k" * 300: "v" * i, "note": "same"} for i in range(60)}
    found = labels(variants)
    assert max(map(len, found.values())) <= LONGEST and len(set(found.values())) == len(variants)


def test_a_cut_label_ends_in_a_digest_of_all_of_it():
    one, other = cut("a" * 100 + "1"), cut("a" * 100 + "2")
    assert len(one) == LONGEST and one != other and cut("short") == "short"


def test_ends_of_paths():
    assert ends_of(["a/b/c", "a/x/c"]) == {"a/b/c": "b/c", "a/x/c": "x/c"}
    assert ends_of(["a/b", "c/d"]) == {"a/b": "b", "c/d": "d"}


def test_a_name_is_short_and_the_whole_difference_stands_in_its_column(lab, shapes):
    for i in (1, 2):
        args = {"pretrained": "m", "extra": "x" * 3000 + str(i), "dtype": f"float{i}"}
        lab.put(f"{i}.json", shapes.today("m", {"boolq": {"acc,none": 0.5}}, args=args))
    found = lab.collect()
    names = sorted(found.scores["model"])
    assert len(names) == 2 and max(map(len, names)) <= len("m []") + LONGEST
    whole = {json.loads(text)["extra"] for text in found.scores["difference"]}
    assert whole == {"x" * 3000 + "1", "x" * 3000 + "2"}
    assert max(map(len, found.problems["message"])) < 300


def test_conditions_named_after_runs_are_short_too(lab, shapes):
    for i in (1, 2):
        lab.put(f"{'deep/' * 30}run{i}/results.json", shapes.flat("m", {"boolq": {"acc": i / 10}}))
    assert sorted(lab.collect().scores["condition"]) == ["run run1/results", "run run2/results"]
