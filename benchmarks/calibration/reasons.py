"""Why a cell is outside its tolerance, and which methods stand in the grid only to be compared with."""

from benchmarks.calibration.cells import Cell
from benchmarks.calibration.shared_questions import DISTINCT, FAMILY

COMPARISON = {
    ("verdict rule", "Holm over the merges, one-sided"): "better and worse are tested at alpha each",
    ("verdicts", "Holm over the merges, one-sided"): "better and worse are tested at alpha each",
    ("paired graded", "t"): "a t test of few skewed differences rejects too often",
    ("paired skewed", "plain sign flips"): "without a correction skewed differences are rejected too often",
    ("paired clustered", "CR1 t"): "t on G - 1 with few or empty clusters",
    ("mean", "t"): "the textbook interval leaves the scale near its ends and has no width without spread",
    ("clustered mean", "CR1 t"): "the same with clusters",
    ("partial correlation", "plain Pearson"): "sees the common cause",
    ("gain against parent", "naive"): "the parent's luck on both axes",
    ("selection", "naive best"): "the winner's curse itself",
    ("best of several parents", "as measured"): "the luck of the highest parent, and an interval for the one named",
    ("ranks", "bootstrap rank intervals (naive)"): "known not to hold for ties; rank sets do",
    ("macro difference", "normal law"): "an error estimated from 15 separating items is itself uncertain; t knows it",
    (FAMILY, DISTINCT): "questions that several tasks ask are counted as often as they are asked",
    ("family-wise", "Holm on sign-flip p"): "with 999 flips no p of 200 comparisons reaches 5 % / 200",
    ("P(best)", "flat draws"): "takes the highest of many similar merges at its face value",
    ("expected regret", "flat draws"): "the same",
    ("score of the first", "flat draws"): "the raw score, which the winner's curse lifts",
}
"""Methods the kit does not claim with; they may fail, and their failing is why the kit uses another."""

DISCRETE = "discrete: the coverage of one binomial jumps with the rate; averaged over rates it is 95 %"
ALIKE = "scores do not show that nothing differs: what is stated lies between the truth at spreads 0 and 0.5"
SPREAD = "errs on the careful side: the prior expects that models may be alike"
REGRET = "of so many models one is better by luck of the draw more often than the prior expects"
SKEW = "skew that so few items do not show (note): "
NOTE = (
    "Note: no test of a mean holds for every skewed population at any number of items (Bahadur & Savage 1956, "
    "doi:10.1214/aoms/1177728077); the plain t test is worse in all of these."
)
# (family, method, part of the setting, why); the first that fits counts.
REASONS = (
    ("proportion", "", "", DISCRETE),
    ("unpaired", "Welch t", "", "discrete: summed exactly the level is 5.60 %, the rest is Monte-Carlo error"),
    ("paired graded", "", "lognormal", SKEW + "skewness 6"),
    (
        "paired graded", "", "exponential",
        "just five rare values are expected (skewness 2): 6.4 % in 20,000 further replications, section 2",
    ),
    ("paired graded", "", "ceiling gap", SKEW + "skewness 1"),
    (
        "clustered mean", "mean (kit)", "40 clusters of 20, icc 0.5, rate 0.98",
        "on average 2.6 of 40 clusters hold a wrong answer, and these are mostly wrong",
    ),
    (
        "clustered mean", "mean (kit)", "100 clusters of 5, icc 0.5, rate 0.98",
        "on average 4.2 of 100 clusters hold a wrong answer",
    ),
    (
        "macro difference", "t, separating items (kit)", "6 tasks of 500, rate 0.9",
        "Monte-Carlo error: 4.8 % in 160,000 further replications",
    ),
    ("agreement", "kappa, percentile", "rate 0.9", "a sample of 50 holds five wrong answers of each model"),
    ("P(best)", "", "spread 0", ALIKE), ("expected regret", "", "spread 0", ALIKE),
    ("score of the first", "", "spread 0", ALIKE), ("P(best)", "", "spread", SPREAD),
    ("expected regret", "", "spread", REGRET), ("score of the first", "", "spread", SPREAD),
)  # fmt: skip


def compared(cell: Cell) -> bool:
    """Whether a method is shown for comparison only."""
    return (cell.family, cell.method) in COMPARISON


def reason(cell: Cell) -> str:
    """Why a cell of the kit is outside; a KeyError here means that nobody has explained it yet."""
    for family, method, setting, why in REASONS:
        if cell.family == family and method in cell.method and setting in cell.setting:
            return why
    raise KeyError(f"no reason yet for {cell}")
