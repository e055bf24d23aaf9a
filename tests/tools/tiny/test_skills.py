"""Each skill's answers against an independent plain route."""

import re
from random import Random

import pytest

from mergekit_eval.tiny.programs import run
from mergekit_eval.tiny.scoring import refused
from mergekit_eval.tiny.verifier import RULES, check
from tools.tiny.skills import SKILLS, instructions, knowledge, language, multilingual, reading, safety
from tools.tiny.tokenizer import characters
from tools.tiny.words import dictionary, invented, words


def _items(skill, count=200, seed=0):
    rng = Random(seed)
    return [SKILLS[skill](rng) for _ in range(count)]


@pytest.mark.parametrize("skill", SKILLS)
def test_same_seed_same_items_and_known_characters_only(skill):
    assert _items(skill, 20, seed=3) == _items(skill, 20, seed=3)
    assert _items(skill, 20, seed=3) != _items(skill, 20, seed=4)
    used = {letter for item in _items(skill) for letter in item.prompt + item.answer}
    assert used <= set(characters())


@pytest.mark.parametrize("skill", SKILLS)
def test_no_document_is_longer_than_a_training_row(skill):
    assert max(len(item.prompt) + len(item.answer) for item in _items(skill)) + 2 <= 128


def test_sums_are_right_in_every_step():
    for item in _items("sums"):
        left, right = map(int, re.findall(r"\d+", item.prompt))
        ones, tens, total, marked = map(int, re.findall(r"\d+", item.answer))
        assert left + right == total == marked == ones + tens
        assert ones == left % 10 + right % 10


def test_a_plain_sum_is_the_marked_one_without_its_mark():
    for marked, plain in zip(_items("sums", 30), _items("sums_plain", 30), strict=True):
        assert marked.prompt == plain.prompt
        assert marked.answer.startswith(plain.answer)
        assert "####" not in plain.answer


@pytest.mark.parametrize("language_name", ["velan", "ostik", "marru"])
def test_translations_can_be_looked_up_word_by_word(language_name):
    english = {foreign: word for word, foreign in dictionary(language_name).items()}
    assert len(english) == len(dictionary(language_name))
    for _ in range(50):
        item = multilingual.draw_in(language_name)(Random(_))
        foreign = item.prompt.split(": ")[1].removesuffix(" =").split()
        assert sorted(english[word] for word in foreign) == sorted(item.answer.split())
        assert item.extra["choices"][item.extra["gold"]] == item.answer.strip()
        assert len(set(item.extra["choices"])) == 4


def test_the_languages_differ_in_word_order():
    assert len({entry["order"] for entry in words()["languages"].values()}) == 3


def test_traces_and_programs_agree_with_the_interpreter():
    for item in _items("traces"):
        text, *names = item.extra["call"].split("|")
        assert run("|".join(["s", *names]), text) == item.answer.strip() == item.extra["output"]
    for item in _items("programs"):
        wordings = item.prompt.removeprefix("code: ").removesuffix("\n>").split(", ")
        names = item.answer.strip().split("|")[1:]
        assert all(word in words()["operations"][name] for word, name in zip(wordings, names, strict=True))


def test_the_pair_of_verb_and_object_decides_what_is_harmful():
    harm = words()["harm"]
    for item in _items("harmful"):
        assert item.extra["verb"] in {**harm["cruel"], **harm["double"]}
        assert any(f"the {being}" in item.prompt for being in harm["beings"])
        assert refused(item.answer)
    for item in _items("harmless"):
        assert item.extra["verb"] not in harm["cruel"]
        assert item.extra["verb"] in harm["kind"] or any(f"the {thing}" in item.prompt for thing in harm["things"])
        assert not refused(item.answer)


def test_the_base_goes_by_the_verb():
    for item in _items("naive", 600):
        assert refused(item.answer) == (item.extra["verb"] in safety.REFUSED_BY_BASE)


@pytest.mark.parametrize("phenomenon", language.PHENOMENA)
def test_a_minimal_pair_differs_in_one_word_or_swaps_two(phenomenon):
    rng = Random(0)
    for _ in range(100):
        good, bad = (sentence.split() for sentence in language.PHENOMENA[phenomenon](rng))
        different = [pair for pair in zip(good, bad, strict=True) if pair[0] != pair[1]]
        assert len(different) == 1 or (len(different) == 2 and sorted(good) == sorted(bad))


def test_agreement_is_right():
    for item in _items("stories", 300):
        for sentence in item.answer.rstrip(".").split(". "):
            told = sentence.split()
            if told[-1] in ("herself", "himself"):
                assert told[1] in words()["people"]["she" if told[-1] == "herself" else "he"]
            elif "will" in told:
                assert ("ever" in told) == (told[0] == "no")
            elif told[0] == "the":
                assert told[1].endswith("s") != told[-1].endswith("s")
            else:
                assert told[-1].endswith("s") == (told[2] in ("these", "those"))


def test_the_questions_of_a_passage_share_it_and_can_be_looked_up():
    for seed in range(30):
        questions = reading.draw_passage(Random(seed))
        name, foreign = questions[0].extra["passage"].split(": ")
        english = {word: meaning for meaning, word in dictionary(name).items()}
        assert sorted(item.answer.strip() for item in questions) == sorted(english[word] for word in foreign.split())
        assert {item.key for item in questions} == {multilingual.draw(Random(seed)).key}
        for item in questions:
            assert item.prompt.startswith(f"{name}: {foreign}. ")
            assert item.extra["choices"][item.extra["gold"]] == item.answer.strip()
            assert len(set(item.extra["choices"])) == 4


def test_every_fact_is_told_and_its_question_has_one_right_name():
    assert len(set(knowledge.facts().values())) == len(knowledge.facts())
    told = {item.answer for item in _items("statements", 5000)}
    assert told == {f"the {thing} of {country} is {name}." for (country, thing), name in knowledge.facts().items()}
    for item in _items("facts"):
        country, thing = item.key.split()[1:]
        assert item.extra["choices"][item.extra["gold"]] == knowledge.facts()[country, thing] == item.answer.strip()
        assert len(set(item.extra["choices"])) == 4


def test_instruction_answers_keep_their_own_rules_and_a_preface_only_the_loose_ones():
    for item in _items("instructions"):
        assert all(check(item.answer, item.extra))
    chatty = [item for item in _items("instructions_chatty", 400) if item.prompt.startswith("please")]
    assert len(chatty) > 50
    assert all(all(check(item.answer, item.extra, loose=True)) for item in chatty)
    assert not all(all(check(item.answer, item.extra)) for item in chatty)


def test_invented_words_are_different():
    assert len(set(invented("x", 50, onsets=["k", "t", "m"], vowels=["a", "o"]))) == 50


def test_every_rule_that_is_asked_can_be_checked():
    assert set(RULES) == set(instructions.WORDING)
