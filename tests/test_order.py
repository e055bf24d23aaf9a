"""Two workers end together: each begins with long tests."""

from types import SimpleNamespace

from tests.conftest import longest_first


def test_each_part_begins_with_long_files_and_none_is_lost():
    marks = {"a": [], "b": ["slow"], "c": ["system"], "d": [], "e": ["slow"]}
    items = [
        SimpleNamespace(nodeid=f"{file}::{i}", keywords=set(mark)) for file, mark in marks.items() for i in range(2)
    ]
    first, second = "c::0 c::1 e::0 e::1 a::0", "b::0 b::1 a::1 d::0 d::1"
    assert [item.nodeid for item in longest_first(items, 2)] == f"{first} {second}".split()
