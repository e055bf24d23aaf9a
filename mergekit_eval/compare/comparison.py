"""Every merge against its references: one table, and the questions that are asked of it.

`Session.compare` makes a `Comparison`. Its ``table`` holds every difference there is: one row for a merge, a reference
and a scope (task, capability, overall). Every method returns a new table and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.audit import (
    advice_table,
    alike,
    answer_table,
    asymmetry_table,
    clean_table,
    degenerate,
    fairness,
    filter_table,
    sign_table,
)
from mergekit_eval.compare.audit.tokens import with_counted_ends
from mergekit_eval.compare.bands import band_table
from mergekit_eval.compare.categories import category_table
from mergekit_eval.compare.choice import choice_table
from mergekit_eval.compare.collapse import collapse_table, collapsed
from mergekit_eval.compare.comparability import comparable_pairs
from mergekit_eval.compare.conflicts import conflict_table, regression_table
from mergekit_eval.compare.domains import domains_of
from mergekit_eval.compare.engine import averageable
from mergekit_eval.compare.forgetting import forgetting_table
from mergekit_eval.compare.health import health_table
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.items import item_table
from mergekit_eval.compare.joint_intervals import simultaneous
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.mergebench_score import normalised_performance
from mergekit_eval.compare.multiplicity import described, tested_table
from mergekit_eval.compare.non_inferiority import no_worse_table
from mergekit_eval.compare.oracle_ceiling import ceiling_table
from mergekit_eval.compare.paired_differences import contrasts, differences
from mergekit_eval.compare.parent_range import expectation_table
from mergekit_eval.compare.perplexities import broken, perplexity_scores, perplexity_table
from mergekit_eval.compare.place import place_table
from mergekit_eval.compare.pooled_gains import pooled_gains
from mergekit_eval.compare.power_table import planning_table, visible
from mergekit_eval.compare.references import MULTITASK, REFERENCE
from mergekit_eval.compare.relations import relation_table
from mergekit_eval.compare.retention import retention_table
from mergekit_eval.compare.scores import score_table
from mergekit_eval.compare.sensitivity import sensitivity_table
from mergekit_eval.compare.task_claims import claim_table
from mergekit_eval.compare.verdicts import verdict_table
from mergekit_eval.compare.votes import Votes, Weights, vote_table, votes_of
from mergekit_eval.schema import Tables
from mergekit_eval.shares import MARGIN
from mergekit_eval.wording import counted


@dataclass(frozen=True)
class Comparison:
    """Every merge of a study against its base, its parents and what else it is held against.

    Attributes
    ----------
    collection : Collection
        What was read.
    merges : DataFrame
        One row per merge: its parents and its base (`Session.merges`).
    study : Study or None
        Says for which domain each parent was trained.
    alpha : float
        Error rate of each family; intervals are at level 1 - alpha.
    references : list of str
        Models that every merge is compared with besides.
    family : {"all", "merge", "task", "relation"}
        Which differences of single tasks share one correction.
    correction : {"holm", "bh", "by", "max-t"}
        How they are corrected.
    seed : int
        For random sign flips and joint draws.
    weights : str or mapping
        What counts how much in an average, see `votes_of`; '' for what the study says.

    Raises
    ------
    DataError
        At the first table that needs it, for a family, correction or reference that is not known.
    """

    collection: Tables
    merges: pd.DataFrame
    study: Any = None
    alpha: float = 0.05
    references: list[str] = field(default_factory=list)
    family: str = "all"
    correction: str = "holm"
    seed: int = 0
    weights: Weights = ""

    def __repr__(self) -> str:
        return f"Comparison of {counted(len(self.merges), 'merge')}, alpha = {self.alpha:g}"

    @property
    def level(self) -> float:
        """Confidence level of the intervals."""
        return 1 - self.alpha

    @property
    def rule(self) -> str:
        """What the correction promises, in words."""
        return described(self.family, self.correction, self.alpha)

    @cached_property
    def evidence(self) -> Evidence:
        """Scores and items that all tables here are made of."""
        return Evidence(self.counted)

    @cached_property
    def counted(self) -> Tables:
        """What was read, in which tokens say which answers are cut off where a tokenizer is at hand."""
        return with_counted_ends(self.collection, self.study)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Every score with its interval, see `score_table`."""
        return score_table(self.evidence, level=self.level)

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """The differences of single tasks to single references, see `differences`: rows of ``table``."""
        trained = self._multitask()
        found = differences(
            self.evidence,
            self.merges,
            alpha=self.alpha,
            references=[*self.references, *(name for name in trained if name not in self.references)],
            seed=self.seed,
            family=self.family,
            correction=self.correction,
        )
        trained_on_all = found["relation"].eq(REFERENCE) & found["reference"].isin(trained)
        return found.assign(relation=found["relation"].mask(trained_on_all, MULTITASK))

    def _multitask(self) -> list[str]:
        """Return the models trained on every task, by the study, that were evaluated: what a merge is to reach."""
        models, evaluated = self.study.models if self.study else {}, set(self.collection.scores["model"])
        return [name for name, model in models.items() if model.kind == MULTITASK and name in evaluated]

    @property
    def margin(self) -> float:
        """Loss that counts as none: the study's, else two points."""
        return self.study.margin if self.study else MARGIN

    @cached_property
    def votes(self) -> Votes:
        """What counts how much in an average, see `votes_of`."""
        return votes_of(self.evidence.scores, self.study, self.weights)

    @cached_property
    def context(self) -> MergeContext:
        """Every merge beside its base and parents on the same items."""
        domains = domains_of(self.study, self.merges)
        return MergeContext(self.evidence, self.merges, domains, level=self.level, votes=self.votes)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every difference: single references, mean, best and specialist parent; task, capability, overall."""
        return relation_table(self.context, self.tasks, alpha=self.alpha)

    def only(self, **where: str) -> pd.DataFrame:
        """Return the rows of ``table`` with given values, e.g. ``only(relation="base", level="overall")``."""
        return tables.only(self.table, **where)

    @cached_property
    def places(self) -> pd.DataFrame:
        """Above, below or not decided against base and parents, by limits that hold together, see `place_table`."""
        return place_table(self.context, self.tasks, alpha=self.alpha, margin=self.margin, seed=self.seed)

    def verdicts(self) -> pd.DataFrame:
        """Return one verdict per merge with its reason and what bends it, see `verdict_table` and `fairness`."""
        found = verdict_table(self.context, self.places, self.scores, margin=self.margin)
        return found.assign(fairness=fairness(found, self.asymmetry, self.clean, self.filters))

    def sensitivity(self) -> pd.DataFrame:
        """Return the verdicts by benchmark, capability, task and item weights, see `sensitivity_table`."""
        how = {"alpha": self.alpha, "margin": self.margin}
        return sensitivity_table(self.context, self.tasks, self.study, places=self.places, **how, seed=self.seed)

    def vote_table(self) -> pd.DataFrame:
        """Return the benchmarks that have a vote, with the tasks that count in each, see `vote_table`."""
        return vote_table(self.votes, list(averageable(self.tasks)["task"].unique()))

    def collapse(self) -> pd.DataFrame:
        """Return the share of skill that each merge has left, task by task, see `collapse_table`."""
        return collapse_table(self.scores, self.merges)

    def signs(self) -> pd.DataFrame:
        """Return which signs the answers of each model show, see `sign_table`."""
        return self._signs

    @cached_property
    def _signs(self) -> pd.DataFrame:
        return sign_table(self.evidence, level=self.level)

    def alike(self) -> str:
        """Say whether the merges were measured like their base and parents, as far as the files show it."""
        return alike(self.tasks, self.signs(), self.asymmetry, self.filters)

    def answers(self, model: str = "", task: str = "", sign: str = "", limit: int = 5) -> pd.DataFrame:
        """Return the first answers of a model on a task that show a sign, to be read, see `answer_table`."""
        return answer_table(self, model, task, sign, limit)

    @cached_property
    def asymmetry(self) -> pd.DataFrame:
        """Where a merge and its base or a parent differ in a sign, see `asymmetry_table`."""
        return asymmetry_table(self.evidence, contrasts(self.merges), alpha=self.alpha)

    @cached_property
    def filters(self) -> pd.DataFrame:
        """The differences by one answer filter beside those by another, see `filter_table`."""
        return filter_table(self.collection, contrasts(self.merges), alpha=self.alpha)

    @cached_property
    def clean(self) -> pd.DataFrame:
        """The differences that a sign bends, beside the same on clean items, see `clean_table`."""
        return clean_table(self, self.asymmetry)

    def advice(self) -> pd.DataFrame:
        """Return what to change where a merge and a reference differ in a sign, see `advice_table`."""
        return advice_table(self)

    def perplexities(self) -> pd.DataFrame:
        """Return every merge's perplexity beside its best relative's, see `perplexity_table`."""
        return perplexity_table(perplexity_scores(self.collection), self.merges, level=self.level)

    def health(self, perplexities: pd.DataFrame) -> pd.DataFrame:
        """Return the signs of a broken merge in one row each, see `health_table`."""
        lost, bad = self.collapse(), degenerate(self.asymmetry)
        reasons = collapsed(lost, self.votes), broken(bad, perplexities)
        return health_table(self.merges, lost, self.signs(), bad, perplexities, *reasons)

    def tested(self) -> pd.DataFrame:
        """Return how many differences were tested and what was decided, see `tested_table`."""
        return tested_table(self.tasks, self.rule)

    def categories(self) -> pd.DataFrame:
        """Return better than all parents, between, or worse than all, see `category_table`."""
        return category_table(self.context, self.table, alpha=self.alpha)

    def positions(self, categories: pd.DataFrame) -> pd.DataFrame:
        """Return where each merge lies in the range of its parents, see `expectation_table`."""
        return expectation_table(categories, self.table)

    def bands(self) -> pd.DataFrame:
        """Return the class of each change, decided by the tests, see `band_table`."""
        return band_table(self.tasks)

    def retention(self, share: float | None = None) -> pd.DataFrame:
        """Return the share of each reference's score over chance that was kept, see `retention_table`."""
        return retention_table(self.context, share=share, alpha=self.alpha)

    def mergebench_scores(self) -> pd.DataFrame:
        """Return merge divided by specialist for every domain, see `normalised_performance`."""
        return normalised_performance(self.context)

    def forgetting(self) -> pd.DataFrame:
        """Return what was lost outside of the parents' domains, see `forgetting_table`."""
        return forgetting_table(self.context, self.tasks, alpha=self.alpha)

    def regressions(self) -> pd.DataFrame:
        """Return losses against the weakest parent, see `regression_table`."""
        return regression_table(self.context, alpha=self.alpha)

    def items(self) -> pd.DataFrame:
        """Return kept, gained, synergy, lost and lost consensus, see `item_table`."""
        return item_table(self.context, alpha=self.alpha)

    def ceiling(self) -> pd.DataFrame:
        """Return how much of the items that any parent has right each merge has, see `ceiling_table`."""
        return ceiling_table(self.context)

    def conflicts(self) -> pd.DataFrame:
        """Return which parent's skill suffers beside which other parent, see `conflict_table`."""
        return conflict_table(self.context, alpha=self.alpha)

    def comparable(self) -> pd.DataFrame:
        """Return on which tasks every merge can be compared with each reference, see `comparable_pairs`."""
        return comparable_pairs(self.evidence, self.merges, references=self.references)

    def joint(self) -> pd.DataFrame:
        """Return the differences of single tasks with intervals that hold together, see `simultaneous`."""
        return simultaneous(self.evidence, self.tasks, alpha=self.alpha, family=self.family, seed=self.seed)

    def claims(self) -> pd.DataFrame:
        """Return what may be claimed of single tasks, inside decided benchmarks only, see `claim_table`."""
        return claim_table(self.context, self.tasks, self.places, alpha=self.alpha)

    def pooled(self) -> pd.DataFrame:
        """Return the differences of single tasks with their partially pooled gains, see `pooled_gains`."""
        return pooled_gains(self.tasks, self.evidence)

    def choice(self) -> pd.DataFrame:
        """Return the chance of each model to be the best and its expected regret, see `choice_table`."""
        return choice_table(self.context, self.scores, alpha=self.alpha, seed=self.seed)

    def detectable(self) -> pd.DataFrame:
        """Return the differences with the smallest one that their items would have shown, see `visible`."""
        return visible(self.tasks, alpha=self.alpha, family=self.family)

    def power(self, wanted: float) -> pd.DataFrame:
        """Return whether the items of each task can show a difference of ``wanted``, see `planning_table`."""
        return planning_table(self.tasks, wanted=wanted, alpha=self.alpha, family=self.family)

    def non_inferiority(self, margin: float) -> pd.DataFrame:
        """Return whether each merge is shown to lose less than ``margin`` against each parent, see `no_worse_table`."""
        return no_worse_table(self.evidence, self.tasks, margin=margin, alpha=self.alpha, seed=self.seed)
