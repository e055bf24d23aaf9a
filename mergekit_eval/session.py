"""What a notebook holds in its hand: a study, its tables, and the folders its figures and tables go to."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mergekit_eval.errors import DataError
from mergekit_eval.files import write_atomic, write_json
from mergekit_eval.origins import lineage_table, merge_table
from mergekit_eval.places import Places
from mergekit_eval.plotting import describe, draw_and_save, rendered, saved_before
from mergekit_eval.provenance import provenance, signature
from mergekit_eval.shares import require_shares
from mergekit_eval.sheets import csv_bytes
from mergekit_eval.show import cell_html
from mergekit_eval.show.explore import explore
from mergekit_eval.show.view import first_shown
from mergekit_eval.study import Study
from mergekit_eval.tables import reason
from mergekit_eval.wording import counted, visible

if TYPE_CHECKING:
    from mergekit_eval.collect.folders import Collection
    from mergekit_eval.compare.comparison import Comparison
    from mergekit_eval.compare.votes import Votes

NO_ROLE = "of unknown role"
SHORT = "Nothing is computed yet: set the parameter `models`."


@dataclass
class Session:
    """A study together with what was read for it.

    Attributes
    ----------
    study : Study or None
        None where only a folder of results was given.
    collection : Collection
        The frames ``scores``, ``items`` and ``problems``.
    merges : DataFrame
        One row per merge: merge, method, parents (tuple), base, known_from, inert, stages, unclear.
    output : Path
        Folder with ``tables/`` and ``figures/``.
    notice : str
        What a reader must know first, e.g. that this is the bundled example.
    venue : str
        Whose widths and type sizes the figures have.
    question : str
        What has to be chosen first, where there is more than can be compared: then nothing is computed, shown or saved.
    """

    study: Study | None
    collection: Collection
    output: Path
    notice: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    venue: str = "notebook"
    question: str = ""

    def __post_init__(self) -> None:
        require_shares("parameters", self.parameters)

    @cached_property
    def merges(self) -> pd.DataFrame:
        """One row per merge: its method, parents, base, and where this is known from; see `origins.merge_table`."""
        return merge_table(self.study, self.collection)

    @property
    def lineage(self) -> pd.DataFrame:
        """One row per model of the results, with its role and for merges the origin; see `origins.lineage_table`."""
        return lineage_table(self.study, self.collection)

    @cached_property
    def places(self) -> Places:
        """What paths are written relative to: the folder of results, the study's, that of the outputs, this one."""
        root, study = getattr(self.collection, "root", None), self.study.folder if self.study else None
        own = [Path(place).absolute() for place in (study, Path.cwd()) if place is not None]
        out = self.output.absolute()
        apart = [] if any(out.is_relative_to(place) for place in own) else [out.parent]
        return Places([*([root] if root else []), *own, *apart])

    @property
    def home(self) -> Path:
        """The folder in which the study's merges were made and evaluated; the output folder without a study."""
        return self.study.output if self.study else self.output

    @property
    def level(self) -> float | None:
        """Confidence level of the intervals, from the parameters ``level`` or ``alpha``; None without both."""
        given = self.parameters
        return given.get("level", 1 - given["alpha"] if "alpha" in given else None)

    @property
    def models(self) -> list[str]:
        """Every model of the study and of the results, in a fixed order: base, parents, merges, references."""
        return list(dict.fromkeys(self.collection.scores["model"]))

    def require_scores(self) -> Session:
        """Return the session itself, so that a batch ends here where nothing could be read.

        Raises
        ------
        DataError
            If there is no score; the message says what became of the files.
        """
        if self.collection.scores.empty and not self.question:
            raise DataError(self.notice)
        return self

    def provenance(self, **more: Any) -> dict[str, Any]:
        """Return the provenance of what this session makes, with ``more`` parameters."""
        inputs = sorted((self.output / "tables").glob("*.parquet")) + ([self.study.file] if self.study else [])
        content: dict[str, Any] = self.places.values(provenance({**self.parameters, **more}, inputs))
        return content

    def signature(self) -> str:
        """Return the line that fixes how the numbers of this session were made."""
        return signature(self.places.values(self.parameters))

    def figure(
        self, name: str, draw: Callable[..., Any], data: pd.DataFrame, caption: str = "", missing: str = "", **how: Any
    ) -> cell_html.Shown:
        """Draw a figure at the venue's width, save it and return it for display.

        Saved are PDF, SVG, PNG, the drawn data as CSV and its provenance as JSON, in ``figures/``.

        Parameters
        ----------
        name : str
            File name without ending.
        draw : callable
            A function of `plots`; it gets ``data`` and ``how``.
        data : DataFrame
            What is drawn.
        caption : str
            One sentence under the figure; by default what is drawn, and from how many items.
        missing : str
            What to say where ``data`` has no rows; by default the reason that the table itself has.
        """
        if data.empty:
            return self.missing(missing or reason(data) or f"{name} has no data")
        text = self.places.text(caption or describe(name, data, self.level, draw.__name__))
        if not (files := self.saved(name, draw, data, text, **how)):
            # What is drawn keeps its names: options (groups, leaves) speak of them. What is written names no folder.
            saving = {"stem": self._stem(name), "data": self.places.frame(data), "caption": text}
            files = draw_and_save(draw, data, how, self.venue, saving | {"provenance": self._origin(draw, text, how)})
        folder = self.places.text(str(files[0].parent))
        return cell_html.figure(next(file for file in files if file.suffix == ".png"), text, files, folder)

    def saved(self, name: str, draw: Callable[..., Any], data: pd.DataFrame, caption: str, **how: Any) -> list[Path]:
        """Return the files of a figure that `figure` saved before from the same data in the same way, else nothing."""
        origin = self._origin(draw, self.places.text(caption), how)
        return saved_before(self._stem(name), self.places.frame(data), origin)

    def _stem(self, name: str) -> Path:
        return self.output / "figures" / name

    def _origin(self, draw: Callable[..., Any], caption: str, how: dict[str, Any]) -> dict[str, Any]:
        drawing = {"by": draw.__name__, "venue": self.venue, "options": self.places.text(repr(how)), "caption": caption}
        return {key: value for key, value in self.provenance().items() if key != "made"} | {"drawing": drawing}

    def figures(
        self, name: str, draw: Callable[..., Any], data: pd.DataFrame, by: str, missing: str = "", **how: Any
    ) -> cell_html.Shown:
        """Draw one figure per value of a column (a parameter, a category, a scale), see `figure`; the rest as there."""
        if data.empty:
            return self.figure(name, draw, data, "", missing, **how)
        groups = [(str(value), rows.reset_index(drop=True)) for value, rows in data.groupby(by, sort=False)]
        stems = [f"{name}_{re.sub('[^A-Za-z0-9]+', '_', value).strip('_')}" for value, _ in groups]
        names = [f"{stem}_{at}" if stem in stems[:at] else stem for at, stem in enumerate(stems)]
        return cell_html.together(
            [self.figure(stem, draw, rows, "", missing, **how) for stem, (_, rows) in zip(names, groups, strict=True)]
        )

    def paper(self, table: Any, name: str) -> Any:
        """Save a `PaperTable` as LaTeX, Markdown, HTML and CSV in ``tables/`` and return it for display."""
        if self.question:
            return self.asked()
        table.save(self.output / "tables" / name)
        return table

    def show(self, frame: pd.DataFrame, view: str = "", limit: int = 200) -> cell_html.Shown:
        """Return a table for display: every text escaped, numbers aligned, at most ``limit`` rows and then said so.

        Parameters
        ----------
        frame : DataFrame
            A finished table; one without rows gives the sentence why.
        view : str
            Name of a view of that table in ``tables.yaml``; by default its first. `me.help_table` lists the columns.
        limit : int
            How many rows.
        """
        if self.question:
            return self.asked()
        rows, why, total = first_shown(frame, view, limit)
        return self.missing(why) if rows.empty and why else cell_html.table(self.places.frame(rows), limit, total)

    def explore(self, frame: pd.DataFrame, by: list[str], draw: Callable[..., Any] | None = None, **how: Any) -> Any:
        """Return menus over the columns ``by`` and what they choose, as a table or drawn; headless, the first choice.

        Parameters
        ----------
        frame : DataFrame
            A finished table.
        by : list of str
            Columns to choose from, the outermost first.
        draw : callable, optional
            A function of `plots`; it gets the chosen rows and ``how``. Nothing is saved: for that there is `figure`.
        """
        if self.question:
            return self.asked()
        if draw is None:
            return explore(frame, by, lambda rows: cell_html.table(self.places.frame(rows)))
        return explore(frame, by, lambda rows: cell_html.picture(rendered(draw, rows, how, self.venue)))

    def say(self, text: str) -> cell_html.Shown:
        """Return a paragraph for display."""
        return self.asked() if self.question else cell_html.say(self.places.text(text))

    def asked(self) -> cell_html.Shown:
        """Return the line that stands in place of everything as long as it is open what to compare."""
        return cell_html.say(SHORT)

    def missing(self, what: str) -> cell_html.Shown:
        """Return the line that stands where a view has nothing to show, with the reason."""
        return self.say(f"Nothing to show: {what.removesuffix('.')}.")

    @cached_property
    def votes(self) -> Votes:
        """What counts how much in an average over tasks, see `compare.votes.votes_of`."""
        from mergekit_eval.compare.item_index import Evidence
        from mergekit_eval.compare.votes import votes_of

        return votes_of(Evidence(self.collection).scores, self.study)

    def compare(self, **how: Any) -> Comparison:
        """Return every merge against its base, its parents and other references: one table and what follows from it.

        Parameters
        ----------
        how
            ``alpha``, ``references``, ``family``, ``correction``, ``seed``, ``weights``: see
            `compare.comparison.Comparison`.
        """
        from mergekit_eval.compare.comparison import Comparison

        return Comparison(self.collection, self.merges, self.study, **how)

    def save(self, **tables: pd.DataFrame) -> cell_html.Shown:
        """Write finished tables as CSV into ``tables/``, each under the name it is given."""
        if self.question:
            return self.asked()
        files = [self.save_table(table, name) for name, table in tables.items()]
        return self.say(f"{counted(len(files), 'table')} as CSV in {self.output / 'tables'}: {', '.join(tables)}")

    def save_table(self, table: pd.DataFrame, name: str) -> Path:
        """Write a finished table as CSV into ``tables/``."""
        return write_atomic(self.output / "tables" / f"{name}.csv", csv_bytes(self.places.frame(table)))

    def focus(self, count: int = 12) -> list[str]:
        """Return the base, the parents and the first merges, at most ``count`` models: enough for one picture."""
        return self.models[:count]

    def write_manifest(self) -> Path:
        """Write ``manifest.json``: versions, commit, parameters, digests of inputs and of everything made."""
        made = sorted(p for p in self.output.glob("[ft]*/*") if p.is_file())
        content = {**self.provenance(), "outputs": {str(p.relative_to(self.output)): p.stat().st_size for p in made}}
        return write_json(self.output / "manifest.json", content)

    def _repr_html_(self) -> str:
        return "".join(f"<p>{html.escape(visible(line))}</p>" for line in self._lines())

    def __repr__(self) -> str:
        return visible("\n".join(self._lines()))

    def _lines(self) -> list[str]:
        scores, items, problems = (getattr(self.collection, name) for name in ("scores", "items", "problems"))
        roles = scores.drop_duplicates("model")["role"].replace("", NO_ROLE).value_counts()
        models = ", ".join(counted(count, role, role if role == NO_ROLE else "") for role, count in roles.items())
        name = self.study.title if self.study else "results without a study"
        return [
            *(self.places.text(line) for line in (self.question, self.notice) if line),
            f"{name}: {models}; {counted(scores['task'].nunique(), 'task')}, {counted(len(scores), 'score')}, "
            f"{counted(len(items), 'item value')}, {counted(len(problems), 'problem')}",
            f"tables and figures: {self.places.text(str(self.output))}",
        ]
