"""Run benchmarks: ``make bench``, or ``python -m benchmarks [name ...]``; without names all but the long ones."""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import NamedTuple


class Benchmark(NamedTuple):
    """A module or script, its arguments, about how many minutes it takes, and what it answers."""

    command: tuple[str, ...]
    minutes: float
    question: str


BENCHMARKS = {
    "startup": Benchmark(("-m", "benchmarks.startup"), 0.5, "how fast is the command line there"),
    "demo": Benchmark(("-m", "benchmarks.demo"), 8, "the whole path in a fresh clone, twice"),
    "run": Benchmark(("-m", "benchmarks.run_vs_lm_eval"), 5, "evaluating, against a process per model and task"),
    "collect": Benchmark(("-m", "benchmarks.collect"), 10, "collecting, against orjson and pandas"),
    "models": Benchmark(("-m", "benchmarks.collect_models"), 2, "collecting 10 to 1,000 models of 100 tasks"),
    "fuzz": Benchmark(("-m", "benchmarks.fuzz"), 10, "does collecting survive damaged files, bombs, links, kills"),
    "interrupt": Benchmark(("-m", "benchmarks.interrupt"), 10, "does a run survive signals at random moments"),
    "resampling": Benchmark(("-m", "benchmarks.resampling"), 5, "joint resampling, against scipy pair by pair"),
    "notebooks": Benchmark(("-m", "benchmarks.notebooks"), 8, "notebooks 04 to 08 on large studies"),
    "calibration": Benchmark(("-m", "benchmarks.calibration"), 110, "level and coverage of the statistics"),
}
LONG = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    told = "; ".join(f"{name} ({b.minutes:g} min): {b.question}" for name, b in BENCHMARKS.items())
    parser.add_argument("names", nargs="*", metavar="name", help=told)
    names = parser.parse_args().names or [name for name, b in BENCHMARKS.items() if b.minutes < LONG]
    if unknown := sorted(set(names) - set(BENCHMARKS)):
        parser.error(f"{', '.join(unknown)}: no such benchmark; allowed: {', '.join(BENCHMARKS)}")
    failed = []
    for name in names:
        print(f"== {name}: {BENCHMARKS[name].question} (about {BENCHMARKS[name].minutes:g} min)", flush=True)
        if subprocess.run([sys.executable, *BENCHMARKS[name].command], check=False).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
