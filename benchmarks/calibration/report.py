"""Turn docs/calibration/*.csv into the tables and the pictures of docs/statistics.md.

``python -m benchmarks.calibration.report`` rewrites the marked part of the page. A cell of the kit outside its
tolerance must have a reason in `reasons`; without one the report stops.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt

from benchmarks.calibration import best_parent, choices, claims, shared_questions, tasks, verdicts
from benchmarks.calibration.cells import ALPHA, POWER, SLACK, Cell
from benchmarks.calibration.reasons import COMPARISON, NOTE, compared, reason
from benchmarks.calibration.skewed import FAMILY, FLAGGED, KIT, PLAIN, REST

DOCS = Path(__file__).resolve().parents[2] / "docs"
MARKS = {
    part: (f"<!-- {part}: generated, do not edit -->", f"<!-- {part}: end -->")
    for part in ("verdicts", "tasks", "choice", "best parent", "rare values", "shared questions", "calibration")
}
NOMINAL = {"level": ALPHA, "coverage": 1 - ALPHA, "power": POWER}
SHOWN = {"level": (0.0, 0.12), "coverage": (0.86, 1.0)}
BLUE, RED, GREY = "#0072B2", "#D55E00", "0.6"


def read() -> list[Cell]:
    """All cells of all finished parts."""
    cells = []
    for path in sorted((DOCS / "calibration").glob("*.csv")):
        with path.open() as handle:
            for r in csv.DictReader(handle):
                cells.append(
                    Cell(
                        *(r[k] for k in ("family", "method", "setting")),
                        int(r["n"]), r["kind"], float(r["value"]), int(r["reps"]),
                    )
                )  # fmt: skip
    return sorted(cells, key=lambda c: c.family)


def groups(cells: Iterable[Cell]) -> dict[tuple[str, str, str], list[Cell]]:
    """Cells by family, method and kind, the families in the order they come."""
    found: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        found[cell.family, cell.method, cell.kind].append(cell)
    return found


def summary(cells: list[Cell]) -> list[str]:
    """One line per method: how many cells, the middle and the worst of them, how many outside."""
    lines = [
        "| family | method | what | cells | replications | median | worst | outside |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (family, method, kind), group in groups(c for c in cells if not c.kind.startswith("observed")).items():
        values = [c.value for c in group]
        worst = _worst(kind, values)
        reps = "exact" if group[0].reps == 0 else f"{min(c.reps for c in group):,}"
        out = sum(not c.passes for c in group)
        name = f"{method} *" if compared(group[0]) else method
        figures = f"{len(group)} | {reps} | {np.median(values):.3f} | {worst:.3f} | {out or ''}"
        lines.append(f"| {family} | {name} | {kind} | {figures} |")
    return lines


def _worst(kind: str, values: list[float]) -> float:
    if kind in SLACK:
        return max(values, key=abs)
    return max(values) if kind == "level" else min(values)


def outside(cells: list[Cell]) -> list[str]:
    """Every cell of the kit outside its tolerance, with its reason."""
    lines = ["| family | method | setting | n | what | value | reason |", "|---|---|---|---|---|---|---|"]
    for c in cells:
        if not c.passes and not compared(c):
            where = f"{c.family} | {c.method} | {c.setting} | {c.n}"
            lines.append(f"| {where} | {c.kind} | {c.value:.3f} | {reason(c)} |")
    return lines


def beside(cells: list[Cell]) -> list[str]:
    """What is shown for comparison, and why it is not what the kit claims with."""
    seen = {(c.family, c.method) for c in cells}
    return [f"* {family}, {method}: {why}." for (family, method), why in COMPARISON.items() if (family, method) in seen]


def picture(cells: list[Cell], kind: str, path: Path) -> None:
    """Draw all cells of each method as a strip against the nominal value; what lies beyond the axis is an arrow."""
    strips = {(f, m): group for (f, m, k), group in groups(cells).items() if k == kind}
    figure, ax = plt.subplots(figsize=(8.2, 0.27 * len(strips) + 1.1), layout="constrained")
    for row, ((family, _), group) in enumerate(reversed(strips.items())):
        _strip(ax, row, group, SHOWN[kind])
        if row and list(reversed(strips))[row - 1][0] != family:
            ax.axhline(row - 0.5, color="0.9", lw=0.8, zorder=0)
    nominal, slack = NOMINAL[kind], 3 * np.sqrt(ALPHA * (1 - ALPHA) / 10_000)
    ax.axvline(nominal, color="0.2", lw=1)
    ax.axvline(nominal + slack if kind == "level" else nominal - 0.01 - slack, color=RED, lw=1, ls="--")
    ax.set_yticks(range(len(strips)), [f"{f}: {m}" for f, m in reversed(strips)], fontsize=8)
    low, high = SHOWN[kind]
    ax.set(xlim=(low - 0.002, high + 0.002), ylim=(-0.7, len(strips) - 0.3))
    words = {"level": "share of false rejections", "coverage": "share of intervals that hold the truth"}[kind]
    figure.supxlabel(f"{words}, one dot per cell; line: nominal, dashed: tolerance at 10,000 replications", size=8)
    ax.set_title(
        "blue: used by the kit, red: outside its tolerance, grey: for comparison, triangle: off the axis", size=8
    )
    ax.tick_params(axis="x", labelsize=8)
    ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130, metadata={"Software": None})
    plt.close(figure)


def _strip(ax: plt.Axes, row: int, group: list[Cell], shown: tuple[float, float]) -> None:
    height = row + 0.5 * (np.random.default_rng(row).random(len(group)) - 0.5)
    values = np.array([c.value for c in group])
    colours = np.array([GREY if compared(c) else BLUE if c.passes else RED for c in group])
    for side, marker in ((values < shown[0], "<"), (values > shown[1], ">")):
        ax.scatter(np.clip(values[side], *shown), height[side], s=16, c=colours[side], marker=marker, linewidths=0)
    inside = (values >= shown[0]) & (values <= shown[1])
    ax.scatter(values[inside], height[inside], s=9, c=colours[inside], alpha=0.75, linewidths=0)


def verdict_studies(cells: list[Cell]) -> list[str]:
    """One line per study: any false statement of the table of verdicts, and how often a true claim is made."""
    found: dict[tuple[str, str], dict[str, Cell]] = defaultdict(dict)
    for cell in cells:
        if cell.family in (claims.NAME, verdicts.NAME):
            found[cell.family, cell.setting][cell.method] = cell
    lines = ["| studies | setting | kit | Holm over the merges, one-sided |", "|---" * 4 + "|"]
    for level, what in ((True, "any false statement"), (False, "better than every parent, claimed")):
        for (family, setting), by_method in found.items():
            kit, other = by_method.values()
            if (kit.kind == "level") == level:
                lines.append(f"| {family}: {what} | {setting} | {kit.value:.1%} | {other.value:.1%} |")
    return lines


def task_claims(cells: list[Cell]) -> list[str]:
    """One line per study: false statements on benchmarks and tasks, then the true ones that are found."""
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for cell in cells:
        if cell.family in tasks.FAMILIES:
            found[cell.family, cell.setting][cell.method] = cell.value
    lines = []
    for family in tasks.FAMILIES:
        studies = {setting: values for (name, setting), values in found.items() if name == family}
        if not studies:
            continue
        methods = next(iter(studies.values()))
        lines += [f"| {family} | {' | '.join(methods)} |", "|---" * (len(methods) + 1) + "|"]
        lines += [f"| {name} | {' | '.join(f'{x:.1%}' for x in values.values())} |" for name, values in studies.items()]
        lines.append("")
    return lines[:-1]


def choice_study(cells: list[Cell]) -> list[str]:
    """One line per study: what is stated of the model that is taken, and what is true of it; then by what is stated."""
    found: dict[str, dict[tuple[str, str, str], float]] = defaultdict(dict)
    for cell in cells:
        if cell.family in (choices.BEST, choices.REGRET, choices.SCORE, choices.NAMED):
            found[cell.setting][cell.family, cell.method, cell.kind] = cell.value
    head = (
        "P(best): stated, true | flat draws: stated, true | the sentence states it: in, stated, true "
        "| regret (SE): stated, true | score (SE): raw, shrunk"
    )
    studies = [f"| study | {head} |", "|---" * 6 + "|", *(_choice_row(*study) for study in found.items())]
    return [*studies, "", *_by_chance(cells)]


def _choice_row(study: str, values: dict[tuple[str, str, str], float]) -> str:
    def both(family: str, method: str, kind: str) -> str:
        true = values[family, method, "observed"]
        return f"{true + values[family, method, kind]:.2f}, {true:.2f}"

    chances = [both(choices.BEST, method, "gap") for method in (choices.KIT, choices.FLAT)]
    named = [values.get((choices.NAMED, choices.KIT, f"observed {what}")) for what in ("share", "stated", "true")]
    said = ", ".join([f"{named[0]:.1%}", *(f"{one:.2f}" for one in named[1:] if one is not None)])
    scores = [f"{values[choices.SCORE, method, 'bias']:+.2f}" for method in (choices.FLAT, choices.KIT)]
    cost = both(choices.REGRET, choices.KIT, "bias")
    return f"| {study} | {' | '.join(chances)} | {said} | {cost} | {', '.join(scores)} |"


def _by_chance(cells: list[Cell]) -> list[str]:
    """One line per range of stated chances, all spreads together."""
    found: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for cell in cells:
        if cell.family == choices.BINNED:
            found[cell.setting, cell.n][cell.kind] = cell.value
    lines = ["| studies, stated chance | studies | mean of stated | true |", "|---" * 4 + "|"]
    for (setting, n), values in found.items():
        lines.append(f"| {setting} | {n:,} | {values['observed stated']:.2f} | {values['observed true']:.2f} |")
    return lines


def best_parents(cells: list[Cell]) -> list[str]:
    """One line per study: bias and coverage of the gain over the best of several parents, by kit and as measured."""
    found: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for cell in cells:
        if cell.family == best_parent.NAME:
            found[cell.setting][cell.method, cell.kind] = cell.value
    lines = [
        "| study | bias (SE): kit, as measured | limits of the verdict | interval for the parent named |",
        "|---" * 4 + "|",
    ]
    for study, values in found.items():
        bias, held = (
            [values[method, kind] for method in (best_parent.KIT, best_parent.RAW)] for kind in ("bias", "coverage")
        )
        lines.append(f"| {study} | {bias[0]:+.2f}, {bias[1]:+.2f} | {held[0]:.1%} | {held[1]:.1%} |")
    return lines


def rare_values(cells: list[Cell]) -> list[str]:
    """One line per law of skewed differences and number of items: level, flag and power."""
    found: dict[tuple[str, int], dict[tuple[str, str], float]] = defaultdict(dict)
    for cell in cells:
        if cell.family == FAMILY and "loss" not in cell.kind:
            law, _, side = cell.setting.replace(", better", "|better").replace(", worse", "|worse").partition("|")
            found[law, cell.n][cell.method, side] = cell.value
    columns = {
        "level": (KIT, ""), "plain flips": (PLAIN, ""), "tail not seen": (FLAGGED, ""),
        "level of the other rows": (REST, ""),
        "power, better": (KIT, "better"), "plain, better": (PLAIN, "better"),
        "power, worse": (KIT, "worse"), "plain, worse": (PLAIN, "worse"),
    }  # fmt: skip
    lines = [f"| law | n | {' | '.join(columns)} |", "|---" * (len(columns) + 2) + "|"]
    for (law, n), values in found.items():
        shares = [f"{values[key]:.1%}" if key in values else "" for key in columns.values()]
        lines.append(f"| {law} | {n} | {' | '.join(shares)} |")
    return lines


def questions_of_several_tasks(cells: list[Cell]) -> list[str]:
    """One line per study of tasks that share questions: level and coverage, and those of tasks taken for distinct."""
    found: dict[tuple[str, int], dict[tuple[str, str, str], float]] = defaultdict(dict)
    for cell in cells:
        if cell.family == shared_questions.FAMILY:
            study, _, gain = cell.setting.rpartition(", gain ")
            found[study, cell.n][cell.method, cell.kind, gain] = cell.value
    columns = {
        f"{kind}, gain {gain}, {word}": (method, kind, gain)
        for kind, gain in (("level", "0"), ("coverage", "0"), ("coverage", "0.1"))
        for word, method in (("kit", shared_questions.KIT), ("distinct", shared_questions.DISTINCT))
    }
    lines = [f"| study | items | {' | '.join(columns)} |", "|---" * (len(columns) + 2) + "|"]
    for (study, n), values in found.items():
        shares = [f"{values[key]:.1%}" for key in columns.values()]
        lines.append(f"| {study} | {n} | {' | '.join(shares)} |")
    return lines


def page(cells: list[Cell]) -> list[str]:
    """Return the generated part of docs/statistics.md."""
    kit = [c for c in cells if not compared(c)]
    out = [sum(not c.passes for c in part) for part in (cells, kit)]
    return [
        f"{len(cells):,} cells, {len(kit):,} of them of methods of the kit. Outside their tolerance are {out[0]}, "
        f"of the kit's {out[1]}. Methods with * are shown for comparison.",
        "", *summary(cells),
        "", "Cells of the kit outside their tolerance, each with its reason:", "", *outside(cells), "", NOTE,
        "", "Shown for comparison:", "", *beside(cells),
    ]  # fmt: skip


def main() -> None:
    """Write the pictures and the page."""
    mpl.use("agg")
    cells = read()
    for kind in SHOWN:
        picture(cells, kind, DOCS / "calibration" / f"{kind}.png")
    path = DOCS / "statistics.md"
    text = path.read_text()
    parts = {
        "verdicts": verdict_studies(cells),
        "tasks": task_claims(cells),
        "choice": choice_study(cells),
        "best parent": best_parents(cells),
        "rare values": rare_values(cells),
        "shared questions": questions_of_several_tasks(cells),
        "calibration": page(cells),
    }
    for part, lines in parts.items():
        (start, end) = MARKS[part]
        before, _, rest = text.partition(start)
        text = "\n".join([before + start, *lines, end]) + rest.partition(end)[2]
    path.write_text(text)


if __name__ == "__main__":
    main()
