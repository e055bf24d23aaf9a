"""Votes: what each task weighs in an average over benchmarks. All shares here are worked out by hand."""

from fractions import Fraction

import pandas as pd
import pytest

from mergekit_eval.compare.subjects import subject_areas
from mergekit_eval.compare.votes import own_votes, vote_table, votes_of
from mergekit_eval.errors import DataError
from mergekit_eval.run.suites import load_suite
from mergekit_eval.schema import conform
from mergekit_eval.study import load_study

GPQA = ["leaderboard_gpqa_diamond", "leaderboard_gpqa_main", "leaderboard_gpqa_extended"]
LEADERBOARD = [
    "arc_challenge",
    "hellaswag",
    *subject_areas(),
    "truthfulqa_mc1",
    "truthfulqa_mc2",
    "winogrande",
    "gsm8k",
]


def scored(*tasks: str, **facts: dict[str, object]) -> pd.DataFrame:
    """Return scores of one model; a fact is a mapping of some tasks to a value of its column."""
    rows = [{"model": "m", "task": task, "kind": "task", "primary": True, "n": 100} for task in tasks]
    for column, values in facts.items():
        for row in rows:
            row |= {column: values[row["task"]]} if row["task"] in values else {}
    return conform(rows, "scores")


def shares(tasks, weights="benchmark", study=None, **facts):
    return votes_of(scored(*tasks, **facts), study, weights).shares(tasks)


def about(shares):
    return pytest.approx({task: float(Fraction(share)) for task, share in shares.items()}, abs=1e-12)


@pytest.fixture
def study(tmp_path):
    def write(text):
        path = tmp_path / "s.yaml"
        path.write_text(f"study: s\nmodels: {{m: {{role: merge}}}}\n{text}", encoding="utf-8")
        return load_study(path)

    return write


def test_the_57_subjects_of_mmlu_are_one_vote():
    subjects = list(subject_areas())
    assert len(subjects) == 57
    assert shares([*subjects, "gsm8k"]) == about({**dict.fromkeys(subjects, "1/114"), "gsm8k": "1/2"})


def test_fourteen_leaves_weigh_as_much_as_one_task():
    leaves = [f"mmlu_{i}" for i in range(14)]
    expected = {"gsm8k": "1/3", "hellaswag": "1/3", **dict.fromkeys(leaves, "1/42")}
    found = shares(["gsm8k", "hellaswag", *leaves])
    assert found == about(expected)
    gains = {"gsm8k": 10, "hellaswag": 10, **dict.fromkeys(leaves, -2)}
    assert sum(found[task] * gain for task, gain in gains.items()) == pytest.approx(6)


def test_translations_are_the_same_vote():
    tasks = ["gsm8k", "arc_challenge", "arc_fr", "arc_de"]
    assert shares(tasks) == about({"gsm8k": "1/2", "arc_challenge": "1/6", "arc_fr": "1/6", "arc_de": "1/6"})
    assert shares(["gsm8k", "mgsm", "piqa"]) == about({"gsm8k": "1/4", "mgsm": "1/4", "piqa": "1/2"})


def test_translations_of_mmlu_have_half_of_its_vote_beside_the_subjects():
    subjects = ["hendrycksTest-virology", "mmlu_anatomy"]
    expected = {**dict.fromkeys(subjects, "1/8"), "m_mmlu_fr": "1/8", "m_mmlu_de": "1/8", "gsm8k": "1/2"}
    assert shares([*subjects, "m_mmlu_fr", "m_mmlu_de", "gsm8k"]) == about(expected)
    assert shares(["mmlu", "m_mmlu_fr"]) == about({"mmlu": "1/2", "m_mmlu_fr": "1/2"})
    assert shares(["m_mmlu_fr", "gsm8k"]) == about({"m_mmlu_fr": "1/2", "gsm8k": "1/2"})


def test_a_group_row_beside_its_leaves_does_not_count():
    tasks = ["mmlu", "mmlu_stem", "mmlu_virology", "mmlu_anatomy", "gsm8k"]
    expected = {"mmlu": 0, "mmlu_stem": 0, "mmlu_virology": "1/4", "mmlu_anatomy": "1/4", "gsm8k": "1/2"}
    assert shares(tasks) == about(expected)
    assert shares(["mmlu", "gsm8k"]) == about({"mmlu": "1/2", "gsm8k": "1/2"})


