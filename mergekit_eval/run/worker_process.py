"""The first and last thing that runs in the process of a cell: its log, its threads, its end."""

import os
import pkgutil
import sys
import traceback
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
        Path(log).parent.mkdir(parents=True, exist_ok=True)
        with Path(log).open("wb") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
        os.environ["OMP_NUM_THREADS"] = str(threads)
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(threads)
        answer.send((True, pkgutil.resolve_name(target)(**payload)))
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
