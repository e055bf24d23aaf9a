"""The command line: a thin layer over the same functions the notebooks call.

Heavy packages are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mergekit_eval.errors import KitError, advice
from mergekit_eval.processes import stoppable
from mergekit_eval.wording import counted, visible

if TYPE_CHECKING:
    from mergekit_eval.run.evaluating import CellRecord
    from mergekit_eval.run.merging import MergeRecord
    from mergekit_eval.study import Study

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Did the merge work? Build merges, evaluate them beside their parents, test what is different, report.",
)
StudyFile = Annotated[Path, typer.Argument(help="study file, e.g. params/demo.yaml")]


def main() -> None:
    """Run the command line: an error a person can act on is one message and exit code 2; Ctrl-C is one and 130."""
    with stoppable():
        try:
            app(args=joined(sys.argv[1:]))
        except KitError as error:
            _fail(str(error))
        except (NotADirectoryError, FileExistsError, IsADirectoryError) as error:
            _fail(f"{error.filename}: {error.strerror}; give another name, or move it away.")
        except OSError as error:
            _fail(f"{error}{advice(str(error)) or '. What is finished is kept; run the same command again.'}")


def _fail(message: str) -> None:
    _echo(f"mergekit-eval: {message}", err=True)
    sys.exit(2)


def _echo(line: object, err: bool = False) -> None:
    """Print a line; what comes from files (names, reasons) can drive no terminal."""
    typer.echo(visible(line), err=err)


_say = partial(_echo, err=True)


def joined(words: list[str]) -> list[str]:
    """Return the command line with papermill's ``-p key value`` written as ``-p key=value``."""
    out: list[str] = []
    for word in words:
        if len(out) > 1 and out[-2] in ("-p", "--parameter") and "=" not in out[-1]:
            out[-1] = f"{out[-1]}={word}"
        else:
            out.append(word)
    return out


@app.command()
def demo() -> None:
    """Run the whole path on the bundled tiny models: merges, evaluation, statistics, report."""
    from mergekit_eval.opening import find_study

    run(find_study("params/demo.yaml"))


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="a new or empty folder")]) -> None:
    """Lay out a workspace: notebooks/, params/, outputs/."""
    from mergekit_eval.workspace import lay_out

    for path in list(lay_out(folder)):
        _echo(path)


