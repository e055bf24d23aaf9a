"""The workspace: the folder that a study, its notebooks and its outputs lie in; how it is found and laid out.

A workspace is a folder whose ``params/`` holds a study. It is searched for from the working folder upwards, so that a
notebook works on the files beside it. The package's own copies are only read; nothing is written beside them.
"""

import re
import shutil
from importlib import metadata
from pathlib import Path
from typing import Any

from mergekit_eval.errors import DataError, KitError
from mergekit_eval.files import digest, read_json, write_json

PACKAGE = Path(__file__).resolve().parent
SHARE = PACKAGE / "share"
PARTS = {"notebooks": "*.ipynb", "params": "*.yaml"}
STAMP = Path("notebooks", ".layout.json")
STUDY_KEY = re.compile(rb"""^(\{\s*)?["']?study["']?\s*:""", re.MULTILINE)
HEAD = 1_000_000  # bytes of a file in params/ that are searched for the key


def shipped(part: str) -> Path:
    """Return the folder ``notebooks`` or ``params`` of the checkout, or the copy inside an installed package."""
    return SHARE / part if SHARE.is_dir() else PACKAGE.parent / part


def find_workspace(start: Path | None = None) -> Path | None:
    """Return the first folder with a study in ``params/``, from ``start`` upwards, the home folder being the last.

    Parameters
    ----------
    start : Path, optional
        Where to begin; by default the working folder. Outside of the home folder the search goes to the top.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if folder != SHARE and studies(folder):
            return folder
        if folder == _home_folder():
            break
    return None


def _home_folder() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:  # an account without a home folder
        return None


def studies(folder: Path) -> list[Path]:
    """Return the study files in the ``params/`` of a folder: those with a key ``study``, readable YAML or not."""
    return [file for file in sorted((folder / "params").glob("*.yaml")) if _is_study(file)]


def _is_study(file: Path) -> bool:
    try:
        if not file.is_file():
            return False
        with file.open("rb") as stream:
            return STUDY_KEY.search(stream.read(HEAD)) is not None
    except OSError:  # a file that this account may not read is no study of its own
        return False


def home(folder: Path | None = None) -> Path:
    """Return the folder that relative names in a notebook's parameters start from: the workspace, else the working one.

    Parameters
    ----------
    folder : Path, optional
        The working folder, by default that of this process.

    Raises
    ------
    DataError
        If the working folder lies in the installed package, where nothing may be written.
    """
    return find_workspace(folder) or outside_package(folder or Path.cwd())


def outside_package(path: Path) -> Path:
    """Return a path that may be written to.

    Raises
    ------
    DataError
        If it lies in the package, or is the folder that the package is installed in.
    """
    place = path.resolve()
    if place.is_relative_to(PACKAGE) or (SHARE.is_dir() and place == PACKAGE.parent):
        todo = "Work in a folder of your own: `mergekit-eval init DIR` lays one out."
        raise DataError(f"{path}: lies in the installed package, where nothing is written. {todo}")
    return path


def candidates(name: str | Path) -> list[Path]:
    """Return what exists under a name: relative to the workspace first, then to the working folder."""
    path = Path(name).expanduser()
    return [place for place in dict.fromkeys((home() / path, Path.cwd() / path)) if place.exists()]


def located(key: str, name: str | Path) -> list[Path]:
    """Return what exists under the name that a notebook's parameter ``key`` has, see `candidates`.

    Raises
    ------
    DataError
        If there is nothing; the message says where it was looked for.
    """
    if found := candidates(name):
        return found
    places = " or ".join(dict.fromkeys(map(str, (home(), Path.cwd()))))
    raise DataError(f"{key} = {str(name)!r}: nothing is there. A relative name starts from {places}.")


def study_folder(file: Path) -> Path:
    """Return the folder that the relative paths of a study start from, and whose ``outputs/`` it fills.

    That is the folder above ``params/``, else the file's own; for a study of the package it is where the user works.
    """
    own = file.parent.parent if file.parent.name == "params" else file.parent
    return home() if is_borrowed(file) else own


def is_borrowed(file: Path) -> bool:
    """Return whether a study is the package's own copy, read from outside of the checkout it lies in."""
    return file.parent == shipped("params") and find_workspace() != file.parent.parent


def notices(study: Path | None, output: Path) -> list[str]:
    """Return what a reader must know of where a study (or, without one, the working folder) lies.

    Parameters
    ----------
    study : Path or None
        The study file.
    output : Path
        Where its tables and figures go.
    """
    if study and is_borrowed(study):
        own = f"params/{study.name} is the package's own copy, no study of a workspace here; output: {output}."
        return [f"{own} `mergekit-eval init DIR` lays out a workspace with studies to edit."]
    folder = study_folder(study) if study else find_workspace()
    return [line for line in [outdated(folder) if folder else ""] if line]


def outdated(folder: Path) -> str:
    """Return what to do where another version of the kit laid out the notebooks of a workspace, '' where this one did.

    A workspace without the version's stamp is older than the stamp, unless its notebooks are those of this version.
    """
    if folder / "notebooks" == shipped("notebooks"):
        return ""
    now, stamp = _digests()["notebooks"], _stamp(folder)
    here = {name: digest(file) for name in now if (file := folder / "notebooks" / name).is_file()}
    if stamp.get("notebooks") == now or (not stamp and here.items() <= now.items()):
        return ""
    origin = f"mergekit-eval {stamp['version']}" if stamp else "an older version of mergekit-eval (or by hand)"
    return (
        f"{folder}: laid out by {origin}; its notebooks are not those of this version "
        f"({metadata.version('mergekit-eval')}) and may fail. Lay out a new workspace (`mergekit-eval init DIR`) and "
        "copy your studies from params/ into it."
    )


def _stamp(folder: Path) -> dict[str, Any]:
    stamp = read_json(folder / STAMP)
    return stamp if {"version", "notebooks"} <= stamp.keys() else {}


def _digests() -> dict[str, dict[str, str]]:
    return {part: {f.name: digest(f) for f in sorted(shipped(part).glob(glob))} for part, glob in PARTS.items()}


def lay_out(folder: Path) -> list[Path]:
    """Copy notebooks and studies into ``folder``, stamp it with the version, and return what was written.

    What an interrupted call left is completed; a file with other content is never overwritten.

    Raises
    ------
    KitError
        If a file to be written exists already; nothing is written then.
    """
    copies = {folder / part / f.name: f for part, glob in PARTS.items() for f in sorted(shipped(part).glob(glob))}
    finished = (folder / STAMP).exists()
    taken = [at for at, source in copies.items() if at.exists() and (finished or digest(at) != digest(source))]
    if taken:
        hint = outdated(folder.resolve()) or "Give a new or empty folder."
        raise KitError(f"{folder}: {taken[0].relative_to(folder)} is there already. {hint}")
    outside_package(folder.resolve())
    (folder / "outputs").mkdir(parents=True, exist_ok=True)
    for target, source in copies.items():
        target.parent.mkdir(exist_ok=True)
        part = target.with_suffix(".part")
        shutil.copyfile(source, part)
        part.replace(target)
    write_json(folder / STAMP, {"version": metadata.version("mergekit-eval"), **_digests()})
    return list(copies)
