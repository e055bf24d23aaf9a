"""Which tasks are one benchmark."""

import re

import pytest

from mergekit_eval.benchmark import Benchmark
from mergekit_eval.compare.benchmarks import benchmark_of, counted_tasks, fits, folded, known_benchmarks, plain_task
from mergekit_eval.compare.subjects import subject_areas

BENCHMARKS = {
    "mmlu": [
        "mmlu",
        "mmlu_virology",
        "hendrycksTest-virology",
        "m_mmlu_fr",
        "MMLU",
        "mmlu-nl",
        "inspect_evals/mmlu_0_shot",
    ],
    "mmlu_pro": ["mmlu_pro", "MMLU-Pro (Biology)", "leaderboard_mmlu_pro", "mmlu_pro_plus_math", "mmlu_prox_de"],
    "arc_challenge": ["arc_challenge", "arc_fr", "arc_challenge_25shot", "ARC", "arc_challenge:mc::tulu"],
    "arc_easy": ["arc_easy", "inspect_evals/arc_easy"],
    "bbh": ["leaderboard_bbh_snarks", "bbh_cot_fewshot_snarks", "BBH", "Big-Bench Hard"],
    "bigbench": ["bigbench_snarks"],
    "gpqa": ["leaderboard_gpqa_main", "gpqa_diamond_cot_zeroshot", "GPQA"],
    "hendrycks_math": [
        "hendrycks_math_algebra",
        "leaderboard_math_geometry_hard",
        "MATH Level 5",
        "minerva_math500",
        "math_algebra",
    ],
    "gsm8k": ["gsm8k", "gsm8k_cot", "gsm8k [n_shot=5]", "gsm8k (run 2)", "mgsm_direct_de"],
    "humaneval": ["humaneval", "HumanEval+", "humaneval_plus", "instruct-humaneval"],
    "humanevalpack": ["humanevalpack-python"],
    "unscramble": ["anagrams1", "cycle_letters", "reversed_words"],
    "conll": ["conll-nl", "conll-en"],
    "adv_glue": ["adv_mnli_mismatched", "adv_glue"],
    "mnli": ["mnli", "mnli_mismatch", "glue_mnli"],
    "copa": ["copa", "xcopa_it", "super_glue-copa-t5-prompt"],
    "cmmlu": ["cmmlu", "cmmlu_anatomy"],
    "blimp_nl": ["blimp_nl_negative_polarity__negative_polarity_a"],
    "arithmetic": ["arithmetic_2da"],
    "mathqa": ["mathqa"],
    "kobest_copa": ["kobest_copa"],
    "": ["math_perturbed_full", "arc_agi", "task_a", "racer", "drops", "rules_of_chess", "mmluish", "gsm8"],
}


@pytest.mark.parametrize(("name", "tasks"), BENCHMARKS.items())
def test_a_task_belongs_to_the_vote_of_its_name(name, tasks):
    owners = {task: known_benchmarks().get(benchmark_of(task), Benchmark("")) for task in tasks}
    assert {task: owner.of or owner.name for task, owner in owners.items()} == dict.fromkeys(tasks, name)


def test_a_family_is_all_tasks_of_a_first_word_and_its_own_row_a_fallback():
    entry = known_benchmarks()["arithmetic"]
    assert (entry.tasks, entry.fallback) == (("arithmetic", "arithmetic_*"), ("arithmetic",))


def test_only_the_probes_of_holmes_are_holmes():
    assert (
        benchmark_of("blimp-wh_island", "holmes") == benchmark_of("zorro-case-subjective_pronoun", "holmes") == "holmes"
    )
    assert benchmark_of("blimp_wh_island", "lm-eval") == "blimp"


def test_a_benchmark_shares_the_vote_of_one_that_has_its_own():
    shared = [entry.of for entry in known_benchmarks().values() if entry.of]
    assert {name: known_benchmarks()[name].of for name in shared} == dict.fromkeys(shared, "")


def test_every_subject_of_mmlu_is_mmlu_and_every_pair_of_blimp_is_blimp():
    assert {benchmark_of(task) for task in subject_areas()} == {"mmlu"}
    assert {benchmark_of(task) for task in ("blimp_causative", "blimp-wh_island")} == {"blimp"}


def test_conditions_are_no_part_of_a_name():
    assert plain_task("gsm8k [n_shot=5]") == plain_task("gsm8k (run 2)") == "gsm8k"
    assert plain_task("MMLU-Pro (Biology)") == "MMLU-Pro (Biology)"
    assert folded("lib/MMLU-Pro (Biology) [n_shot=5]") == "mmlu_pro_biology"


def test_a_pattern_may_name_one_measurement_or_all():
    assert fits("gsm8k [n_shot=5]", "gsm8k [n_shot=5]")
    assert fits("gsm8k [n_shot=5]", "gsm8k")
    assert not fits("gsm8k", "gsm8k [n_shot=5]")


def test_every_pattern_of_the_facts_is_written_as_names_are_compared_and_belongs_to_one_benchmark():
    patterns = [pattern for entry in known_benchmarks().values() for pattern in entry.tasks]
    assert len(set(patterns)) == len(patterns)
    every = [
        pattern for entry in known_benchmarks().values() for pattern in (*entry.tasks, *entry.primary, *entry.fallback)
    ]
    assert [pattern for pattern in every if not re.fullmatch(r"([a-z-]+: )?[a-z0-9_+*?|]+", pattern)] == []


def test_the_first_primary_task_that_is_measured_stands_alone():
    entry = Benchmark("exam", primary=("b", "a"), fallback=("all",))
    assert counted_tasks(entry, ["a", "b", "c", "all"]) == ["b"]
    assert counted_tasks(entry, ["a", "c"]) == ["a"]


def test_a_fallback_counts_only_alone_and_the_first_of_several():
    entry = Benchmark("exam", fallback=("all", "part_1|part_2"))
    assert counted_tasks(entry, ["all", "part_1", "c"]) == ["c"]
    assert counted_tasks(entry, ["part_1", "all"]) == ["all"]
    assert counted_tasks(entry, ["part_1", "part_2"]) == ["part_1", "part_2"]
    assert counted_tasks(entry, []) == []


def test_level_5_counts_only_without_the_whole_of_math():
    entry = known_benchmarks()["hendrycks_math"]
    hard = ["leaderboard_math_algebra_hard", "leaderboard_math_geometry_hard"]
    assert counted_tasks(entry, [*hard, "math_500"]) == hard
    assert counted_tasks(entry, [*hard, "math_algebra"]) == ["math_algebra"]
    assert counted_tasks(entry, ["math_algebra", "minerva_math_algebra", "minerva_math500"]) == ["minerva_math_algebra"]


def test_areas_of_mmlu_count_only_without_subjects_and_total():
    entry = known_benchmarks()["mmlu"]
    assert counted_tasks(entry, ["mmlu_stem", "mmlu_other"]) == ["mmlu_stem", "mmlu_other"]
    assert counted_tasks(entry, ["mmlu_stem", "mmlu", "mmlu_other"]) == ["mmlu"]
    assert counted_tasks(entry, ["mmlu_stem", "mmlu", "mmlu_virology"]) == ["mmlu_virology"]
