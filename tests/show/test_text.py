import html
import re
import string

import matplotlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font

from mergekit_eval.show import text

HOSTILE = [
    "",
    "a\nb",
    "$x$",
    "<script>alert(1)</script>",
    "中文",
    "a\u202eb",
    "\x1b[31m",
    "_&%#{}~^\\",
    "=1+1",
    "🦙" * 40,
]


def test_short_names_keep_what_distinguishes() -> None:
    short = text.short_names(
        ["lab/Llama-3-8B-Instruct-merge-ties-w0.5", "lab/Llama-3-8B-Instruct-merge-slerp-w0.5"], 20
    )
    assert all(len(name) <= 20 for name in short.values())
    assert "ties" in short["lab/Llama-3-8B-Instruct-merge-ties-w0.5"]
    assert "slerp" in short["lab/Llama-3-8B-Instruct-merge-slerp-w0.5"]


def test_an_owner_stays_where_it_is_the_only_difference() -> None:
    short = text.short_names(["alice/Model-7B-with-a-long-name", "bob/Model-7B-with-a-long-name"], 14)
    assert len(set(short.values())) == 2


def test_names_that_fit_are_left_alone() -> None:
    assert text.short_names(["org/a", "b"]) == {"org/a": "org/a", "b": "b"}


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.text(max_size=60), unique=True, max_size=30), st.integers(5, 40))
def test_short_names_are_unique_and_on_one_line(names: list[str], limit: int) -> None:
    short = text.short_names(names, limit)
    assert list(short) == names
    assert len(set(short.values())) == len(names)
    assert all(name.isprintable() for name in short.values())


@settings(deadline=None)
@given(st.lists(st.text(string.ascii_letters + "-/_.", min_size=1, max_size=80), unique=True, min_size=1, max_size=8))
def test_short_names_are_short_where_that_is_possible(names: list[str]) -> None:
    assert all(len(name) <= 90 for name in text.short_names(names, 24).values())
    assert all(len(name) <= 24 for name in text.short_names([f"{n:03d}-" + "x" * 90 for n in range(50)], 24).values())


@settings(deadline=None)
@given(st.text())
def test_one_line_has_no_invisible_character(raw: str) -> None:
    assert text.one_line(raw).isprintable() or text.one_line(raw) == ""


@pytest.mark.parametrize("font", ["DejaVu Sans", "STIXGeneral"])
@settings(deadline=None)
@given(raw=st.text())
def test_plain_text_is_drawable(font: str, raw: str) -> None:
    glyphs = set(FT2Font(findfont(FontProperties(family=font))).get_charmap())
    with matplotlib.rc_context({"font.family": [font], "text.parse_math": False}):
        assert all(ord(char) in glyphs for char in text.plain(raw))


def test_plain_text_is_never_maths() -> None:
    with matplotlib.rc_context({"text.parse_math": True}):
        assert text.plain("$x_1$") == r"\$x_1\$"
    with matplotlib.rc_context({"text.usetex": True}):
        assert text.plain("a_b") == r"a\_b"


@settings(deadline=None)
@given(st.text())
def test_latex_leaves_no_special_character_bare(raw: str) -> None:
    shown = text.latex(raw)
    assert not re.search(r"(?<!\\)[&%#_$]", shown)
    assert shown.count("{") - shown.count(r"\{") == shown.count("}") - shown.count(r"\}")
    assert all(ord(char) < 256 for char in shown)


@settings(deadline=None)
@given(st.text())
def test_html_round_trips_and_holds_no_markup(raw: str) -> None:
    shown = text.html(raw)
    assert not set("<>\"'") & set(shown)
    assert html.unescape(shown) == text.one_line(raw)


@settings(deadline=None)
@given(st.text(string.printable))
def test_markdown_breaks_no_table(raw: str) -> None:
    shown = text.markdown(raw)
    assert not re.search(r"(?<!\\)(\\\\)*\|", shown)
    assert "<" not in shown
    assert "\n" not in shown


def test_a_series_of_long_names_keeps_one_shape() -> None:
    series = [f"Meta-Llama-3-8B-Instruct-{method}-w0.5" for method in ("ties", "slerp", "dare_linear")]
    short = text.short_names(["base", *series], 18)
    assert list(short.values()) == ["base", "…ties-w0.5", "…slerp-w0.5", "…dare_linear-w0.5"]
    ambiguous = text.short_names(["ties-w0.5", *series], 18)
    assert len(set(ambiguous.values())) == 4
    assert ambiguous[series[0]] != "…ties-w0.5"
