"""Kernels of notebooks: they run where paths are long, and end when the wait for them ends."""

import json
import logging
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from mergekit_eval import kernels, notebooks
from mergekit_eval.files import UNFINISHED


def written(path, source):
    """A notebook with a parameters cell and one cell of code."""
    cells = [
        {"cell_type": "code", "id": "p", "metadata": {"tags": ["parameters"]}, "source": ["note: str = ''  # a file"]},
        {"cell_type": "code", "id": "c", "metadata": {}, "source": [source]},
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    whole = [{**cell, "outputs": [], "execution_count": None} for cell in cells]
    path.write_text(json.dumps({"cells": whole, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))
    return path


def alive(pid):
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


@pytest.mark.system
def test_an_error_while_waiting_ends_the_kernels_and_all_they_started(tmp_path):
    source = "import os, subprocess, time\nchild = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
    source += "open(note, 'w').write(f'{os.getpid()} {child.pid} ')\ntime.sleep(600)"
    notebook, note = written(tmp_path / "91_sleep.ipynb", source), tmp_path / "pids"

    def watch():
        while not note.exists() or len(note.read_text().split()) < 2:
            time.sleep(0.05)
        raise ZeroDivisionError

    call = partial(notebooks.execute, notebook, {"note": str(note)}, tmp_path / "out.ipynb")
    with pytest.raises(ZeroDivisionError):
        list(kernels.side_by_side([watch, call], at_once=2))
    assert not any(map(alive, note.read_text().split()))
    assert json.loads((tmp_path / "out.ipynb").read_text())["cells"], "what was executed is kept, whole"
    assert not list(tmp_path.glob(f"{UNFINISHED}*"))


def test_calls_give_what_they_return_and_papermill_says_nothing(capfd):
    assert sorted(kernels.side_by_side([lambda: 1, lambda: 2, lambda: 3], at_once=2)) == [1, 2, 3]
    kernels.prepare_papermill()
    logging.getLogger("papermill").error("Kernel died")
    assert capfd.readouterr().err == ""


@pytest.mark.system
def test_kernels_and_workers_run_where_the_temporary_folder_has_a_long_path(tmp_path):
    long = tmp_path / ("d" * 110)
    long.mkdir()
    source = "from pathlib import Path\nfrom mergekit_eval.run.engine import Job, run_jobs\n"
    source += "(done,) = run_jobs([Job('j', 'os:getpid', {}, Path(note).with_suffix('.log'))], slots=1)\n"
    source += "Path(note).write_text(f'{done.ok} {done.reason}')"
    notebook, note = written(tmp_path / "92_long.ipynb", source), tmp_path / "note"
    code = "import sys; from mergekit_eval.cli import main; main()"
    words = ["notebook", str(notebook), "-p", "note", str(note), "--out", str(tmp_path / "out.ipynb")]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env={**os.environ, "TMPDIR": str(long)}, capture_output=True, text=True,
        check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert note.read_text() == "True "
