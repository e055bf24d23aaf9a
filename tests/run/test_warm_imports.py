"""The imports of the fork server: none without it, and none that outlives its parent."""

import subprocess
import sys

import pytest


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


def test_nothing_heavy_is_imported_outside_of_a_fork_server():
    code = "import sys, mergekit_eval.run.warm_imports as w; print('torch' in sys.modules, 'lm_eval' in sys.modules)"
    assert python(code).stdout.split() == ["False", "False"]


@pytest.mark.slow
def test_imports_end_with_the_process_they_are_for():
    code = (
        "import time; from mergekit_eval.run.warm_imports import _following\nwith _following({}):\n    time.sleep({})"
    )
    assert python(code.format("-1", 30)).returncode == 1
    assert python("import os; " + code.format("os.getppid()", 0)).returncode == 0
