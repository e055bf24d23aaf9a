import jinja2
import pytest
from markupsafe import Markup

from mergekit_eval.show.templates import escaping, template


def test_what_is_no_markup_is_escaped_and_markup_stays():
    finalize = escaping(lambda value: str(value).replace("_", "-"))
    assert finalize("a_b") == Markup("a-b")
    assert finalize(Markup("a_b")) == Markup("a_b")


def test_a_value_that_is_missing_is_an_error_and_not_an_empty_place():
    with pytest.raises(jinja2.UndefinedError, match="grid"):
        template("paper.md", str).render(caption="")


def test_text_that_its_finalize_leaves_alone_is_escaped_for_html():
    page = template("report.html", lambda value: value).render(
        title="<b>", notice="", summary=[], verdicts=None, axis=("", ""), sections=[], problems=None,
        problem_count=0, provenance="", links=[])  # fmt: skip
    assert "<h1>&lt;b&gt;</h1>" in page