def test_truthfulqa_counts_by_mc2():
    assert shares(["truthfulqa_gen", "truthfulqa_mc1", "truthfulqa_mc2"]) == about(
        {"truthfulqa_gen": 0, "truthfulqa_mc1": 0, "truthfulqa_mc2": 1}
    )
    assert shares(["truthfulqa_gen", "truthfulqa_mc1"]) == about({"truthfulqa_gen": 0, "truthfulqa_mc1": 1})


def test_nested_sets_count_once_by_the_largest_that_is_measured():
    assert shares(GPQA) == about({GPQA[0]: 0, GPQA[1]: 0, GPQA[2]: 1})
    assert shares(GPQA[:2]) == about({GPQA[0]: 0, GPQA[1]: 1})


def test_the_first_leaderboard_is_six_votes():
    found = votes_of(scored(*LEADERBOARD))
    held = found.by_benchmark(LEADERBOARD)
    assert list(held) == ["arc_challenge", "hellaswag", "mmlu", "truthfulqa", "winogrande", "gsm8k"]
    by_vote = {name: sum(found.shares(LEADERBOARD)[task] for task in tasks) for name, tasks in held.items()}
    assert by_vote == about(dict.fromkeys(held, "1/6"))


def test_the_parts_of_math_weigh_by_size():
    tasks = ["hendrycks_math_algebra", "hendrycks_math_geometry", "gsm8k"]
    sizes = {"hendrycks_math_algebra": 300, "hendrycks_math_geometry": 100}
    expected = {"hendrycks_math_algebra": "3/8", "hendrycks_math_geometry": "1/8", "gsm8k": "1/2"}
    assert shares(tasks, n=sizes) == about(expected)


def test_parts_of_unknown_size_weigh_the_same_and_the_table_says_so():
    tasks = ["hendrycks_math_algebra", "hendrycks_math_geometry"]
    found = votes_of(scored(*tasks, n={"hendrycks_math_algebra": None}))
    assert found.shares(tasks) == about(dict.fromkeys(tasks, "1/2"))
    row = vote_table(found, tasks).iloc[0]
    assert (row["combine"], row["note"]) == (
        "equal",
        "the number of items of a task is unknown: each task weighs the same",
    )


def test_a_task_measured_twice_is_one_vote_and_the_study_may_name_which(study):
    tasks = ["gsm8k [n_shot=5]", "gsm8k [n_shot=0]", "hellaswag"]
    assert shares(tasks) == about({tasks[0]: "1/4", tasks[1]: "1/4", "hellaswag": "1/2"})
    note = "measured several times, the mean counts: gsm8k"
    assert vote_table(votes_of(scored(*tasks)), tasks)["note"].tolist() == [note, ""]
    named = study("benchmarks: {gsm8k: {primary: ['gsm8k [n_shot=0]']}}")
    assert vote_table(votes_of(scored(*tasks), named), tasks)["note"].tolist() == [f"not counted: {tasks[0]}", ""]
    assert shares(tasks, study=named) == about({tasks[0]: 0, tasks[1]: "1/2", "hellaswag": "1/2"})


def test_a_study_may_make_a_benchmark_of_known_ones_which_weigh_the_same_in_it(study):
    named = study("benchmarks: {maths: {tasks: [gsm8k, 'hendrycks_math*']}}")
    tasks = ["gsm8k", "hendrycks_math_algebra", "hendrycks_math_geometry", "hellaswag"]
    sizes = {"hendrycks_math_algebra": 300, "hendrycks_math_geometry": 100}
    expected = {"gsm8k": "1/4", "hendrycks_math_algebra": "3/16", "hendrycks_math_geometry": "1/16", "hellaswag": "1/2"}
    assert shares(tasks, study=named, n=sizes) == about(expected)
    by_size = study("benchmarks: {maths: {tasks: [gsm8k, 'hendrycks_math*'], combine: size}}")
    expected = {
        "gsm8k": "1/10",
        "hendrycks_math_algebra": "3/10",
        "hendrycks_math_geometry": "1/10",
        "hellaswag": "1/2",
    }
    assert shares(tasks, study=by_size, n=sizes) == about(expected)


