"""One printed cell: the number, its error and its percent sign, whatever stands around it."""

import math

import pytest

from mergekit_eval.readers._cells import blank, cell, plain


@pytest.mark.parametrize(
    ("text", "value", "stderr", "percent"),
    [
        ("65.3", 65.3, None, False),
        ("65.3%", 65.3, None, True),
        ("65.3 %", 65.3, None, True),
        ("65.3 ± 1.4", 65.3, 1.4, False),
        ("65.3±1.4%", 65.3, 1.4, True),
        ("65.3% ± 1.4%", 65.3, 1.4, True),
        ("65.3 +/- 1.4", 65.3, 1.4, False),
        ("65.3 +- 1.4", 65.3, 1.4, False),
        (r"$65.3 \pm 1.4$", 65.3, 1.4, False),
        ("65.3 (1.4)", 65.3, 1.4, False),
        ("65.3 (±1.4)", 65.3, 1.4, False),
        ("65.3 (± 2)", 65.3, 2, False),
        ("0.551 (0.0145)", 0.551, 0.0145, False),
        ("65.3% (1.4%)", 65.3, 1.4, True),
        ("71.2 (5)", 71.2, None, False),
        ("65.3 (+1.2)", 65.3, None, False),
        ("65.3 (-1.2)", 65.3, None, False),
        ("65.3 [63.1, 67.5]", 65.3, None, False),
        ("82.00 (7/8)", 82.0, None, False),
        ("**65.3**", 65.3, None, False),
        ("**65.3** ± 1.4", 65.3, 1.4, False),
        ("<u>65.3</u>", 65.3, None, False),
        (r"\textbf{65.3}", 65.3, None, False),
        ("65.3*", 65.3, None, False),
        ("65.3†", 65.3, None, False),
        ("−0.2", -0.2, None, False),
        ("1e-3", 0.001, None, False),
        (".5", 0.5, None, False),
    ],
)
def test_numbers_with_what_people_write_around_them(text, value, stderr, percent):
    found = cell(text)
    assert (found.value, found.percent) == (value, percent)
    assert math.isnan(found.stderr) if stderr is None else found.stderr == stderr


@pytest.mark.parametrize(
    "text", ["", "-", "n/a", "nan", "good", "65,3", "1_000", "65.3 66.1", "65.3 ± x", "7B", "2024-01-02"]
)
def test_what_is_no_number_gives_none(text):
    assert cell(text).value is None


def test_blank_cells_are_told_from_odd_ones():
    assert all(map(blank, ("", " - ", "N/A", "—", "**-**")))
    assert not any(map(blank, ("good", "65,3")))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[org/m](https://x.y/org/m)", "org/m"),
        ('<a href="https://x.y">org__m</a>', "org__m"),
        ("**org/m_v1**", "org/m_v1"),
        ("`a`", "a"),
        ("org__m__v2", "org__m__v2"),
        ("A &amp; B", "A & B"),
    ],
)
def test_names_lose_links_tags_and_emphasis_and_nothing_else(text, name):
    assert plain(text) == name
