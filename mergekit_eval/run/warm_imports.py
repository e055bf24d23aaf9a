"""Imported once by the fork server, so that every cell starts with torch, lm-eval and mergekit in memory.

Nothing here may compute: a thread pool started before the fork would be missing in the cells.
"""

import contextlib
import importlib
import os
import threading
from collections.abc import Iterator
from typing import Any

HEAVY = """
    torch transformers transformers.models.llama.modeling_llama datasets lm_eval.evaluator lm_eval.loggers
    lm_eval.tasks lm_eval.models.huggingface mergekit.merge mergekit.merge_methods
""".split()
INDEX_SWITCH = "MERGEKIT_EVAL_INDEX_TASKS"
PARENT = "MERGEKIT_EVAL_PRELOAD"  # environment variable: the process that the fork server works for

index: Any = None  # lm-eval's whole task tree; None where no suite of this run needs it


def _load() -> None:
    global index
    for name in HEAVY:
        # A package that is missing or broken is reported by the cell that needs it, with its log.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    with contextlib.suppress(Exception):
        # Every cell then writes the same description of this machine; lm-eval runs eleven programs for it, 0.5 s.
        tools: Any = importlib.import_module("lm_eval.loggers.utils")
        text = tools.get_pretty_env_info()
        tools.get_pretty_env_info = lambda: text
    if os.environ.get(INDEX_SWITCH):
        with contextlib.suppress(Exception):
            index = importlib.import_module("lm_eval.tasks").TaskManager()


@contextlib.contextmanager
def _following(parent: int) -> Iterator[None]:
    """End this process if its parent ends meanwhile: a fork server looks for that only after its imports."""
    finished = threading.Event()

    def follow() -> None:
        while not finished.wait(0.2):
            if os.getppid() != parent:
                os._exit(1)

    watch = threading.Thread(target=follow, daemon=True)
    watch.start()
    yield
    finished.set()
    watch.join()


if os.environ.get(PARENT):
    with _following(int(os.environ[PARENT])):
        _load()
