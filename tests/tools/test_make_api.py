"""The page of public names is made from the code, and every name on it has a docstring and exists."""

import re

import mergekit_eval
from tests.conftest import CHECKOUT
from tools import make_api


def test_the_page_is_as_the_code_makes_it():
    assert (CHECKOUT / "docs" / "api.md").read_text(encoding="utf-8") == make_api.page(), "run python -m tools.make_api"


def test_every_public_name_is_there_with_a_sentence():
    lines = make_api.page().splitlines()
    named = {match[1] for line in lines if (match := re.match(r"- `me\.(\w+)", line))}
    assert {name for name in dir(mergekit_eval) if callable(getattr(mergekit_eval, name))} <= named
    assert all(re.search(r"`: \S.*\S$", line) for line in lines if line.startswith("- `"))


def test_a_signature_names_its_parameters_and_which_may_be_left_out():
    def example(first, *others, level=0.95, **more):
        """Return nothing."""

    assert make_api.signature(example) == "(first, *others, level=..., **more)"
    assert make_api.signature(property(example)) == ""
