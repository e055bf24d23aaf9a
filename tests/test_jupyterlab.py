"""JupyterLab for real: its server, its kernels in notebooks/, on a workspace that `init` laid out and a user edited."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from mergekit_eval import workspace

# Looked for, not imported: that takes seconds, in every worker, also where these tests are not chosen.
without = pytest.mark.skipif(find_spec("jupyterlab") is None, reason="JupyterLab is not installed")
pytestmark = [pytest.mark.system, without]
TITLE = "Specialists of my own <laboratory>"


def contents(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return every file of a folder with size and time, but for what Python compiles."""
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def installed() -> dict[Path, tuple[int, int]]:
    """Return the files of the package, of its notebooks and studies, and of what could be written beside them."""
    folders = [workspace.PACKAGE, *map(workspace.shipped, workspace.PARTS), workspace.PACKAGE.parent / "outputs"]
    return {path: state for folder in folders for path, state in contents(folder).items()}


@pytest.fixture(scope="module")
def before():
    return installed()


@pytest.fixture(scope="module")
def own(tmp_path_factory, before):
    """A workspace whose study was given another title."""
    folder = tmp_path_factory.mktemp("lab") / "my study"
    workspace.lay_out(folder)
    study = folder / "params" / "demo.yaml"
    text = study.read_text(encoding="utf-8")
    study.write_text(re.sub("(?m)^title: .*$", f"title: {TITLE}", text), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(own, tmp_path_factory):
    """Start JupyterLab on the workspace and return its address and token, from the file it leaves."""
    state = tmp_path_factory.mktemp("jupyter")
    places = {f"JUPYTER_{name}_DIR": str(state / name) for name in ("RUNTIME", "CONFIG", "DATA")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    with (state / "log").open("w") as log:
        running = subprocess.Popen(
            [*command, "--ServerApp.port_retries=200", f"--ServerApp.root_dir={own}"],
            env=os.environ | places | {"IPYTHONDIR": str(state / "ipython")},
            stdout=log,
            stderr=log,
        )
    try:
        found: list[Path] = []
        for _ in range(600):
            found = list((state / "RUNTIME").glob("jpserver-*.json"))
            if (found and found[0].read_text().rstrip().endswith("}")) or running.poll() is not None:
                break
            time.sleep(0.1)
        assert found, (state / "log").read_text()
        yield json.loads(found[0].read_text(encoding="utf-8"))
    finally:
        running.terminate()
        running.wait(30)


async def run_notebook(server: dict, name: str, folder: Path) -> dict[str, str]:
    """Open a notebook as JupyterLab does, execute its cells, and return what each shows, by the cell's id."""
    head = {"Authorization": f"token {server['token']}"}
    address = f"127.0.0.1:{server['port']}/api"
    asked = {"path": f"notebooks/{name}", "name": name, "type": "notebook", "kernel": {"name": "python3"}}
    client = AsyncHTTPClient()
    request = {"method": "POST", "headers": head, "body": json.dumps(asked), "request_timeout": 60}
    reply = await client.fetch(f"http://{address}/sessions", **request)
    kernel = json.loads(reply.body)["kernel"]["id"]
    socket = await websocket_connect(
        HTTPRequest(f"ws://{address}/kernels/{kernel}/channels?session_id={uuid4().hex}", headers=head),
        max_message_size=2**30,
    )
    cells = json.loads((folder / "notebooks" / name).read_text(encoding="utf-8"))["cells"]
    try:
        return {
            cell["id"]: await executed(socket, "".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"
        }
    finally:
        socket.close()
        await client.fetch(f"http://{address}/kernels/{kernel}", method="DELETE", headers=head)


async def executed(socket, source: str) -> str:
    """Execute one cell and return its output; an error fails the test."""
    asked = {"msg_id": uuid4().hex, "msg_type": "execute_request", "username": "", "session": "", "version": "5.3"}
    content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    message = {"header": asked, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    await socket.write_message(json.dumps(message))
    shown = ""
    while True:
        told = json.loads(await asyncio.wait_for(socket.read_message(), 300))
        kind, content = told["msg_type"], told["content"]
        if told["parent_header"].get("msg_id") != asked["msg_id"]:
            continue
        assert kind != "error", "\n".join(content["traceback"])
        if kind in ("execute_result", "display_data"):
            shown += content["data"]["text/plain"] + content["data"].get("text/html", "")
        if kind == "status" and content["execution_state"] == "idle":
            return shown


def test_a_notebook_in_jupyterlab_shows_the_users_study_and_writes_into_her_workspace(server, own, before):
    shown = asyncio.run(run_notebook(server, "00_quickstart.ipynb", own))
    assert TITLE in shown["open"]
    assert "&lt;laboratory&gt;" in shown["open"]
    assert "package's own copy" not in shown["open"]
    assert "tables and figures: outputs/demo<" in shown["open"]
    drawn = {path.stem for path in (own / "outputs" / "demo" / "figures").glob("*.png")}
    assert drawn == {"quickstart_scores"}
    assert sorted(path.name for path in own.iterdir()) == ["notebooks", "outputs", "params"]
    assert {path.suffix for path in (own / "notebooks").iterdir()} == {".ipynb", ".json"}
    assert installed() == before
