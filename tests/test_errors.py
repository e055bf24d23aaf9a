import errno
import os

import pytest

from mergekit_eval import errors
from mergekit_eval.errors import NO_ROOM, KitError, advice, explain, unknown


def test_a_message_says_place_key_value_what_is_allowed_and_what_to_do():
    assert explain("s.yaml", "merges.x.method", "tise", "ties, slerp") == (
        "s.yaml: merges.x.method = 'tise'; allowed: ties, slerp."
    )
    assert explain("s.yaml", "k", 3, "a text", "Quote it.") == "s.yaml: k = 3; allowed: a text. Quote it."


def test_a_hostile_value_neither_breaks_the_line_nor_floods_it():
    assert "\n" not in explain("f", "k", "a\nb\x1b[31m", "c") and "\x1b" not in explain("f", "k", "\x1b", "c")
    shown = explain("f", "k", "x" * 5000, "c").removeprefix("f: k = ").removesuffix("; allowed: c.")
    assert len(shown) == 200 and shown.endswith("...")


@pytest.mark.parametrize("number", NO_ROOM)
def test_a_disk_that_takes_no_more_has_an_advice(number):
    assert "Free space" in advice(f"OSError: [Errno {number}] {os.strerror(number)}: 'x'")


def test_other_reasons_have_none():
    assert advice(os.strerror(errno.ENOENT)) == "" and advice("") == ""


def test_what_a_person_can_act_on_has_one_base():
    found = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    assert found == {"KitError", "StudyError", "DataError", "RunError", "ParameterError"}
    assert all(issubclass(getattr(errors, name), KitError) for name in found)


def test_the_nearest_name_is_proposed_where_one_is_near():
    assert unknown("f", "k", "alfa", ["alpha", "beta"]) == (
        "f: k: 'alfa' is not known; allowed: alpha, beta. Did you mean 'alpha'?"
    )
    assert unknown("f", "k", "zzz", ["alpha"]).endswith("allowed: alpha.")
