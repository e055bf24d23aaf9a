"""A question that stands in several tasks counts once in the error of their average."""

import numpy as np
import pytest

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    MergeContext,
    choice_table,
    differences,
    place_table,
    relation_table,
    standing,
    winner_table,
)
from mergekit_eval.compare.benchmarks import numbered_set, question_set
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.joint_draws import Cell, contrast_draws
from mergekit_eval.compare.questions import unknown_sharing
from mergekit_eval.compare.retention import retention_table
from mergekit_eval.compare.scores import score_table
from mergekit_eval.compare.shared_units import Asked
from mergekit_eval.compare.verdicts import verdict_table
from mergekit_eval.rows import score_rows
from tests.compare.conftest import bare
from tests.compare.shared import ROLES, N, answers, copied, keyed


@pytest.fixture(scope="module")
def alone(build):
    return build(ROLES, {}, {(model, "t"): value for model, value in answers().items()})


@pytest.fixture(scope="module")
def merges(merging):
    return merging(("m", ("a", "b"), "base"))


def overall(table, **where):
    rows = table[table["level"].eq("overall")]
    for column, value in where.items():
        rows = rows[rows[column].eq(value)]
    return rows.reset_index(drop=True)


@pytest.mark.parametrize("times", [2, 3, 7])
def test_a_task_under_several_names_is_worth_one(alone, merges, times):
    several = copied(alone, times)
    one, many = (overall(relation_table(MergeContext(x, merges), differences(x, merges))) for x in (alone, several))
    assert (many["n_tasks"] == times).all() and len(one) == len(many) == 5
    for name in ("gain", "stderr", "gain_low", "gain_high", "p"):
        assert many[name].to_numpy(float) == pytest.approx(one[name].to_numpy(float)), name


def test_copies_without_any_difference_have_half_an_item_once(build, merging):
    values = answers(50)
    values["m"] = values["a"]
    found, rows = build(ROLES, {}, {(model, "t"): x for model, x in values.items()}), merging(("m", ("a", "b"), "base"))
    table = copied(found, 4)
    row = overall(relation_table(MergeContext(table, rows), differences(table, rows)), reference="a", relation="parent")
    assert (row.loc[0, "gain"], row.loc[0, "stderr"]) == pytest.approx((0, 1 / 50))


def test_clustered_copies_are_worth_one(build, merges):
    values = {(model, "t"): np.repeat(x, 4) for model, x in answers(30).items()}
    found = build(ROLES, {"t": {"clusters": [f"passage {at // 4}" for at in range(120)]}}, values)
    one, many = (
        overall(relation_table(MergeContext(x, merges), differences(x, merges)))[["gain", "stderr", "p"]].to_numpy(
            float
        )
        for x in (found, copied(found, 3))
    )
    assert many == pytest.approx(one)


def test_places_retention_and_choice_know_the_covariance(alone, merges):
    several = copied(alone, 3)
    tables = []
    for found in (alone, several):
        context, gaps = MergeContext(found, merges), differences(found, merges)
        places = overall(place_table(context, gaps))[["gain", "gain_low", "gain_high"]].to_numpy(float)
        kept = overall(retention_table(context))[["retention", "low", "high"]].to_numpy(float)
        columns = ["p_best", "regret", "mde", "macro_low", "macro_high"]
        chosen = choice_table(context, score_table(found)).set_index("model").loc[list(ROLES), columns]
        tables.append((places, kept, chosen.to_numpy(float)))
    for place, tolerance in ((0, 3e-3), (1, 1e-9), (2, 1e-9)):
        known = np.isfinite(tables[0][place])
        assert (known == np.isfinite(tables[1][place])).all()
        assert tables[1][place][known] == pytest.approx(tables[0][place][known], abs=tolerance)


def test_joint_draws_have_the_covariance_between_tasks(build, merges):
    both = {(model, task): x for seed, task in ((5, "t"), (9, "u")) for model, x in answers(N, seed).items()}
    found = keyed(build(ROLES, {}, both), {"u": [f"t-{at}" for at in range(N)]})
    shares = {(0, 0): {"t": 1.0}, (0, 1): {"u": 1.0}, (1, 0): {"t": 0.5, "u": 0.5}}
    cells = [Cell(*place, "m", "a", share) for place, share in shares.items()]
    draws = contrast_draws(MergeContext(found, merges), cells, (2, 2), seed=1)
    gaps = np.column_stack([both["m", task] - both["a", task] for task in ("t", "u")])
    expected = np.cov(gaps.T) / N
    columns = np.column_stack([draws[:, 0, 0], draws[:, 0, 1]])
    assert np.cov(columns.T) == pytest.approx(expected, rel=0.06, abs=4e-5)
    assert draws[:, 1, 0].var() == pytest.approx(expected.sum() / 4, rel=0.06)
    assert draws[:, 1, 0] == pytest.approx(columns.mean(axis=1), abs=1e-5)