def test_a_study_changes_a_known_benchmark_key_by_key(study):
    named = study("benchmarks: {mmlu: {combine: size}}")
    assert named.benchmarks["mmlu"].tasks == ()
    tasks, sizes = ["mmlu_virology", "mmlu_anatomy"], {"mmlu_virology": 300}
    assert shares(tasks, study=named, n=sizes) == about({"mmlu_virology": "3/4", "mmlu_anatomy": "1/4"})


def test_mergebench_votes_by_its_five_domains(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("study: s\nmodels: {m: {role: merge, path: o/m}}\nsuites: [mergebench]\n", encoding="utf-8")
    tasks = ["gsm8k_cot", "hendrycks_math_algebra", "ifeval", "m_mmlu_fr", "arc_fr", "hellaswag_de", "mbpp_plus"]
    tasks += ["truthfulqa_mc2", "mmlu_virology"]
    group = {"hendrycks_math_algebra": "hendrycks_math"}
    found = votes_of(scored(*tasks, group=group), load_study(path))
    held = found.by_benchmark(tasks)
    assert list(held) == ["math", "instruction following", "multilingual", "coding", "safety", "mmlu"]
    assert held["multilingual"] == ["m_mmlu_fr", "arc_fr", "hellaswag_de"]
    expected = {"gsm8k_cot": "1/12", "hendrycks_math_algebra": "1/12", "arc_fr": "1/18", "mmlu_virology": "1/6"}
    assert {task: found.shares(tasks)[task] for task in expected} == about(expected)
    assert set(vote_table(found, tasks)["known"]) == {"the suite", "known facts"}


def test_results_laid_out_as_mergebench_does_vote_by_domains_too():
    tasks = {"ifeval": "lm_eval", "gsm8k_cot": "lm_eval", "humaneval_plus": "code_eval", "mbpp_plus": "code_eval"}
    tasks |= {"wildguardtest": "safety_eval", "harmbench": "safety_eval", "xstest": "safety_eval"}
    files = {task: f"results/model/{name}.json" for task, name in tasks.items()}
    found = votes_of(scored(*tasks, source_file=files))
    held = found.by_benchmark(tasks)
    assert list(held) == ["instruction following", "math", "coding", "safety"]
    assert found.shares(list(tasks))["xstest"] == pytest.approx(1 / 12)
    alone = votes_of(scored(*tasks, source_file=files | {"ifeval": "results/m/results_1.json"}))
    assert alone.benchmark("gsm8k_cot") == "math"
    del files["wildguardtest"], files["harmbench"], files["xstest"]
    assert votes_of(scored(*tasks, source_file=files)).benchmark("gsm8k_cot") == "gsm8k"


def test_the_bundled_tasks_have_eleven_votes():
    suite = load_suite("tiny")
    leaves = ["tiny_translation_velan", "tiny_translation_ostik", "tiny_translation_marru"]
    pairs = ["tiny_blimp_subject_verb", "tiny_blimp_polarity"]
    tasks = [spec.task for spec in suite.tasks if spec.task not in ("tiny_blimp", "tiny_translation")] + leaves + pairs
    sizes = {"tiny_translation_velan": 120, "tiny_translation_ostik": 80, "tiny_translation_marru": 40}
    found = votes_of(scored(*tasks, n=sizes))
    assert len(found.by_benchmark(tasks)) == len(suite.tasks) == 11
    within = found.within(tasks)
    assert [within[task] for task in (*leaves, *pairs)] == pytest.approx([1 / 2, 1 / 3, 1 / 6, 1 / 2, 1 / 2])


def test_probes_of_holmes_are_one_vote():
    tasks = ["blimp-wh_island", "zorro-binding-principle_a", "blimp_wh_island"]
    tools = {"blimp-wh_island": "holmes", "zorro-binding-principle_a": "holmes", "blimp_wh_island": "lm-eval"}
    assert votes_of(scored(*tasks, tool=tools)).by_benchmark(tasks) == {"holmes": tasks[:2], "blimp": tasks[2:]}


def test_unknown_tasks_are_their_own_votes_and_are_named():
    found = votes_of(scored("exam", "other_exam", "gsm8k"))
    assert found.benchmark("exam [n_shot=5]") == "exam"
    table = vote_table(found, ["exam", "other_exam", "gsm8k"])
    assert own_votes(table) == ("2 tasks belong to no known benchmark and are votes of their own: exam, other_exam.")
    assert own_votes(vote_table(found, ["gsm8k"])) == ""


CAPABILITIES = {"gsm8k": "math", "mathqa": "math", "mmlu_a": "knowledge", "mmlu_b": "knowledge"}


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("capability", {"gsm8k": "1/4", "mathqa": "1/4", "mmlu_a": "1/4", "mmlu_b": "1/4"}),
        ("benchmark", {"gsm8k": "1/3", "mathqa": "1/3", "mmlu_a": "1/6", "mmlu_b": "1/6"}),
        ("task", {"gsm8k": "1/4", "mathqa": "1/4", "mmlu_a": "1/4", "mmlu_b": "1/4"}),
        ("item", {"gsm8k": "1/2", "mathqa": "1/6", "mmlu_a": "1/6", "mmlu_b": "1/6"}),
        ({"gsm8k": 3, "mmlu": 1}, {"gsm8k": "3/4", "mathqa": 0, "mmlu_a": "1/8", "mmlu_b": "1/8"}),
    ],
)
def test_other_weights(weights, expected):
    assert shares(list(expected), weights, capability=CAPABILITIES, n={"gsm8k": 300}) == about(expected)


