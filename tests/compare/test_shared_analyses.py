"""Every table that averages or pools tasks counts a question of several tasks once: against plain other ways."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval import stats
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    MergeContext,
    capability_table,
    ceiling_table,
    differences,
    gain_correlation,
    item_table,
    minimal_pair_probes,
    normalised_performance,
    pooled_gains,
    probe_groups,
    regression_table,
    relation_table,
    simultaneous,
)
from mergekit_eval.compare.retention import retention_table
from mergekit_eval.compare.scores import score_table
from tests.compare.conftest import one
from tests.compare.shared import ROLES, N, answers, copied, keyed
from tests.compare.test_items import chance_of

Z = sps.norm.isf(0.025)


@pytest.fixture(scope="module")
def alone(build):
    return build(ROLES, {}, {(model, "t"): value for model, value in answers().items()})


@pytest.fixture(scope="module")
def merges(merging):
    return merging(("m", ("a", "b"), "base"))


@pytest.fixture(scope="module")
def overlapping(build):
    """Two tasks of 120 and 80 questions, 50 of which stand in both; answers to one question resemble each other."""
    first = answers()
    rng = np.random.default_rng(3)
    second = {model: np.r_[np.where(rng.random(50) < 0.7, x[:50], 1 - x[:50]), x[50:80]] for model, x in first.items()}
    both = {**{(model, "t"): x for model, x in first.items()}, **{(model, "u"): x for model, x in second.items()}}
    facts = {"t": {"capability": "x", "chance": 0.0}, "u": {"capability": "y", "chance": 0.0}}
    keys = {"u": [f"t-{at}" if at < 50 else f"u-{at}" for at in range(80)]}
    return keyed(build(ROLES, facts, both), keys), both


def resampled(both, statistic, draws=3000, seed=8):
    """Standard deviation of a statistic of (answers on t, answers on u), the questions of both being redrawn.

    A plain bootstrap of three groups of questions: those of both tasks, and those of each alone.
    """
    rng, found = np.random.default_rng(seed), []
    for _ in range(draws):
        both_asked, only_t, only_u = rng.integers(0, 50, 50), rng.integers(50, N, N - 50), rng.integers(50, 80, 30)
        found.append(
            statistic(
                {model: both[model, "t"][np.r_[both_asked, only_t]] for model in ROLES},
                {model: both[model, "u"][np.r_[both_asked, only_u]] for model in ROLES},
            )
        )
    return np.std(found, ddof=1)


def test_a_mean_over_a_task_under_three_names_has_the_limits_of_one(alone, merges):
    made = [
        one(capability_table(score_table(found), MergeContext(found, merges).votes, found), model="m")
        for found in (alone, copied(alone, 3))
    ]
    assert made[1][["value", "low", "high"]].tolist() == pytest.approx(made[0][["value", "low", "high"]].tolist())


def test_item_changes_of_copies_have_the_noise_of_exchanged_labels_of_each_question(alone, merges):
    single, many = (item_table(MergeContext(found, merges)) for found in (alone, copied(alone, 3)))
    single, many = (table[table["level"].eq("overall")].set_index("category") for table in (single, many))
    columns = ["share", "low", "high"]
    assert many[columns].to_numpy(float) == pytest.approx(single[columns].to_numpy(float))
    items = np.column_stack([answers()[name] for name in ("m", "a", "b")]).astype(int).tolist()
    for name in ("gained", "synergy", "lost", "lost_consensus"):
        chances = np.array([chance_of(name, item) for item in items])
        assert many.loc[name, "expected"] == pytest.approx(3 * chances.sum())
        spread = 3 * np.sqrt((chances * (1 - chances)).sum())
        assert many.loc[name, "noise_high"] - many.loc[name, "expected"] == pytest.approx(Z * spread)


def test_item_changes_of_two_tasks_have_the_noise_of_labels_exchanged_by_question(overlapping, merges):
    """Labels are exchanged at random 4,000 times, the same way in both tasks for a question of both."""
    found, both = overlapping
    row = one(item_table(MergeContext(found, merges)), level="overall", category="synergy")
    rng, counts = np.random.default_rng(4), []
    for _ in range(4_000):
        swapped = rng.integers(0, 3, N + 30)
        count = 0
        for task, of in (("t", np.arange(N)), ("u", np.r_[0:50, N : N + 30])):
            right = np.column_stack([both[name, task] for name in ("m", "a", "b")])
            mine = right[np.arange(len(right)), swapped[of]]
            count += ((mine == 1) & (right.sum(axis=1) == 1)).sum()
        counts.append(count)
    assert row["expected"] == pytest.approx(np.mean(counts), rel=0.02)
    assert row["noise_high"] - row["expected"] == pytest.approx(Z * np.std(counts), rel=0.05)


def test_shares_of_items_of_two_tasks_have_the_error_of_redrawn_questions(overlapping, merges):
    found, both = overlapping
    row = one(item_table(MergeContext(found, merges)), level="overall", category="kept")

    def share(t, u):
        kept = [((x["m"] == 1) & (x["a"] == 1) & (x["b"] == 1)).sum() for x in (t, u)]
        return sum(kept) / (N + 80)

    half_items = 0.5 * (1 + 2 * 50 / np.sqrt(N * 80)) / (N + 80) ** 2 + 0.5 / (N + 80) ** 2
    error = np.sqrt(resampled(both, share) ** 2 + half_items)
    assert row["high"] - row["share"] == pytest.approx(Z * error, rel=0.05)


def test_the_recovered_share_of_copies_is_that_of_items_in_clusters(build, alone, merges):
    tripled = {(model, "t"): np.repeat(x, 3) for model, x in answers().items()}
    clustered = build(ROLES, {"t": {"clusters": [f"item {at // 3}" for at in range(3 * N)]}}, tripled)
    made = [one(ceiling_table(MergeContext(f, merges)), level="overall") for f in (copied(alone, 3), clustered)]
    columns = ["recovered", "low", "high", "n"]
    assert made[0][columns].tolist() == pytest.approx(made[1][columns].tolist())


def test_pooled_gains_know_the_covariance_of_two_tasks(overlapping, merges):
    found, both = overlapping
    row = pooled_gains(differences(found, merges), found)
    row = row[row["relation"].eq("base")].set_index("task")
    gaps = {task: both["m", task] - both["base", task] for task in ("t", "u")}
    sums = np.zeros((2, N + 30))
    for at, (task, places) in enumerate((("t", np.arange(N)), ("u", np.r_[0:50, N : N + 30]))):
        n = len(places)
        sums[at, places] = (gaps[task] - gaps[task].mean()) / n * np.sqrt(n / (n - 1))
    expected = stats.shrink([gaps["t"].mean(), gaps["u"].mean()], sums @ sums.T)
    assert row.loc[["t", "u"], "gain_pooled"].tolist() == pytest.approx(expected.tolist())


def test_the_average_mergebench_score_has_the_error_of_redrawn_questions(overlapping, merging):
    found, both = overlapping
    context = MergeContext(found, merging(("m", ("a", "b"), "base")), {"a": frozenset({"x"}), "b": frozenset({"y"})})
    row = one(normalised_performance(context), domain="overall")

    def score(t, u):
        return (t["m"].mean() / t["a"].mean() + u["m"].mean() / u["b"].mean()) / 2

    assert row["performance"] == pytest.approx(score(*({m: both[m, task] for m in ROLES} for task in "tu")))
    assert (row["high"] - row["low"]) / 2 == pytest.approx(Z * resampled(both, score), rel=0.05)


def test_a_mergebench_domain_that_is_a_copy_of_another_adds_nothing(alone, merging):
    twice = copied(alone, 2)
    scores = twice.scores.assign(capability=twice.scores["task"].map({"t": "x", "copy0": "y"}))
    context = MergeContext(
        Collection(scores, twice.items, twice.problems), merging(("m", ("a",), "base")), {"a": frozenset({"x", "y"})}
    )
    rows = normalised_performance(context).set_index("domain")
    widths = (rows["high"] - rows["performance"]).astype(float)
    assert rows.loc["overall", "performance"] == pytest.approx(rows.loc["x", "performance"])
    assert widths["overall"] == pytest.approx(widths["x"] * Z / sps.t.isf(0.025, N - 1))


def test_minimal_pairs_under_two_names_have_the_limits_of_one(build):
    found = build(ROLES, {}, {(model, "blimp_causative"): value for model, value in answers().items()})
    twice = copied(found, 2, "blimp_causative", ["blimp_passive_1"])
    rows = [one(probe_groups(minimal_pair_probes(x), x, "phenomenon"), model="m") for x in (found, twice)]
    assert (rows[0]["n_tasks"], rows[1]["n_tasks"]) == (1, 2)
    columns = ["value", "stderr", "low", "high"]
    assert rows[1][columns].tolist() == pytest.approx(rows[0][columns].tolist())


def test_joint_limits_of_copies_are_those_of_one_task(alone, merges):
    single, many = (
        simultaneous(found, differences(found, merges), draws=20_000, seed=2) for found in (alone, copied(alone, 4))
    )
    many = many[many["task"].eq("copy1")]
    assert many["joint_level"].iloc[0] == pytest.approx(single["joint_level"].iloc[0], abs=0.001)
    for name in ("joint_low", "joint_high"):
        assert many[name].tolist() == pytest.approx(single[name].tolist(), abs=0.003)
    apart = keyed(copied(alone, 4), {f"copy{k}": [f"{k}-{at}" for at in range(N)] for k in range(3)})
    wide = simultaneous(apart, differences(apart, merges), draws=20_000, seed=2)
    assert wide["joint_level"].iloc[0] > many["joint_level"].iloc[0] + 0.005


def test_joint_flips_of_tasks_of_different_sizes_have_the_covariance_of_their_questions(overlapping, merges):
    """p of the family of two tasks against one base, from plain sign flips by question."""
    found, both = overlapping
    table = differences(found, merges).query("relation == 'base'").reset_index(drop=True)
    made = simultaneous(found, table, draws=20_000, seed=5).set_index("task")
    gaps = {task: both["m", task] - both["base", task] for task in "tu"}
    signs = np.random.default_rng(6).choice([-1.0, 1.0], size=(20_000, N + 30))
    z = [signs[:, np.arange(N)] @ gaps["t"], signs[:, np.r_[0:50, N : N + 30]] @ gaps["u"]]
    scaled = [np.abs(sums) / np.linalg.norm(gaps[task]) for sums, task in zip(z, "tu", strict=True)]
    largest = np.max(scaled, axis=0)
    critical = np.quantile(largest, 0.95)
    assert made["joint_level"].iloc[0] == pytest.approx(1 - 2 * sps.norm.sf(critical), abs=0.002)


def test_a_question_of_several_tasks_is_in_one_half_in_all_of_them(build, merging):
    rng = np.random.default_rng(11)
    roles = {f"p{at}": "parent" for at in range(8)} | {f"m{at}": "merge" for at in range(8)}
    values = {(name, "t"): (rng.random(200) < 0.1 + 0.05 * at).astype(float) for at, name in enumerate(roles)}
    merges = merging(*((f"m{at}", (f"p{at}",), "") for at in range(8)))
    found = build(roles, {}, values)
    single = one(gain_correlation(found, merges), task="t", kind="separate halves of the items")
    many = one(gain_correlation(copied(found, 3), merges), task="all tasks", kind="separate halves of the items")
    columns = ["r", "low", "high", "p"]
    assert many[columns].tolist() == pytest.approx(single[columns].tolist())


def test_what_may_be_shared_but_is_not_known_is_said_by_every_table(build, merges):
    tasks = ("belebele_deu_Latn", "belebele_fra_Latn")
    facts = {task: {"capability": "reading", "chance": 0.0} for task in tasks}
    values = {(m, task): x for seed, task in enumerate(tasks) for m, x in answers(60, seed).items()}
    found = build(ROLES, facts, values)
    context = MergeContext(found, merges, {"a": frozenset({"reading"})})
    told = "the tasks of belebele may ask the same questions; their covariance is not known, taken as 0"
    notes = {
        "capabilities": capability_table(score_table(found), context.votes, found)["note"],
        "items": item_table(context).query("level == 'overall'")["note"],
        "pooled": pooled_gains(differences(found, merges), found)["note"],
        "mergebench": normalised_performance(context)["note"],
        "retention": retention_table(context).query("level == 'overall'")["note"],
        "ceiling": ceiling_table(context).query("level == 'overall'")["note"],
        "regressions": regression_table(context).query("level == 'overall'")["note"],
        "mean parent": relation_table(context, differences(found, merges)).query(
            "level == 'overall' and relation == 'mean parent'"
        )["note"],
    }
    assert {name: set(column) for name, column in notes.items()} == {name: {told} for name in notes}
