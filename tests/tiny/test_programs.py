"""The string language: programs do what their names say, and a hostile one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergekit_eval.tiny.programs import OPERATIONS, passes, run


@given(st.text(max_size=40))
def test_a_hostile_program_is_refused_and_never_run(text):
    try:
        result = run(text, "abc")
    except ValueError:
        result = None
    known = text.strip().split("|")
    assert (result is not None) == (known[0] == "s" and len(known) <= 9 and set(known[1:]) <= set(OPERATIONS))


@pytest.mark.parametrize(
    ("program", "output"),
    [
        ("s", "abcd"),
        ("s|rev", "dcba"),
        ("s|dup|cut", "abcdabc"),
        ("s|pop|cap", "BCD"),
        ("s|star|dash", "*abcd-"),
        ("s|swp", "dbca"),
    ],
)
def test_programs_do_what_their_names_say(program, output):
    assert run(program, "abcd") == output


def test_another_program_with_the_same_effect_passes():
    assert passes("s|rev|rev|cap", "s|cap", ["abc"])
    assert not passes("s|rev", "s|cap", ["abc"])
    assert not passes("import os", "s|cap", ["abc"])
    assert not passes("s" + "|dup" * 50, "s|cap", ["abc"])