def test_the_weights_of_the_study_hold_unless_others_are_given(study):
    named = study("analysis: {weights: {gsm8k: 1}}")
    assert shares(["gsm8k", "piqa"], "", study=named) == about({"gsm8k": 1, "piqa": 0})
    assert shares(["gsm8k", "piqa"], "task", study=named) == about({"gsm8k": "1/2", "piqa": "1/2"})


def test_weights_of_the_study_are_checked_against_the_results(study):
    with pytest.raises(
        DataError, match=r"s\.yaml: analysis\.weights: 'mmul' is not known; allowed: mmlu\. Did you mean"
    ):
        votes_of(scored("mmlu"), study("analysis: {weights: {mmul: 1}}"))


def test_tasks_without_a_weight_have_no_share():
    found = votes_of(scored("gsm8k", "piqa"), weights={"gsm8k": 1})
    assert found.shares(["piqa"]) == {"piqa": 0}
    assert found.shares([]) == {}


def test_weights_by_item_name_the_task_of_unknown_size():
    with pytest.raises(DataError, match=r"votes: weights = 'item'.*'piqa'.*metrics\.yaml"):
        shares(["gsm8k", "piqa"], "item", n={"piqa": None})


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("votes", "votes: weights = 'votes'; allowed: benchmark, capability, task, item, or a mapping"),
        ({"gsm8": 1}, r"votes: weights: 'gsm8' is not known; allowed: gsm8k, piqa. Did you mean 'gsm8k'\?"),
        ({"gsm8k": -1, "piqa": 1}, "votes: weights.gsm8k = -1; allowed: a number >= 0"),
        ({"gsm8k": float("nan")}, "votes: weights.gsm8k = nan; allowed: a number >= 0"),
        ({"gsm8k": True}, "votes: weights.gsm8k = True"),
        ({"gsm8k": 0}, "votes: weights = {'gsm8k': 0}; allowed:.*above 0"),
        ({}, "votes: weights = {}"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, message):
    with pytest.raises(DataError, match=message):
        votes_of(scored("gsm8k", "piqa"), weights=weights)


def test_a_benchmark_of_the_study_needs_tasks_that_are_known_or_stated(study):
    with pytest.raises(DataError, match=r"s.yaml: benchmarks.exam.tasks = ''; allowed: a list of task names"):
        votes_of(scored("exam"), study("benchmarks: {exam: {combine: size}}"))


