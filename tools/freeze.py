"""Freeze what the notebooks say at one commit, and compare two such sets.

- ``python -m tools.freeze make OUT [--commit REV] [--data FOLDER]``: the bundled example; with FOLDER (the published
  files) five folders of those too.
- ``python -m tools.freeze compare OLD NEW [--tolerance 1e-9]``: every difference, counted by table and column.
- ``python -m tools.freeze golden``: write tests/golden anew from the working tree.

A set holds, per source (the example or one folder of published files): ``tables/`` every CSV that a notebook saves,
``cells/`` every table that a cell shows, ``texts.csv`` every sentence and caption, ``figures/`` the data of every
figure. Figures are not drawn. In ``tests/golden`` the data of a figure is a digest (``figures.csv``).
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"
# Published files, as folders below the one given, with the study that names their roles ("" for none).
PUBLISHED = {
    "saucam": ("lmeval-new/saucam+model_evals", "published_merges"),
    "extrapolation": ("lmeval-old/chujiezheng+LLM-Extrapolation", "extrapolation"),
    "raniahtr": ("samples/raniahtr+lm-evaluation-harness", ""),
    "mergebench": ("lmeval-new/uiuctml+MergeBench", ""),
    "flash-holmes": ("holmes/Holmes-Benchmark+holmes-evaluation", ""),
}


def make(out: Path, commit: str = "", data: Path | None = None) -> None:
    """Write the set of a commit (by default: of the working tree) into an empty folder."""
    with tempfile.TemporaryDirectory() as name:
        code = Path(name) / "code"
        _checkout(code, commit)
        frozen(code, out / "example", {"study": "params/demo.yaml"})
        for source, (folder, study) in PUBLISHED.items() if data else ():
            found = data / folder
            given = {"study": f"params/{study}.yaml" if study else "", "results": str(found)}
            frozen(code, out / source, given)


def _checkout(code: Path, commit: str) -> None:
    code.mkdir(parents=True)
    if commit:
        packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(code, filter="data")
        return
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (code / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, code / name)


def frozen(code: Path, out: Path, given: dict[str, str]) -> None:
    """Run the notebooks of a checkout in a process of their own, since two versions of one package cannot meet."""
    out.mkdir(parents=True)
    runner = Path(__file__).with_name("freeze_cells.py")
    call = [sys.executable, str(runner), str(code), str(out.absolute()), json.dumps(given)]
    env = {**os.environ, "PYTHONPATH": str(code), "MPLBACKEND": "agg"}
    subprocess.run(call, cwd=code, env=env, check=True)


def compare(old: Path, new: Path, tolerance: float = 1e-9) -> list[str]:
    """Return one line per table and column that differs, and per file that only one set has."""
    before, after = _files(old), _files(new)
    lines = [f"{name}: only in {old}" for name in sorted(before.keys() - after.keys())]
    lines += [f"{name}: only in {new}" for name in sorted(after.keys() - before.keys())]
    for name in sorted(before.keys() & after.keys()):
        lines += [f"{name}: {line}" for line in _differences(_read(before[name]), _read(after[name]), tolerance)]
    return lines


def _files(folder: Path) -> dict[str, Path]:
    found = {str(path.relative_to(folder)).removesuffix(".gz"): path for path in folder.rglob("*.csv*")}
    return {name: path for name, path in found.items() if path.is_file()}


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


def _differences(a: pd.DataFrame, b: pd.DataFrame, tolerance: float) -> Iterator[str]:
    for names, word in ((a.columns.difference(b.columns), "gone"), (b.columns.difference(a.columns), "new")):
        if len(names):
            yield f"columns {word}: {', '.join(map(str, names))}"
    if len(a) != len(b):
        yield f"{len(a)} rows, now {len(b)}"
        return
    for name in a.columns.intersection(b.columns):
        x, y = a[name], b[name]
        numbers = pd.to_numeric(x, errors="coerce"), pd.to_numeric(y, errors="coerce")
        near = (numbers[0] - numbers[1]).abs() <= tolerance * numbers[0].abs().clip(lower=1)
        if len(wrong := x.index[(x != y) & ~near]):
            yield f"{name}: {len(wrong)} of {len(a)} differ, e.g. row {wrong[0]}: {x[wrong[0]]!r}, now {y[wrong[0]]!r}"


def golden(out: Path = GOLDEN) -> None:
    """Write the set of the working tree that is committed: the example's tables packed, its figures as digests."""
    with tempfile.TemporaryDirectory() as name:
        make(Path(name) / "set")
        pack(Path(name) / "set" / "example", out)


def pack(source: Path, out: Path) -> None:
    """Write one source of a set as it is committed."""
    shutil.rmtree(out, ignore_errors=True)
    for folder in ("tables", "cells", "."):
        for path in sorted((source / folder).glob("*.csv")):
            (out / folder).mkdir(parents=True, exist_ok=True)
            (out / folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    digests = [(p.stem, hashlib.sha256(p.read_bytes()).hexdigest()) for p in sorted((source / "figures").glob("*.csv"))]
    pd.DataFrame(digests, columns=["figure", "sha256"]).to_csv(out / "figures.csv", index=False)


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit code of ``compare`` is 1 where anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tools.freeze", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("make")
    made.add_argument("out", type=Path)
    made.add_argument("--commit", default="")
    made.add_argument("--data", type=Path)
    compared = commands.add_parser("compare")
    compared.add_argument("old", type=Path)
    compared.add_argument("new", type=Path)
    compared.add_argument("--tolerance", type=float, default=1e-9)
    commands.add_parser("golden")
    given: Any = parser.parse_args(argv)
    if given.command == "make":
        make(given.out, given.commit, given.data)
    elif given.command == "golden":
        golden()
    else:
        lines = compare(given.old, given.new, given.tolerance)
        sys.stdout.write("".join(f"{line}\n" for line in [*lines, f"{len(lines)} differences"]))
        return 1 if lines else 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