@app.command()
def run(
    study: StudyFile,
    steps: Annotated[str, typer.Option(help="03-07, 05 (all its parts), 05a, 01,03-05; all if empty")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be done")] = False,
    time_limit: Annotated[float, typer.Option(help="seconds one notebook cell may take")] = 86400,
) -> None:
    """Run a study's notebooks in order; finished work is not done again."""
    from mergekit_eval import batch
    from mergekit_eval.study import load_study
    from mergekit_eval.workspace import notices

    plan = load_study(study)
    for line in notices(plan.file, plan.output):
        _say(line)
    if dry_run:
        _dry_run(plan, steps)
        return
    outcomes = batch.run(plan, steps, say=_say, time_limit=time_limit)
    failures = [o for o in outcomes if o.state != "done"]
    cells = batch.failed_cells(plan)
    _verdicts(plan)
    for outcome in failures:
        _echo(f"{outcome.name} {outcome.state}: {outcome.reason} {outcome.output}", err=True)
    for cell in cells:
        _echo(f"failed: {cell['name']}: {cell['reason']} (log: {cell['log']})", err=True)
    raise typer.Exit(1 if failures or cells else 0)


def _dry_run(plan: Study, steps: str) -> None:
    from mergekit_eval import batch
    from mergekit_eval.run import evaluate as evaluate_all

    for step in batch.plan(plan, steps):
        _echo(f"{step.name} -> {step.output}")
    for record in evaluate_all(plan, dry_run=True):
        _echo(f"  {record.status:5} {record.model} x {record.suite} {record.reason}".rstrip())


def _verdicts(plan: Study) -> None:
    """Print the verdict table and where everything is."""
    tables = [plan.output / "tables" / f"{name}.csv" for name in ("verdicts", "report_verdicts")]
    if table := next(filter(Path.is_file, tables), None):
        from mergekit_eval.sheets import read_csv
        from mergekit_eval.show.terminal import verdict_lines

        for line in verdict_lines(read_csv(table)):
            _echo(line)
    for what, path in (("report", plan.output / "report.html"), ("figures", plan.output / "figures")):
        if path.exists():
            _echo(f"{what + ':':9}{path}")


@app.command()
def merge(
    study: StudyFile, only: Annotated[list[str] | None, typer.Option(help="only this merge (repeatable)")] = None
) -> None:
    """Build the merges of a study with mergekit."""
    from mergekit_eval.run import merge_all
    from mergekit_eval.study import load_study

    _finish(merge_all(load_study(study), only=only))


@app.command()
def evaluate(
    study: StudyFile,
    only: Annotated[list[str] | None, typer.Option(help="only this model or merge (repeatable)")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only list the cells")] = False,
) -> None:
    """Evaluate every model of a study on its suites with lm-eval."""
    from mergekit_eval.run import evaluate as evaluate_all
    from mergekit_eval.study import load_study

    _finish(evaluate_all(load_study(study), only=only, dry_run=dry_run))


def _finish(records: Sequence[MergeRecord | CellRecord]) -> None:
    for record in records:
        _echo(str(record))
    raise typer.Exit(1 if any(record.status == "failed" for record in records) else 0)


@app.command()
def collect(
    paths: Annotated[list[Path], typer.Argument(help="folders or files with results of any supported tool")],
    out: Annotated[Path, typer.Option(help="folder for scores, items and problems (.parquet)")],
    study: Annotated[Path | None, typer.Option(help="study file that names models and roles")] = None,
    rule: Annotated[str, typer.Option(help="which of several runs: newest, first, best, all")] = "newest",
    metrics: Annotated[Path | None, typer.Option(help="facts of own tasks; else params/metrics.yaml, if there")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="exit 1 where anything is a problem")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the census for machines")] = False,
) -> None:
    """Read result files into three tables; say what could not be read."""
    from mergekit_eval.collect.command import collect_command

    raise typer.Exit(collect_command(paths, out, study, rule, metrics, strict, as_json, _echo))


@app.command()
def notebook(
    name: Annotated[str, typer.Argument(help="name or number, e.g. 07_significance or 07")],
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", help="key value (or key=value), as YAML; repeatable")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="the executed notebook; outputs/notebooks/<name>.ipynb of the workspace if not given"),
    ] = None,
    time_limit: Annotated[float, typer.Option(help="seconds one cell may take")] = 86400,
    show: Annotated[bool, typer.Option("--help-notebook", help="only list the notebook's parameters")] = False,
) -> None:
    """Run one notebook headlessly with checked parameters."""
    from mergekit_eval import notebooks, workspace
    from mergekit_eval.kernels import side_by_side

    path = notebooks.resolve(name)
    if show:
        for known in notebooks.parameters(path).values():
            _echo(f"{known.name} = {known.default!r}  # {known.help}")
        return
    folder = workspace.home(notebooks.working_folder(path))
    output = out or folder / "outputs" / "notebooks" / path.name
    for line in filter(None, [workspace.outdated(folder)]):
        _say(line)
    call = partial(notebooks.execute, str(path), _pairs(parameter or []), output, time_limit=time_limit)
    outcome = next(side_by_side([call]))
    notebooks.require_done(outcome)
    _echo(f"{outcome.name}: done in {outcome.seconds:.1f} s -> {outcome.output}")


def _pairs(given: list[str]) -> dict[str, Any]:
    import yaml

    from mergekit_eval.errors import ParameterError

    pairs = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"-p {text!r}: allowed: -p key value, or -p key=value.")
        try:
            pairs[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            reason = str(error).split("\n")[0]
            raise ParameterError(f"-p {text!r}: {value!r} is not valid YAML ({reason}); put text in quotes.") from error
    return pairs


@app.command()
def check(study: StudyFile) -> None:
    """Read a study, its suites and its models without running anything."""
    from mergekit_eval.run.suites import load_suite
    from mergekit_eval.study import load_study

    plan = load_study(study)
    suites = [load_suite(name, plan.folder) for name in plan.suites]
    _echo(
        f"{plan.name}: {counted(len(plan.models), 'model')}, {counted(len(plan.merges), 'merge')}, "
        f"{counted(len(suites), 'suite')} ({', '.join(s.name for s in suites) or 'none'}): valid"
    )