def test_the_task_that_stands_for_a_benchmark_must_be_measured(study):
    named = study("benchmarks: {gsm8k: {primary: [gsm8k_cot_zeroshot]}}")
    with pytest.raises(DataError, match=r"benchmarks.gsm8k.primary = \['gsm8k_cot_zeroshot'\]; allowed:.*: gsm8k\.$"):
        votes_of(scored("gsm8k"), named)
    assert votes_of(scored("piqa"), named).shares(["piqa"]) == {"piqa": 1}


def test_the_table_of_votes():
    tasks = ["truthfulqa_mc2", "exam", "truthfulqa_mc1", "mmlu_a", "mmlu_b"]
    table = vote_table(votes_of(scored(*tasks, capability={"mmlu_a": "knowledge"})), tasks)
    assert table["benchmark"].tolist() == ["truthfulqa", "exam", "mmlu"]
    assert table["tasks"].tolist() == [("truthfulqa_mc2",), ("exam",), ("mmlu_a", "mmlu_b")]
    assert table["weight"].tolist() == pytest.approx([1 / 3] * 3)
    assert table["combine"].tolist() == ["one task", "one task", "equal"]
    assert table["known"].tolist() == ["known facts", "own vote", "known facts"]
    assert table["capability"].tolist() == ["other", "other", "knowledge"]
    assert table["note"].tolist() == ["not counted: truthfulqa_mc1", "", ""]
    assert vote_table(votes_of(scored("exam")), []).empty


def test_order_of_tasks_changes_no_share():
    assert shares(LEADERBOARD) == shares(LEADERBOARD[::-1])


def test_a_study_may_extend_a_known_benchmark(study):
    named = study("benchmarks: {piqa: {tasks: [piqa, my_piqa_*]}}")
    found = votes_of(scored("piqa", "my_piqa_x", "gsm8k"), named)
    assert found.shares(["piqa", "my_piqa_x", "gsm8k"]) == about({"piqa": "1/4", "my_piqa_x": "1/4", "gsm8k": "1/2"})
    assert found.place("my_piqa_x") == ("piqa", "the study")


def test_no_scores_have_no_votes():
    found = votes_of(conform([], "scores"))
    assert vote_table(found, []).empty
    with pytest.raises(DataError, match="'gsm8k' is not known"):
        votes_of(conform([], "scores"), weights={"gsm8k": 1})


@pytest.mark.parametrize(
    ("row", "members", "facts"),
    [
        ("glue", ["cola", "sst2", "glue_mnli"], {}),  # known facts
        ("superglue", ["boolq", "super_glue-copa-t5-prompt"], {}),
        ("exams", ["exams_law", "exams_physics"], {}),  # its name begins theirs
        ("school", ["history", "geography"], {"group": {"history": "school", "geography": "school"}}),  # the results
        ("aggregate", ["gsm8k", "exam"], {}),
    ],
)
def test_one_number_for_several_benchmarks_has_no_vote_beside_them(row, members, facts):
    found = votes_of(scored(row, *members, **facts))
    assert found.shares([row, *members]) == about({row: 0, **dict.fromkeys(members, f"1/{len(members)}")})
    assert found.shares([row, members[0]]) == about({row: "1/2", members[0]: "1/2"})
    assert row not in found.by_benchmark([row, *members])
    table = vote_table(found, [row, *members]).set_index("benchmark")
    assert (table.loc[row, "n_tasks"], table.loc[row, "weight"], table.loc[row, "combine"]) == (0, 0, "none")
    assert table.loc[row, "note"] == f"not counted: one number for tasks that have votes: {', '.join(members)}"
    assert row not in own_votes(table.reset_index()).rstrip(".").replace(",", "").split()


def test_shots_and_second_measurements_are_no_members_of_a_group():
    tasks = ["exam [n_shot=0]", "exam [n_shot=5]", "exam (run 2)", "examination", "final_exam"]
    assert votes_of(scored(*tasks)).by_benchmark(tasks) == {
        "exam": tasks[:3], "examination": ["examination"], "final_exam": ["final_exam"],
    }  # fmt: skip


def test_what_is_done_to_shares_does_not_come_back():
    votes = votes_of(scored("gsm8k", "ifeval"))
    for given in (votes.shares, votes.within):
        first = given(["gsm8k", "ifeval"])
        kept = dict(first)
        first["gsm8k"] = 7.0
        assert given(["gsm8k", "ifeval"]) == kept