def test_a_winner_is_scored_on_questions_that_did_not_take_part_in_any_task(alone, merging):
    rows = merging(*((name, (), "") for name in ("a", "b", "m")))
    one, many = (winner_table(MergeContext(found, rows)).iloc[0] for found in (alone, copied(alone, 3)))
    for name in ("naive", "cross_fitted", "low", "high", "optimism"):
        assert many[name] == pytest.approx(one[name]), name
    assert (one["n"], many["n"], many["n_tasks"]) == (N, 3 * N, 3)


def test_ranks_are_as_open_as_those_of_one_task(alone):
    spreads = [standing(found, draws=4_000).ranks.set_index("model") for found in (alone, copied(alone, 5))]
    columns = ["low", "high", "mean_rank"]
    assert spreads[0][columns].to_numpy(float) == pytest.approx(spreads[1].loc[spreads[0].index, columns], abs=0.06)


def test_numbers_of_a_file_are_no_questions(alone):
    numbered = keyed(alone, {"t": [f"id:{at}" for at in range(N)]})
    assert Evidence(copied(numbered, 3)).questions.sharing == frozenset()
    assert Evidence(copied(alone, 3)).questions.sharing == {"t", "copy0", "copy1"}
    assert Evidence(bare(copied(alone, 3), ["base"])).questions.sharing == {"t", "copy0", "copy1"}


def test_a_repeated_key_is_another_question(alone):
    items = alone.items.assign(item_key="same text", occurrence=alone.items["line"].astype("int32"))
    found = copied(Collection(alone.scores, items, alone.problems), 2)
    evidence = Evidence(found)
    rows = score_rows(evidence.scores[evidence.scores["model"].eq("m")])
    numbers = [evidence.questions.of(row).tolist() for row in rows]
    assert numbers == [list(range(N))] * 2


def languages(build, sizes):
    tasks = {task: answers(n, seed) for seed, (task, n) in enumerate(sizes.items())}
    return build(ROLES, {}, {(model, task): x[model] for task, x in tasks.items() for model in ROLES})


def test_translations_that_number_their_questions_alike_share_them(build):
    found = Evidence(languages(build, {"xnli_de": 40, "xnli_fr": 40, "xnli_sw": 30, "belebele_deu_Latn": 40}))
    assert found.questions.sharing == {"xnli_de", "xnli_fr"}
    rows = {row.task: found.questions.of(row) for row in score_rows(found.scores[found.scores["model"].eq("m")])}
    assert rows["xnli_de"].tolist() == rows["xnli_fr"].tolist() and rows["xnli_sw"] is None


def test_a_set_of_gpqa_shares_its_questions_with_its_other_prompts_only():
    prompts = ("gpqa_main_zeroshot", "gpqa_main_cot_n_shot", "leaderboard_gpqa_main")
    assert len({numbered_set(task) for task in prompts}) == 1
    assert len({numbered_set(f"gpqa_{name}_zeroshot") for name in ("main", "diamond", "extended")}) == 3
    assert numbered_set("mgsm_direct_de [n_shot=8]") == numbered_set("mgsm_native_cot_sw") != ""
    assert numbered_set("xnli_eu") == numbered_set("arc_de") == numbered_set("gsm8k") == ""


def test_subjects_of_a_translation_are_different_questions():
    assert question_set("global_mmlu_full_de_anatomy") == question_set("global_mmlu_full_sw_anatomy")
    assert question_set("global_mmlu_full_de_anatomy") != question_set("global_mmlu_full_de_virology")
    assert question_set("mmlu_anatomy") != question_set("mmlu_virology")
    assert question_set("task [n_shot=5]") == question_set("task [n_shot=0]") == "task"


def test_what_may_be_shared_but_is_not_known_is_said_once_per_benchmark(build, merges):
    sizes = {"belebele_deu_Latn": 40, "belebele_fra_Latn": 40, "belebele_ell_Grek": 40, "xnli_de": 40, "xnli_fr": 40}
    sizes |= {"blimp_causative": 40, "blimp_wh_island": 40}
    found = languages(build, sizes)
    context = MergeContext(found, merges)
    row = overall(relation_table(context, differences(found, merges)), relation="base").iloc[0]
    assert row["note"] == "the tasks of belebele may ask the same questions; their covariance is not known, taken as 0"
    places = place_table(context, differences(found, merges))
    assert set(places.loc[places["note"].ne(""), "task"]) >= {"belebele", "overall"}
    assert "" in set(places.loc[places["task"].isin(["xnli", "blimp"]), "note"])
    assert verdict_table(context, places, score_table(found)).loc[0, "note"] == row["note"]
    assert "the tasks of belebele may ask" in standing(found, draws=200).note
    assert "the tasks of belebele may ask" in choice_table(context, score_table(found)).loc[0, "note"]


def test_aggregates_of_translations_say_that_their_covariance_is_not_known():
    told = unknown_sharing(["xnli_de", "xnli_fr", "gsm8k"], [None, None, None])
    assert told == "the tasks of xnli may ask the same questions; their covariance is not known, taken as 0"
    one = Asked(np.array([[1.0], [0.0]]), np.array([0, 1]), None)
    assert unknown_sharing(["xnli_de", "xnli_fr", "gsm8k"], [one, one, None]) == ""
