"""Files of people: what is kept of every mistake while a file is read."""

from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from mergekit_eval.errors import StudyError
from mergekit_eval.run.suites import Suite, TaskSpec
from mergekit_eval.strict import Amount, Reading, Share, Text, load_yaml, one_of
from mergekit_eval.study import Analysis, Backend, Merge, Model, StudyFile


class Part(msgspec.Struct):
    word: Annotated[str, one_of("a.b", "c")]
    share: Annotated[Share, Meta(description="a share")] = 0.5


class Whole(msgspec.Struct):
    part: Annotated[Part, Meta(description="a part")]
    parts: Annotated[tuple[Part, ...], Meta(description="some parts", min_length=1)]
    title: Annotated[Text, Meta(description="a title")] = ""
    amount: Annotated[Amount | None, Meta(description="an amount")] = None
    file: Annotated[Path | None, Meta(description="a file")] = None


def read(raw, folder="."):
    reading = Reading(Path(folder) / "x.yaml")
    return reading.struct(raw, Whole), reading.mistakes


def test_what_is_right_is_read_without_a_mistake(tmp_path):
    raw = {"part": {"word": "c"}, "parts": [{"word": "a.b", "share": 0.1}], "amount": 3, "file": "a/b"}
    whole, mistakes = read(raw, tmp_path)
    assert not mistakes
    assert whole == Whole(Part("c"), (Part("a.b", 0.1),), amount=3, file=Path("a/b"))


@pytest.mark.parametrize(
    ("change", "key", "said"),
    [
        ({"part": {"word": "axb"}}, "part.word", "'axb'; allowed: a.b, c."),
        ({"part": {"word": "c\n"}}, "part.word", "allowed: a.b, c."),
        ({"part": {}}, "part.word", "is missing; allowed: a.b, c."),
        ({"part": None}, "part", "None; allowed: a mapping with the keys word, share."),
        ({"parts": []}, "parts", "[]; allowed: some parts."),
        ({"parts": {"word": "c"}}, "parts", "allowed: some parts."),
        ({"parts": [{"word": "c"}, {"word": "c", "share": 1}]}, "parts[1].share", "1; allowed: a share."),
        ({"parts": [{"word": "c", "share": float("nan")}]}, "parts[0].share", "nan; allowed: a share."),
        ({"title": " "}, "title", "' '; allowed: a title."),
        ({"title": 5}, "title", "5; allowed: a title."),
        ({"amount": True}, "amount", "True; allowed: an amount."),
        ({"amount": 0}, "amount", "0; allowed: an amount."),
        ({"file": ""}, "file", "''; allowed: a file."),
        ({"titel": "x"}, "titel", "Did you mean 'title'?"),
        ({5: "x"}, "5", "'5' is not known; allowed: part, parts, title, amount, file."),
    ],
)
def test_a_mistake_is_kept_with_its_key_its_value_and_what_is_allowed(change, key, said):
    _, mistakes = read({"part": {"word": "c"}, "parts": [{"word": "c"}]} | change)
    assert list(mistakes) == [key]
    assert mistakes[key].startswith("x.yaml: ") and key in mistakes[key] and said in mistakes[key]


def test_what_should_exist_is_looked_for_in_its_folder(tmp_path):
    reading = Reading(tmp_path / "x.yaml")
    assert reading.existing("a", tmp_path, Path()) == tmp_path and not reading.mistakes
    reading.existing("b", tmp_path, Path("gone"))
    assert (
        f"b = 'gone'; allowed: an existing file or folder. Nothing is at {tmp_path / 'gone'}."
        in (reading.mistakes["b"])
    )


def test_a_mistake_that_follows_from_another_is_not_kept():
    reading = Reading(Path("x.yaml"))
    reading.wrong("a", 1, "first")
    reading.wrong("a", 2, "second")
    reading.wrong("a.b", 3, "below")
    reading.unknown("ab", "x", ["y"])
    assert list(reading.mistakes) == ["a", "ab"] and "first" in reading.mistakes["a"]
    with pytest.raises(StudyError, match=r"first\.\nx\.yaml: ab"):
        reading.finish()


@pytest.mark.parametrize("kind", [Analysis, Backend, Merge, Model, StudyFile, Suite, TaskSpec])
def test_every_key_of_a_file_says_what_is_allowed(kind):
    fields = [field for field in msgspec.structs.fields(kind) if hasattr(field.type, "__metadata__")]
    assert {f.name for f in msgspec.structs.fields(kind)} - {f.name for f in fields} <= {"name", "file"}
    assert all(field.type.__metadata__[-1].description for field in fields)


def test_the_defaults_of_a_study_are_values_it_would_allow():
    for kind in (Analysis, Backend):
        assert msgspec.convert(msgspec.structs.asdict(kind()), kind) == kind()


def test_yaml_with_a_key_written_twice_is_refused(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("a: {b: 1, b: 2}\n")
    with pytest.raises(StudyError, match="key 'b' is written twice"):
        load_yaml(file)
