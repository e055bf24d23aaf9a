"""A file goes through the same door as in a collection: look, choose a reader, read."""

from pathlib import Path
from typing import NamedTuple

import pytest

from mergekit_eval.readers._base import Context, Readout, Refused, Skipped, choose
from mergekit_eval.readers._head import Head
from mergekit_eval.registry import load_registry
from tests import lab


class Outcome(NamedTuple):
    """What became of a file: read (with a readout), refused, skipped or unread, by which reader and why."""

    status: str
    reader: str
    why: str
    readout: Readout

    @property
    def scores(self) -> list[dict]:
        return self.readout.scores

    @property
    def problems(self) -> list[str]:
        return [row["kind"] for row in self.readout.problems]

    def value(self, task: str, metric: str, filter: str = "none", model: str | None = None) -> float:
        found = [
            row["value"]
            for row in self.scores
            if (row["task_name"], row["metric"], row.get("filter", "none")) == (task, metric, filter)
            and (model is None or row.get("model_name", "") == model)
        ]
        assert len(found) == 1, f"{len(found)} rows of {task} {metric} {filter} {model}"
        return found[0]

    def items(self, **where: str) -> list[float]:
        rows = self.readout.items.to_pylist() if self.readout.items is not None else []
        return [row["value"] for row in rows if all(row[key] == value for key, value in where.items())]


@pytest.fixture(scope="session")
def registry():
    return load_registry()


@pytest.fixture(scope="session")
def look(registry):
    """Return the outcome of one file; anything a reader raises but its two words is an error of the reader."""

    def outcome(path: Path, name: str = "") -> Outcome:
        head = Head(path, name)
        reader, why = choose(head)
        nothing = Readout([])
        if reader is None:
            return Outcome("unread", "", why, nothing)
        if why:
            return Outcome("refused", reader.NAME, why, nothing)
        try:
            return Outcome("read", reader.NAME, "", reader.read(path, head, Context(registry)))
        except Refused as reason:
            return Outcome("refused", reader.NAME, str(reason), nothing)
        except Skipped as reason:
            return Outcome("skipped", reader.NAME, str(reason), nothing)

    return outcome


@pytest.fixture
def write(tmp_path):
    """Write a file of this name into ``tmp_path``, and return the path."""
    return lambda name, content: lab.write(tmp_path / name, content)
