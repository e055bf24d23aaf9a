"""What identifies the definitions and data of a suite's tasks, without importing lm-eval."""

import ast
import hashlib
import importlib.util
import re
from functools import cache
from pathlib import Path

from mergekit_eval.provenance import version
from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.run.suites import Suite

FUNCTION = re.compile(r"!function\s+([\w.]+)\.\w+")
OWN_TASK = re.compile(r"^(?:task|group):\s*[\"']?([^\s\"'\[]+)", re.MULTILINE)
TABLES = ("*.yaml", "*.json", "*.csv", "*.jsonl")
DATA_FILE = re.compile(r"""["'\s\[:](/[^\s"',\]}]+\.(?:jsonl?|csv|parquet|arrow|txt))""")


def task_digest(suite: Suite, digests: Digests) -> str:
    """Return one digest of everything on this machine that the tasks of ``suite`` are made of.

    Own tasks: every file below ``include_path``, the Python modules their ``!function`` lines name (with what
    those import and read from their own folder), data files named by an absolute path. Tasks of lm-eval: its
    version with paths and sizes of its task files. Data on the hub is taken as fixed: before download nothing
    can be said of it.
    """
    if not suite.include_path:
        return _hash("lm-eval", _lm_eval_tree())
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(suite.include_path.rglob("*.yaml")))
    data = {Path(name) for name in DATA_FILE.findall(text) if Path(name).is_file()}
    code = {file for name in FUNCTION.findall(text) for file in _code(name)}
    outside = [digests.file(file) for file in sorted(data | code)]
    # An entry that the folder itself does not define is one of lm-eval's.
    others = {spec.task for spec in suite.tasks} - set(OWN_TASK.findall(text))
    return _hash("own", digests.tree(suite.include_path), *outside, *([_lm_eval_tree()] if others else []))


def _code(module: str) -> set[Path]:
    """Return the file of ``module``, what it imports from below its own folder, and the tables those name."""
    start = _file(module)
    if start is None:
        return set()
    found, left = {start}, [start]
    while left:
        for name in _imports(left.pop()):
            file = _file(name)
            if file and file.is_relative_to(start.parent) and file not in found:
                found.add(file)
                left.append(file)
    text = "\n".join(file.read_text(encoding="utf-8") for file in found)
    return found | {path for kind in TABLES for path in start.parent.glob(kind) if path.name in text}


def _file(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


def _imports(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@cache
def _lm_eval_tree() -> str:
    spec = importlib.util.find_spec("lm_eval")
    if not (spec and spec.submodule_search_locations):
        return _hash(version("lm_eval"))
    root = Path(spec.submodule_search_locations[0]) / "tasks"
    files = sorted(p for p in root.rglob("*") if p.suffix != ".pyc" and p.is_file())
    return _hash(version("lm_eval"), *(f"{p.relative_to(root)} {p.stat().st_size}" for p in files))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
