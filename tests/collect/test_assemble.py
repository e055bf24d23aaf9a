"""From the records of files to tables: what is said of many tasks is one row, and every file is counted."""

import gc

import pytest

from mergekit_eval.collect import assemble as module
from mergekit_eval.collect.assemble import assemble, census
from mergekit_eval.collect.read_file import Record
from mergekit_eval.readers._base import TODO, problem
from mergekit_eval.registry import load_registry


def record(name, status="read", reader="r", **more):
    return Record(f"/lab/{name}", name, status, reader, **more)


def assembled(*records):
    return assemble(list(records), load_registry(), None, "newest", lambda wanted: [])


def test_every_file_is_counted_in_all_and_by_reader():
    counted = census([record("a"), record("b", "refused"), record("c", "unread", ""), record("d", "read", "q")])
    nothing = {"read": 0, "refused": 0, "unread": 0, "skipped": 0}
    assert counted == nothing | {"files": 4, "read": 2, "refused": 1, "unread": 1} | {
        "by_reader": {"none": nothing | {"unread": 1}, "q": nothing | {"read": 1},
                      "r": nothing | {"read": 1, "refused": 1}}
    }  # fmt: skip


def test_problems_are_sorted_by_file_and_say_what_to_do():
    first = record("b", problems=[problem("link", "one"), problem("note", "two", "look")])
    problems = assembled(first, record("a", problems=[problem("scale", "three")]))[2]
    assert problems[["file", "kind", "todo"]].to_numpy().tolist() == [
        ["/lab/a", "scale", TODO["scale"]], ["/lab/b", "link", TODO["link"]], ["/lab/b", "note", "look"]
    ]  # fmt: skip


def test_what_is_said_of_many_tasks_is_one_row_with_their_number_and_names():
    tasks = [f"task_{number:02d}" for number in range(14)]
    said = [problem("note", "no chance is known for", task=task) for task in tasks]
    problems = assembled(record("a", problems=said[:10]), record("b", problems=said[8:]))[2]
    (row,) = problems.to_dict("records")
    named = "; ".join(tasks[:12])
    assert row["message"] == f"14 tasks: no chance is known for {named}; and 2 more (and in 1 more files)"
    assert row["file"] == "/lab/a"


def test_the_search_for_garbage_is_on_again_whatever_happens(monkeypatch):
    def fails(*given):
        assert not gc.isenabled()
        raise OSError("x")

    monkeypatch.setattr(module, "_assemble", fails)
    with pytest.raises(OSError, match="x"):
        assembled()
    assert gc.isenabled()
