"""Count the statements of the package at a commit, without what grows with the formats read: readers, facts, tiny.

python -m tools.statements [COMMIT ...]
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = ("readers", "facts", "tiny")


def files(commit: str) -> list[str]:
    """Return the modules of the package at a commit that are counted."""
    return list(filter(counts, _git("ls-tree", "-r", "--name-only", commit, "mergekit_eval").splitlines()))


def counts(name: str) -> bool:
    """Whether a file of the package is a module that is counted."""
    return name.endswith(".py") and PurePosixPath(name).parts[1] not in LEFT_OUT


def statements(code: str) -> int:
    """Return how many statements a module has, those inside of others included."""
    return sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(code)))


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True, text=True).stdout


if __name__ == "__main__":
    for revision in sys.argv[1:] or ["HEAD"]:
        modules = files(revision)
        count = sum(statements(_git("show", f"{revision}:{name}")) for name in modules)
        sys.stdout.write(f"{revision}: {count:,} statements in {len(modules)} modules\n")
