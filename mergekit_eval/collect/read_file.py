"""Read one file completely: choose its reader, take its rows, complete them from the registry, survive anything."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from mergekit_eval.collect.facts import complete
from mergekit_eval.collect.item_encoding import compact
from mergekit_eval.collect.walk import Found
from mergekit_eval.readers._base import Context, Readout, Refused, Skipped, choose, problem, shown
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._limits import OverLimit
from mergekit_eval.readers._text_scores import scores_in

LONGEST = 100_000
_LARGEST = 2**63 - 1
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
TEXT_TODO = "write them as a table: one column of models, one per benchmark (CSV, Markdown), or collect their JSON"
Row = dict[str, Any]
STATUSES = ("read", "refused", "unread", "skipped")
# Endings, and names without one, of what lies beside results; they only count where no reader claims the content.
NO_RESULT = frozenset(
    """.md .rst .txt .py .pyc .sh .slurm .sbatch .log .out .err .html .css .js .ts .c .h .cpp .cu .rs .go .java .pdf
    .docx .png .svg .jpg .jpeg .gif .webp .ico .eps .mp4 .wav .tex .bib .bst .sty .ipynb .toml .cfg .ini .conf .lock
    .cff .safetensors .bin .pt .pth .ckpt .gguf .ggml .onnx .h5 .model .spm .npy .npz .pkl .pickle .joblib .msgpack
    .arrow .yaml .yml .jinja .j2 .patch .diff .bak .swp .db .sqlite .so .o .whl""".split()
)
# Endings under which a damaged result may stand.
DUMPS = frozenset(".txt .log .out .err .bak".split())
NO_RESULT_NAMES = frozenset(
    """license licence copying notice authors contributors codeowners citation readme changelog todo makefile dockerfile
    procfile vagrantfile jenkinsfile gemfile cname py.typed requirements cachedir.tag .ds_store .gitkeep""".split()
)


@dataclass
class Record:
    """What became of one file; everything but ``items`` is plain data that msgpack can hold.

    ``series`` says what the numbers in ``items["series"]`` stand for, see `compact.compact`. ``part`` names the file in
    the store that holds the items instead, if there is a store, and ``rows`` is their (start, count) in it;
    ``packed`` is the record as it is stored.
    """

    path: str
    name: str
    status: str
    reader: str = ""
    scores: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    series: list[list[Any]] = field(default_factory=list)
    items: pa.Table | None = None
    part: str = ""
    rows: list[int] = field(default_factory=list)
    packed: bytes = b""

    @property
    def shown(self) -> str:
        """The path as text that a table can hold."""
        return clean(self.path)


def read_file(file: Found, registry: Any) -> Record:
    """Return the record of a file; raises nothing on its content but `MemoryError`."""
    if file.trouble:
        return _left(file, "unread", "", file.trouble, file.kind)
    name = ""
    try:
        head = Head(Path(file.path), file.name)
        reader, reason = choose(head)
        name = reader.NAME if reader else ""
        if reason or reader is None:
            return _unclaimed(file, head, name, reason)
        return _taken(file, name, reader.read(head.path, head, Context(registry)), registry)
    except Skipped as no_result:
        left = _skipped(file, head, str(no_result))
        return replace(left, facts=left.facts | cleaned(no_result.facts))
    except OverLimit as error:
        return _left(file, "unread", "", str(error), "limit")
    except MemoryError:
        raise
    except Refused as error:
        return _left(file, "refused", name, str(error))
    except OSError as error:
        return _left(file, "unread", "", f"cannot be read: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001 - hostile content may raise anything; it ends as a problem
        return _left(file, "unread", name, f"{type(error).__name__}: {error}"[:300], "broken")


def _unclaimed(file: Found, head: Head, reader: str, reason: str) -> Record:
    if reader:
        return _left(file, "refused", reader, reason)
    like_json = head.kind in ("object", "array", "lines")
    doubtful = like_json and (not head.broken or Path(file.name).suffix.lower() in DUMPS)
    if not doubtful and ((what := _no_result(file.name)) or scores_in(head)):
        return _skipped(file, head, f"no result ({what})")
    kind = {"pointer": "pointer"}.get(head.kind, "broken" if head.broken else "unread")
    return _left(file, "unread", "", reason, kind)


def _skipped(file: Found, head: Head, reason: str) -> Record:
    """Return the record of what is no result; a text that shows scores is never that, but unread."""
    if names := scores_in(head):
        text = f"scores in a text that no reader takes: {shown(', '.join(names))}"
        left = _left(file, "unread", "", text)
        return replace(left, problems=[left.problems[0] | {"todo": TEXT_TODO}])
    return _left(file, "skipped", "", reason)


def _no_result(name: str) -> str:
    """Return the ending or the name that says that a file is no result, "" where it says nothing."""
    path = PurePosixPath(name.lower())
    hidden = path.stem.startswith(".") and not path.suffix  # .gitignore, .env
    if path.suffix in NO_RESULT or hidden or ".tfevents." in path.name:
        return path.suffix or path.name
    return path.name if {path.name, path.stem} & NO_RESULT_NAMES else ""


def not_read(file: Found | Record, reason: str, kind: str) -> Record:
    """Return the record of a file that could not be read, which is a problem of a kind."""
    return _left(file, "unread", "", reason, kind)


def _left(file: Found | Record, status: str, reader: str, reason: str, kind: str = "") -> Record:
    if status == "skipped":
        return Record(file.path, file.name, status, reader, facts={"reason": reason})
    found = problem(kind or status, clean(reason))
    return Record(file.path, file.name, status, reader, problems=[found], facts={"reason": clean(reason)})


def _taken(file: Found, reader: str, readout: Readout, registry: Any) -> Record:
    problems = list(readout.problems)
    scores = complete(_clean_rows(readout.scores), registry, problems)
    items, series = (None, []) if readout.items is None or not readout.items.num_rows else compact(readout.items)
    problems, facts = cleaned(problems), cleaned(readout.facts)
    return Record(file.path, file.name, "read", reader, scores, problems, facts, cleaned(series), items)


def _clean_rows(rows: list[Row]) -> list[Row]:
    """Return copies of the rows of a reader, their cells `cleaned`; of some forty nearly all repeat those of others."""
    cells: Iterable[Any] = chain.from_iterable(row.values() for row in rows)
    with suppress(TypeError):  # a cell that is a list or a mapping has no hash
        if all(map(_is_clean, set(cells))):
            return [dict(row) for row in rows]
    return [{key: cleaned(value) for key, value in row.items()} for row in rows]


def _is_clean(cell: str | float | None) -> bool:
    if isinstance(cell, str):
        return len(cell) <= LONGEST and cell.isprintable()
    return cell is None or not abs(cell) > _LARGEST


def cleaned(value: Any) -> Any:
    """Return what a reader gives (lists and mappings of plain values) with every text `clean`.

    Whole numbers that no table can hold become text, too.
    """
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {cleaned(key): cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(inner) for inner in value]
    return str(value) if isinstance(value, int) and abs(value) > _LARGEST else value


def clean(text: str) -> str:
    """Return text that every table, terminal and page can hold.

    Half of a surrogate pair and control characters (all but new line and tab) are written as their escapes; a text of
    more than `LONGEST` characters is cut, its digest still tells it apart.
    """
    if not text.isprintable():
        text = _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)
    return text if len(text) <= LONGEST else _shortened(text)


def _shortened(text: str) -> str:
    """Return the start, the length and a digest of a text; JSON stays JSON."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    told = f"{text[:100]}... ({len(text):,} characters, sha256 {digest})"
    return {"{": json.dumps({"shortened": told}), "[": json.dumps([told])}.get(text[:1], told)
