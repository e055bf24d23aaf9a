"""Whether `run` survives being stopped: signals at random moments, resumed, until the tables are complete and the same.

    python -m benchmarks.interrupt [--rounds 20] [--seed 1]

A small study of bundled models (one merge, the tiny suite) is run once undisturbed. Then it is run in an empty folder
and stopped by SIGINT, SIGTERM or SIGKILL at a random moment, again and again, each run going on where the last one was
stopped. Whenever one comes to its end, its tables are compared and the folder is emptied. Printed is a line per round.
Exit code 1 where a table differs, a process or an unfinished file is left, or a stopped command prints a traceback.
Linux only.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path

import pandas as pd

from mergekit_eval.collect.folders import read_tables
from mergekit_eval.files import UNFINISHED

COMMAND = [sys.executable, "-c", "from mergekit_eval.cli import main; main()", "run"]
STUDY = """
study: small
models:
  base: {path: "tiny:base", role: base}
  math: {path: "tiny:math", role: parent}
  code: {path: "tiny:code", role: parent}
merges:
  both: {method: ties, parents: [math, code], parameters: {weight: 0.5, density: 0.5}, seed: 0}
suites: [tiny]
"""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
SETTLE = 10  # seconds that processes of a killed command have to notice it
SCORES = ["model", "task", "metric", "filter", "kind", "value", "stderr", "n"]
ITEMS = ["model", "task", "metric", "filter", "item_key", "occurrence", "value"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bad = rounds(Path(folder), given.rounds, random.Random(given.seed))
    print(f"{given.rounds} rounds: {bad} with something wrong", flush=True)
    sys.exit(bool(bad))


def rounds(folder: Path, count: int, chance: random.Random, more: str = "") -> int:
    """Stop and resume a run ``count`` times; return in how many rounds something was wrong. ``more`` ends the study."""
    study = folder / "params" / "small.yaml"
    study.parent.mkdir()
    study.write_text(STUDY + more, encoding="utf-8")
    output = folder / "outputs" / "small"
    began = time.perf_counter()
    if trouble := disturbed(study, None, 0.0):
        sys.exit(f"the undisturbed run failed: {trouble}")
    whole = time.perf_counter() - began
    expected = tables(output)
    print(f"undisturbed: {whole:.0f} s, {len(expected[0])} scores, {len(expected[1])} item values", flush=True)
    shutil.rmtree(output)
    bad = 0
    for number in range(1, count + 1):
        sent, after = chance.choice(SIGNALS), chance.uniform(0, whole)
        wrong = disturbed(study, sent, after)
        if number == count:  # what the last round has stopped is finished, too
            wrong += disturbed(study, None, 0.0)
        done = finished(output)
        if done:
            wrong += [] if all(a.equals(b) for a, b in zip(tables(output), expected, strict=True)) else ["other tables"]
            wrong += [f"left: {path.name}" for path in output.rglob(f"{UNFINISHED}*")]
            shutil.rmtree(output)
        print(f"{number:3} {sent.name:7} after {after:5.1f} s  {'finished' if done else 'stopped'}  {'; '.join(wrong)}")
        sys.stdout.flush()
        bad += bool(wrong)
    return bad


def disturbed(study: Path, sent: signal.Signals | None, after: float) -> list[str]:
    """Run the study, send a signal after some seconds, and return what was wrong with how the command ended."""
    mark = f"mark-{uuid.uuid4().hex}"
    process = subprocess.Popen(
        [*COMMAND, str(study), "--steps", "01-03"],
        cwd=study.parent.parent,
        env={**os.environ, "MARK": mark},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    if sent is not None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(after)
        process.send_signal(sent)
    _, said = process.communicate()
    allowed = (0,) if sent is None else (0, 128 + sent, -sent)
    wrong = [] if process.returncode in allowed else [f"exit code {process.returncode}: {said[-300:]}"]
    wrong += ["a traceback"] if "Traceback" in said else []
    return wrong + [f"process left: {name}" for name in left(mark)]


def left(mark: str) -> list[str]:
    """Return the processes that a command has started and that do not end by themselves."""
    end = time.monotonic() + SETTLE
    while found := [place.name for place in Path("/proc").glob("[0-9]*") if _has(place, mark)]:
        if time.monotonic() > end:
            return found
        time.sleep(0.1)
    return []


def _has(place: Path, mark: str) -> bool:
    try:
        alive = "State:\tZ" not in (place / "status").read_text()
        return alive and mark.encode() in (place / "environ").read_bytes()
    except OSError:
        return False


def finished(output: Path) -> bool:
    """Whether a run came to its end: the chain's status says that every step is done."""
    with suppress(OSError, ValueError):
        return set(pd.read_json(output / "notebooks" / "status.json")["state"]) == {"done"}
    return False


def tables(output: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scores and items of a run without what changes from run to run: times and names of files."""
    found = read_tables(output / "tables")
    return _sorted(found.scores[SCORES]), _sorted(found.items[ITEMS])


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(frame), ignore_index=True)


if __name__ == "__main__":
    main()
