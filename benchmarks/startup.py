"""How fast the command line and the import are, against starting Python and against importing lm-eval.

``python -m benchmarks.startup [--times 7]`` prints medians of wall seconds.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python, nothing": ["-c", "pass"],
    "import mergekit_eval": ["-c", "import mergekit_eval"],
    "mergekit-eval --help": [
        "-c",
        "import sys; sys.argv = ['x', '--help']; from mergekit_eval.cli import main; main()",
    ],
    "import pandas": ["-c", "import pandas"],
    "lm-eval's evaluator": ["-c", "import lm_eval.evaluator"],
}


def seconds(arguments: list[str]) -> float:
    """Return the wall seconds of one Python process."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    times = parser.parse_args().times
    rounds = [{name: seconds(arguments) for name, arguments in COMMANDS.items()} for _ in range(times)]
    for name in COMMANDS:
        print(f"{name:<22} {statistics.median(r[name] for r in rounds):6.2f} s  (median of {times})")


if __name__ == "__main__":
    main()
