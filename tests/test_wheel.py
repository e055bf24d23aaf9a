"""What pip installs is complete: built, installed elsewhere, and a notebook runs there."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.system


def contents(folder):
    """Return every file of a folder with its bytes' size and time, but for what Python compiles."""
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=checkout, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and (checkout / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((checkout / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_every_file_of_the_package(checkout, wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(["git", "ls-files"], cwd=checkout, capture_output=True, text=True, check=True).stdout
    wanted = {name for name in listed.splitlines() if name.startswith("mergekit_eval/")}
    wanted |= {
        f"mergekit_eval/share/{name}" for name in listed.splitlines() if name.startswith(("notebooks/", "params/"))
    }
    assert len(wanted) > 100
    assert wanted - inside == set()


def test_the_wheel_carries_nothing_but_the_package(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"mergekit_eval"}


def test_installed_elsewhere_a_workspace_is_laid_out_and_a_notebook_runs(wheel, tmp_path):
    site, work = tmp_path / "site", tmp_path / "work"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site), str(wheel)], check=True
    )
    run = [sys.executable, "-c", "from mergekit_eval.cli import main; main()"]
    env = {"PYTHONPATH": str(site), "PATH": str(Path(sys.executable).parent), "HOME": str(tmp_path)}

    def kit(*words, cwd):
        return subprocess.run([*run, *words], env=env, cwd=cwd, capture_output=True, text=True, check=False)

    where = subprocess.run(
        [*run[:2], "import mergekit_eval; print(mergekit_eval.__file__)"],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(site))
    laid = kit("init", str(work), cwd=tmp_path)
    assert laid.returncode == 0, laid.stderr
    assert sorted(p.name for p in work.iterdir()) == ["notebooks", "outputs", "params"]
    installed = contents(site)

    # plain papermill, started beside the notebooks: the study of the workspace, with the user's own title
    study = work / "params" / "demo.yaml"
    study.write_text(study.read_text().replace("title: Five tiny", "title: My own five"))
    plain = [sys.executable, "-m", "papermill", "00_quickstart.ipynb", str(tmp_path / "plain.ipynb")]
    ran = subprocess.run(plain, env=env, cwd=work / "notebooks", capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "My own five specialists" in (tmp_path / "plain.ipynb").read_text()
    assert (work / "outputs" / "demo" / "figures" / "quickstart_scores.png").is_file()
    assert not (work / "notebooks" / "outputs").exists()

    # outside of a workspace: the package's copy, said so, and output in the working folder
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    alone = kit("notebook", "00_quickstart", cwd=elsewhere)
    assert alone.returncode == 0, alone.stderr
    assert "the package's own copy" in (elsewhere / "outputs" / "notebooks" / "00_quickstart.ipynb").read_text()
    assert (elsewhere / "outputs" / "demo" / "figures" / "quickstart_scores.png").is_file()
    assert contents(site) == installed

    again = kit("init", str(work), cwd=tmp_path)
    assert again.returncode == 2
    assert "is there already" in again.stderr
