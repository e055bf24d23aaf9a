"""The whole path as a newcomer meets it: a fresh clone, install, the demo, and the demo again.

``python -m benchmarks.demo`` clones the committed state into a temporary folder and runs ``make demo`` twice there.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def timed(what: str, command: list[str], folder: Path) -> str:
    """Run a command, print how long it took, and return what it printed."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(f"{what:<28} {time.perf_counter() - began:7.1f} s", flush=True)
    return done.stdout


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "clone"
        timed("git clone", ["git", "clone", "--quiet", str(HERE), str(folder)], HERE)
        timed("install (make .venv/.run)", ["make", ".venv/.run"], folder)
        first = timed("make demo, first", ["make", "demo"], folder)
        second = timed("make demo, again", ["make", "demo"], folder)
    print(*(line for line in second.splitlines() if " done in " in line), sep="\n")
    verdicts = [[line for line in text.splitlines() if " done in " not in line] for text in (first, second)]
    print("the second run prints the same verdicts:", verdicts[0] == verdicts[1])


if __name__ == "__main__":
    main()
