"""Whether `collect` survives what strangers send: damaged files of every format, bombs, links, pipes, kills.

    python -m benchmarks.fuzz [--files 10000] [--kills 15] [--seed 1] [--examples DIR]

The examples are the files that the tests of the readers write, found by running these tests, so a new reader is in it
as soon as it has tests. They are damaged, laid into folders together with what is no file at all, and collected by the
command. Printed are files by what became of them, tracebacks, files lost (without a line in the census, or unread
without a problem), and the peak memory of all processes together; then the command is killed again and again, and must
end with the same tables and nothing left behind. Exit code 1 where a promise does not hold. Linux only.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CHECKOUT = Path(__file__).resolve().parent.parent
PER_FOLDER = 500
PER_READER = 30
LARGEST = 1 << 16
PEAK_MB = 1000
SEEDS = "MERGEKIT_EVAL_FUZZ_SEEDS"
COMMAND = [sys.executable, "-c", "from mergekit_eval.cli import main; main()", "collect"]
VALUES = [None, True, 0, -1, 10**400, 2**70, 1e308, float("nan"), float("inf"), "1e999", "", "\x00", "\ud800"]
VALUES += ["a\udfffb", "=1+1", "\x1b[31m", "x" * 300_000, "../../etc", [], {}, [[]], {"": {}}, {"\ud83d": "\ude00"}]
KEYS = ["", "\ud800", "results\udc00", "\x00", "k" * 100_000, "\u202e", "all", "config"]
TOKENS = [b"\\ud800", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3\x28", b"\xed\xa0\x80", b"9" * 5000, b"[" * 100_000]
TOKENS += [b'{"a":' * 100_000, b"NaN", b"-Infinity", b"1e999", b"null", b'"', b"{}", b"\n", b",", b"}", b"|", b"PAR1"]


class Example(NamedTuple):
    """A file of some format: the name its reader goes by, its path below the folder collected, its bytes."""

    reader: str
    name: str
    data: bytes


class Outcome(NamedTuple):
    """What became of one folder."""

    census: dict[str, Any]
    files: int
    lost: list[str]
    traceback: str
    peak: float
    seconds: float


def pytest_runtest_teardown(item: Any) -> None:
    """Keep what a test has written, by reader: this module is a plugin of the test run that looks for examples."""
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if folder is None or SEEDS not in os.environ:
        return
    from mergekit_eval.collect.walk import walk
    from mergekit_eval.readers._base import choose
    from mergekit_eval.readers._head import Head

    for file in walk(folder):
        with suppress(Exception):
            path = Path(file.path)
            if file.trouble or not 0 < file.size <= LARGEST or "out" in path.relative_to(folder).parts:
                continue
            reader, _ = choose(Head(path, path.relative_to(folder).as_posix()))
            home = Path(os.environ[SEEDS]) / (reader.NAME if reader else "none").replace("/", "_")
            data = path.read_bytes()
            place = home / hashlib.sha256(data).hexdigest()[:12]
            if not place.exists() and (not home.is_dir() or len(list(home.iterdir())) < PER_READER):
                target = place / path.relative_to(folder)
                target.parent.mkdir(parents=True)
                target.write_bytes(data)


def examples(folder: Path) -> list[Example]:
    """Return the examples in a folder, after a run of the tests that write them if there are none."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "benchmarks.fuzz", "-m", "not real_data and not slow"]
        command += ["-k", "not fuzz and not hostile and not attack", "tests/readers", "tests/collect"]
        told = os.environ | {SEEDS: str(folder)}
        subprocess.run(command, cwd=CHECKOUT, env=told, stdout=subprocess.DEVNULL, check=True)
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            reader, _, *rest = path.relative_to(folder).parts
            found.append(Example(reader, "/".join(rest), path.read_bytes()))
    return found


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes of a file after some damage."""
    for _ in range(rng.choice([0, 1, 1, 1, 2, 4])):
        place, length = rng.randint(0, len(data)), rng.randint(0, 12)
        kind = rng.choice([*["value"] * 6, *["key"] * 2, *"cut token repeat drop swap flip utf16 twice".split()])
        if kind in ("value", "key"):
            data = _planted(data, kind, rng)
        elif kind == "utf16":
            data = data.decode("utf-8", "replace").encode("utf-16")
        elif kind == "flip":
            data = data[:place] + rng.randbytes(min(length, 4)) + data[place + min(length, 4) :]
        else:
            data = {
                "cut": data[:place],
                "token": data[:place] + rng.choice(TOKENS) + data[place + length :],
                "repeat": data[: place + length] + data[place:],
                "drop": data[:place] + data[place + length :],
                "swap": data[place:] + data[:place],
                "twice": data + data,
            }[kind]
    return data


def _planted(data: bytes, kind: str, rng: random.Random) -> bytes:
    """Replace a value or a key of JSON, of one line of JSON Lines, or a cell of a table."""
    lines = data.split(b"\n")
    try:
        document, number = json.loads(data), None
    except (ValueError, RecursionError):
        number = rng.randrange(len(lines))
        try:
            document = json.loads(lines[number])
        except (ValueError, RecursionError):
            cells = lines[number].split(b",")
            cells[rng.randrange(len(cells))] = str(rng.choice(VALUES)).encode("utf-8", "surrogatepass")
            return b"\n".join([*lines[:number], b",".join(cells), *lines[number + 1 :]])
    spots, todo = [], [document]
    while todo:
        one = todo.pop()
        inner = list(one.items()) if isinstance(one, dict) else list(enumerate(one)) if isinstance(one, list) else []
        spots += [(one, key) for key, _ in inner if kind == "value" or isinstance(one, dict)]
        todo += [below for _, below in inner]
    if spots:
        parent, key = rng.choice(spots)
        if kind == "value":
            parent[key] = rng.choice(VALUES)
        else:
            parent[rng.choice(KEYS)] = parent.pop(key)
    text = json.dumps(document).encode()
    return text if number is None else b"\n".join([*lines[:number], text, *lines[number + 1 :]])


def lay_out(folder: Path, count: int, found: list[Example], rng: random.Random) -> None:
    """Fill a folder with damaged examples, and with what is worse than damaged."""
    for number in range(count):
        example = rng.choice(found)
        path = folder / f"{number % 20}" / f"{number}" / example.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(damaged(example.data, rng))
    for name, make in {**BOMBS, **SPECIAL}.items():
        make(folder / name)


def _table(path: Path, columns: dict[str, pa.Array]) -> None:
    pq.write_table(pa.table(columns), path, compression="zstd", store_schema=False, row_group_size=1 << 30)


def _same(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), pa.array([text]))


def _long_texts(path: Path) -> None:
    _table(
        path, {k: _same("x" * 5_000_000, 1000) for k in ("model", "task", "metric")} | {"value": pa.array([0.5] * 1000)}
    )


def _many_rows(path: Path) -> None:
    _table(path, {k: _same("x", 10**7) for k in ("model", "task", "metric")} | {"value": pa.array(np.zeros(10**7))})


def _long_list(path: Path) -> None:
    inner = pa.ListArray.from_arrays(pa.array([0, 3 * 10**7], pa.int32()), pa.array(np.zeros(3 * 10**7)))
    _table(path, {k: pa.array([k]) for k in ("model", "task", "metric")} | {"value": pa.array([0.5]), "more": inner})


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name in ("header.json", "a\ud800.json", "../../x.json"):
            with made.open(name.encode("utf-8", "backslashreplace").decode(), "w", force_zip64=True) as member:
                member.write(b'{"eval": "')
                for _ in range(100):
                    member.write(b"x" * 1_000_000)
                member.write(b'"}')


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


ROW = '{"doc_id":%d,"doc":{},"target":"x","arguments":[],"resps":[],"filtered_resps":[],"acc":[%s1]}\n'
BOMBS: dict[str, Callable[[Path], Any]] = {
    "long_texts.parquet": _long_texts,
    "many_rows.parquet": _many_rows,
    "long_list.parquet": _long_list,
    "log.eval": _zip,
    "x.json.gz": lambda path: path.write_bytes(gzip.compress(b'{"results": 1}' + b" " * 50_000_000, 1)),
    "nested.json": lambda path: path.write_bytes(b'{"results":' * 300_000),
    "nested_list.json": lambda path: path.write_bytes(b"[" * 3_000_000),
    "empties.json": lambda path: path.write_bytes(b'{"results":[' + b"[]," * 9_000_000 + b"1]}"),
    "objects.json": lambda path: path.write_bytes(b"[" + b'{"a":{}},' * 3_000_000 + b"1]"),
    "samples_x_2025-01-01T00-00-00.0.jsonl": lambda path: path.write_text(
        "".join(ROW % (number, "[]," * 100_000) for number in range(60))
    ),
    "laughs.yaml": lambda path: path.write_text(
        "a: &a [x, x, x, x, x, x, x, x]\n"
        + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 8)}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True))
        + "merge_method: ties\nmodels: *j\n"
    ),
}
SPECIAL: dict[str, Callable[[Path], Any]] = {
    "pipe.json": os.mkfifo,
    "socket.json": _socket,
    "log.json": lambda path: path.symlink_to("/proc/kmsg"),
    "zero.csv": lambda path: path.symlink_to("/dev/zero"),
    "out.json": lambda path: path.symlink_to("/etc/passwd"),
    "etc": lambda path: path.symlink_to("/etc"),
    "up": lambda path: path.symlink_to(".."),
    "loop": lambda path: path.symlink_to("."),
    "self.json": lambda path: path.symlink_to("self.json"),
    os.fsdecode(b"bad\xff\xfe.json"): lambda path: path.write_text("{}"),
}


def collected(folder: Path, out: Path) -> Outcome:
    """Collect a folder by the command, and look at what it said and how much memory it took."""
    began = time.monotonic()
    with subprocess.Popen(
        [*COMMAND, str(folder), "--out", str(out), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, sum(map(_resident, _tree(process.pid))))
            time.sleep(0.02)
        said, errors = process.communicate()
    files = sum(1 for home, folders, names in os.walk(folder) for name in [*names, *folders] if _is_file(home, name))
    census = json.loads(said) if said.startswith("{") else {}
    failed = errors if "Traceback" in errors or not census else ""
    return Outcome(census, files, _lost(out, census, files), failed, peak / 1e6, time.monotonic() - began)


def _is_file(home: str, name: str) -> bool:
    """Whether `collect` must count it: anything but a folder; a link to a folder, if it leads away."""
    path = Path(home, name)
    return name in ("etc", "up") if path.is_symlink() and path.is_dir() else not path.is_dir()


def _lost(out: Path, census: dict[str, Any], files: int) -> list[str]:
    if not census:
        return ["everything"]
    lost = []
    counted = sum(census[status] for status in ("read", "refused", "unread", "skipped"))
    if not census["files"] == counted == files:
        lost.append(f"{files} files, {census['files']} in the census, {counted} with a status")
    named = pq.read_table(out / "problems.parquet", columns=["file"])["file"].to_pylist()
    if len(set(named)) < census["refused"] + census["unread"]:
        lost.append(f"{census['refused'] + census['unread']} not read, {len(set(named))} named")
    return lost


def _tree(pid: int) -> list[int]:
    found = [pid]
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            for child in Path(f"/proc/{pid}/task/{thread}/children").read_text().split():
                found += _tree(int(child))
    return found


def _resident(pid: int) -> int:
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def killed(folder: Path, out: Path, times: int, rng: random.Random, longest: float) -> list[str]:
    """Kill the command at random moments, let it end, and say what differs from a run without kills, or was left."""
    expected, got = out / "undisturbed", out / "killed"
    collected(folder, expected)
    for _ in range(times):
        with subprocess.Popen(
            [*COMMAND, str(folder), "--out", str(got)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(rng.uniform(0.3, longest))
            process.kill()
    last = collected(folder, got)
    wrong = [*last.lost, *([last.traceback[-300:]] if last.traceback else [])]
    wrong += [f"left behind: {path.name}" for path in got.rglob(".*")]
    for name in ("scores", "items", "problems"):
        one, other = (pq.read_table(home / f"{name}.parquet").to_pandas() for home in (expected, got))
        if not one.equals(other):
            wrong.append(f"{name} differ after kills")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=Path, help="keep the examples here and use them again")
    given = parser.parse_args()
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        base = Path(name)
        found = examples(given.examples or base / "examples")
        readers = Counter(example.reader for example in found)
        print(f"{len(found)} examples of {len(readers)} readers: {', '.join(sorted(readers))}", flush=True)
        outcomes: list[Outcome] = []
        while sum(outcome.files for outcome in outcomes) < given.files:
            folder, out = base / "files", base / "out"
            lay_out(folder, PER_FOLDER, found, rng)
            outcomes.append(collected(folder, out))
            print(f"  {len(outcomes)}: {outcomes[-1].seconds:.1f} s, {outcomes[-1].peak:.0f} MB", flush=True)
            for line in [*outcomes[-1].lost, outcomes[-1].traceback[-2000:]]:
                print(line or "", end="\n" if line else "")
            shutil.rmtree(out, ignore_errors=True)
            if sum(outcome.files for outcome in outcomes) < given.files:
                shutil.rmtree(folder)
        wrong = killed(folder, base / "kills", given.kills, rng, outcomes[-1].seconds) if given.kills else []
    sys.exit(not report(outcomes, given.kills, wrong))


def report(outcomes: list[Outcome], kills: int, wrong: list[str]) -> bool:
    """Print the table and return whether every promise holds."""
    total = Counter(
        {key: sum(o.census.get(key, 0) for o in outcomes) for key in ("read", "refused", "unread", "skipped")}
    )
    files, peak = sum(o.files for o in outcomes), max(o.peak for o in outcomes)
    failed, lost = sum(bool(o.traceback) for o in outcomes), sum(len(o.lost) for o in outcomes)
    rows = [("files", files, ""), *((f"  {key}", total[key], "") for key in total)]
    rows += [("tracebacks", failed, "0"), ("folders with a file lost", lost, "0")]
    rows += [("peak of all processes, MB", round(peak), f"under {PEAK_MB}")]
    rows += [
        ("kills", kills, ""),
        ("  differences, leftovers", len(wrong), "0"),
        *((f"    {w}", "", "") for w in wrong),
    ]
    print(f"\n{'':42}{'found':>10}  promised")
    for what, number, promised in rows:
        print(f"{what:42}{number:>10}  {promised}")
    return not failed and not lost and not wrong and peak < PEAK_MB


if __name__ == "__main__":
    main()
