"""The papermill layer: which notebooks there are, what parameters they take, how one is run.

Papermill injects an unknown parameter and goes on, so a typo would run the default. Here it is an error: before the
kernel starts where the kit starts it, and in the notebook's first cell (`check_parameters`) where papermill does.
"""

import ast
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mergekit_eval import kernels
from mergekit_eval.errors import ParameterError, RunError, advice, nearest
from mergekit_eval.workspace import find_workspace, home, shipped

CHECKOUT = shipped("notebooks")
NUMBERED = "[0-9][0-9]*_*.ipynb"  # 05a, 05b: parts of one step
INJECTED = "# Parameters"  # the first line of the cell that papermill injects
OWN_NAMES = "PAPERMILL_"  # what `papermill --inject-paths` adds


class Parameter(NamedTuple):
    """One line of a parameters cell."""

    name: str
    default: Any
    help: str


class Outcome(NamedTuple):
    """What became of one notebook run; ``state`` is done or failed, ``reason`` is empty when done."""

    name: str
    state: str
    seconds: float
    output: str
    reason: str


def find(workspace: Path | None = None) -> dict[str, Path]:
    """Return notebook name -> file, from a workspace, else the copies in the package.

    A workspace whose numbered notebooks are all of another project has none of ours.

    Parameters
    ----------
    workspace : Path, optional
        The folder above the notebooks; by default the workspace of the working folder.
    """
    for place in ((workspace or home()) / "notebooks", home() / "notebooks", CHECKOUT):
        found = {file.stem: file for file in sorted(place.glob(NUMBERED))}
        if any((CHECKOUT / file.name).exists() for file in found.values()):
            return found
    raise ParameterError("notebooks: no notebooks there. `mergekit-eval init DIR` lays them out.")


def number(name: str) -> str:
    """Return the number of the step that a notebook belongs to: 05 of 05a_did_it_work."""
    return name[:2]


def resolve(name: str) -> Path:
    """Return the file of a notebook given by its name, its number ('07') or its path."""
    if name.endswith(".ipynb") and Path(name).is_file():
        return Path(name)
    known = find()
    hits = [file for stem, file in known.items() if stem == name or stem.split("_", 1)[0] == name]
    if len(hits) == 1:
        return hits[0]
    if parts := [stem for stem in known if number(stem) == name]:
        raise ParameterError(f"notebook {name!r} has {len(parts)} parts: {', '.join(parts)}. Name one of them.")
    raise ParameterError(f"notebook {name!r} is not known; allowed: {', '.join(known)}.{nearest(name, known)}")


def parameters(notebook: Path) -> dict[str, Parameter]:
    """Return the parameters of a notebook, read from the literals of its tagged cell."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise ParameterError(f"{notebook}: {len(tagged)} cells are tagged 'parameters'; allowed: exactly one.")
    return _assigned("".join(tagged[0]["source"]))


def _assigned(source: str) -> dict[str, Parameter]:
    """Return the assignments of a cell; a value that is no literal (papermill's ``float('nan')``) counts as None."""
    lines = source.splitlines()
    found = {}
    for node in _statements(source):
        if not isinstance(node, ast.AnnAssign | ast.Assign):
            continue
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if isinstance(target, ast.Name):
            comment = lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset :].strip().lstrip("# ")
            found[target.id] = Parameter(target.id, _literal(node.value), comment)
    return found


def _literal(node: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(node) if node else None
    except ValueError:
        return None


def check(notebook: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``given`` after checking every name and type against the notebook's parameters cell.

    Raises
    ------
    ParameterError
        Names the parameter, its value, what is allowed and the nearest known name.
    """
    return _checked(notebook.name, parameters(notebook), given)


def check_parameters(names: Mapping[str, Any]) -> None:
    """Refuse parameters that papermill injected into the running notebook and that its parameters cell does not have.

    Parameters
    ----------
    names : mapping
        ``globals()`` of a notebook; its history ``In`` holds the parameters cell and the injected one.

    Raises
    ------
    ParameterError
        As `check` does.
    """
    known: dict[str, Parameter] = {}
    injected: dict[str, Any] = {}
    for source in names.get("In", []):
        if _declares(source):
            known, injected = _assigned(source), {}
        elif source.partition("\n")[0].strip() == INJECTED:
            injected = {name: found.default for name, found in _assigned(source).items()}
    if known:
        _checked("this notebook", known, {k: v for k, v in injected.items() if not k.startswith(OWN_NAMES)})


def _declares(source: str) -> bool:
    """Return whether a cell is a parameters cell: typed assignments and nothing else."""
    nodes = _statements(source)
    return bool(nodes) and all(isinstance(node, ast.AnnAssign) for node in nodes)


def _statements(source: str) -> list[ast.stmt]:
    """Return the statements, none of a cell that is no Python: the history holds those that failed too."""
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []


def _checked(where: str, known: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in given.items():
        if name not in known:
            hint = nearest(name, known, 0.5)
            raise ParameterError(f"{where}: parameter {name!r} is not known; allowed: {', '.join(known)}.{hint}")
        default = known[name].default
        if not _fits(value, default):
            kind = type(default).__name__
            raise ParameterError(f"{where}: {name} = {value!r}; allowed: {kind}, like the default {default!r}.")
    return dict(given)


def _fits(value: object, default: object) -> bool:
    if default is None or value is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    return isinstance(value, (int, float) if isinstance(default, float) else type(default))


def execute(
    name: str | Path,
    given: Mapping[str, Any],
    output: Path,
    *,
    time_limit: float = 600,
    lock: int | None = None,
) -> Outcome:
    """Run one notebook headlessly; the executed copy, also of a failed run, is at ``output``.

    Parameters
    ----------
    name : str or Path
        Notebook name, number or path.
    given : mapping
        Parameters; checked before the kernel starts.
    output : Path
        Where the executed notebook goes.
    time_limit : float
        Seconds one cell may take.
    lock : int, optional
        The open lock of the study's output folder, which the kernel then works under.
    """
    import papermill

    notebook = resolve(str(name))
    values = check(notebook, given)
    output.parent.mkdir(parents=True, exist_ok=True)
    kernels.prepare_papermill()
    start = time.perf_counter()
    reason = ""
    try:
        with kernels.manager(lock) as manager:
            papermill.execute_notebook(
                str(notebook),
                str(output.absolute()),
                parameters=values,
                kernel_manager_class=manager,
                progress_bar=False,
                execution_timeout=time_limit,
                # what a kernel that is stopped in the middle of a cell logs about its sockets is no news to anyone
                extra_arguments=["--log-level=CRITICAL"],
                cwd=str(working_folder(notebook)),
            )
    except papermill.exceptions.PapermillExecutionError as error:
        reason = f"cell {error.cell_index}: {error.ename}: {error.evalue}"
    except (TimeoutError, RuntimeError, OSError) as error:
        reason = f"{type(error).__name__}: {error}"
    reason += advice(reason)
    state = "failed" if reason else "done"
    return Outcome(notebook.stem, state, round(time.perf_counter() - start, 2), str(output), reason)


def working_folder(notebook: Path) -> Path:
    """Return the workspace that a notebook lies in; for one of the package, or in no workspace, the working folder."""
    folder = notebook.resolve().parent
    workspace = None if folder == CHECKOUT else find_workspace(folder)
    return Path.cwd() if workspace in (None, find_workspace()) else workspace


def require_done(outcome: Outcome) -> None:
    """Raise `RunError` with the reason and the partial notebook's place if the run failed."""
    if outcome.state != "done":
        raise RunError(f"{outcome.name}: {outcome.reason}\nThe partial notebook is at {outcome.output}")
