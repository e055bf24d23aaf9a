"""The first and last thing that runs in the process of a cell: its log, its threads, its end."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mergekit_eval.errors import KitError, advice
from mergekit_eval.processes import become_worker


def main(target: str, payload: dict[str, Any], log: str, threads: int, env: dict[str, str], answer: Connection) -> None:
    """Run ``module:function(**payload)`` and send ``(ok, value or reason)`` to ``answer``."""
    os.setsid()
    become_worker()
    os.environ.update(env)
    try:
        _to_log(Path(log))
        _set_threads(threads)
        answer.send((True, _function(target)(**payload)))
    except KitError as problem:
        _failed(answer, str(problem))
    except BaseException as problem:  # noqa: BLE001 - whatever ends a cell must reach the record of the cell
        _failed(answer, f"{type(problem).__name__}: {problem}{_advice(problem)}")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _advice(problem: BaseException) -> str:
    if isinstance(problem, ModuleNotFoundError):
        return ". A task needs it: pip install 'lm-eval[ifeval,math]' brings what the built-in suites need."
    return advice(str(problem))


def _failed(answer: Connection, reason: str) -> None:
    traceback.print_exc()
    answer.send((False, reason[:2000]))


def _to_log(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)


def _set_threads(threads: int) -> None:
    os.environ["OMP_NUM_THREADS"] = str(threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)


def _function(target: str) -> Callable[..., Any]:
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function
