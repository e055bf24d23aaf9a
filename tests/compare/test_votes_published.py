"""Votes over the published result files: no vote mixes what is not one benchmark."""

import re

import pandas as pd
import pytest

from mergekit_eval.collect.folders import collect
from mergekit_eval.compare.votes import own_votes, vote_table, votes_of

pytestmark = pytest.mark.real_data

# Folder of the published files -> the votes of all its tasks; "*" stands for those that are votes of their own.
PUBLISHED = {
    "lmeval-new/saucam+model_evals": "arc_challenge gsm8k hellaswag mmlu truthfulqa winogrande agieval bigbench "
    "arc_easy boolq openbookqa piqa",
    "lmeval-new/csabakecskemeti+lm_eval_results": "bbh gpqa ifeval hendrycks_math mmlu_pro musr hellaswag",
    "lmeval-new/uiuctml+MergeBench": "math multilingual coding safety instruction_following",
    "lmeval-new/hitz-zentroa+latxa": "belebele eus_exams storycloze *bhtc_v2 *bec2016eu *epec_koref_bin "
    "eus_proficiency eus_reading eus_trivia qnlieu *vaxx_stance wiceu",
    "lmeval-old/chujiezheng+LLM-Extrapolation": "arc_challenge gsm8k hellaswag mmlu truthfulqa winogrande",
    "lmeval-old/Stability-AI+lm-evaluation-harness": "jcommonsenseqa jnli marc_ja jsquad xlsum xwinograd jaqket gsm8k",
    "lmeval-old/EleutherAI+pythia": "mmlu piqa winogrande arc_easy arc_challenge lambada wsc crows_pairs logiqa sciq",
    "samples/mann1x+omnimergekit": "aime24 arc_challenge gpqa gsm8k humaneval ifeval livecodebench hendrycks_math",
    "code/mrthinger+llama3-exp": "humaneval",
    "holmes/Holmes-Benchmark+holmes-evaluation": "holmes",
}


@pytest.mark.parametrize("folder", PUBLISHED)
def test_votes_of_published_results(real_data, folder):
    scores = collect(real_data / folder).scores
    tasks = list(scores.loc[scores["kind"].eq("task"), "task"].unique())
    table = vote_table(votes_of(scores), tasks)
    expected = PUBLISHED[folder].split()
    own = {name.removeprefix("*") for name in expected if name.startswith("*")}
    assert set(table["benchmark"].str.replace(" ", "_")) == {name.removeprefix("*") for name in expected}
    assert set(table.loc[table["known"].eq("own vote"), "benchmark"]) == own
    assert table["weight"].to_list() == pytest.approx([1 / len(expected)] * len(expected))


def test_no_vote_of_published_results_mixes_benchmarks(real_data):
    """What stands before the first sign in the names of the tasks of one vote, written down by hand."""
    scores = collect(real_data / "lmeval-old/EleutherAI+lm-evaluation-harness").scores
    tasks = list(scores.loc[scores["kind"].eq("task"), "task"].unique())
    assert len(tasks) == 297
    held = votes_of(scores).by_benchmark(tasks)
    begins = {name: {task.split("_")[0] for task in many} for name, many in held.items()}
    several = {name: words for name, words in begins.items() if words != {name.split("_")[0]}}
    assert several == {
        "asdiv": {"math"}, "copa": {"copa", "xcopa"}, "storycloze": {"xstorycloze"},
        "unscramble": {"anagrams1", "anagrams2", "cycle", "random", "reversed"},
    }  # fmt: skip
    sizes = {name: len(many) for name, many in held.items() if len(many) > 9}
    assert sizes == {
        "mmlu": 57, "blimp": 67, "bigbench": 21, "crows_pairs": 20, "xnli": 15, "copa": 12, "storycloze": 11,
        "arithmetic": 10,
    }  # fmt: skip


# A plain second route: the vote that the names of tasks mean to a person; the first pattern that fits counts.
NAMES = {
    r"calibration|brier|rmsce": "calibration",
    r"mmlu[^a-z]*pro(?!fessional)": "mmlu_pro",
    r"(^|m_|/)mmlu|hendryckstest": "mmlu",
    r"bbh|big.bench.hard": "bbh",
    r"^blimp_": "blimp",  # "blimp-" are probing datasets of Holmes
    r"(^|/)(inspect_evals/)?gsm8k|mgsm": "gsm8k",
    r"^hellaswag|tinyhellaswag": "hellaswag",
    r"arc.challenge|^arc_(de|es|fr|ru)$|^arc$": "arc_challenge",
    r"truthfulqa": "truthfulqa",
    r"(hendrycks|minerva|leaderboard)_math|^math_500": "hendrycks_math",
    r"^xnli|^afrixnli": "xnli",
    r"gpqa": "gpqa",
    r"musr": "musr",
}
# Tasks whose name begins others that count beside it: other shots, prompts and languages of it, no number for them.
NO_GROUP = {
    "const", "gsm8k", "gsm8k_cot", "hellaswag", "jnli", "lambada_openai", "marc_ja", "mgsm", "xlsum_ja",
}  # fmt: skip
UNKNOWN = """
    halftruthdetection bec2016eu bhtc_v2 epec_koref_bin vaxx_stance angry-tweets dansk nordjylland-news
    danske-talemaader
    danish-citizen-tests dbrd duidelijke-taal sst5 cnn-dailymail life-in-the-uk browser popularity images hello_world
    wikipedia input_task cvebench inspect_evals/gdm_intercode_ctf math_perturbed_full math_rephrased_full
    demo-source.demo_bench beavertails moralchoice safety_bench scrolls_quality scruples simple_cooccurrence_bias steer
    steer2 steer3 steer4 steer5 steer9
""".split()


@pytest.fixture(scope="module")
def published(real_data):
    """Return the tasks and votes of every folder of the published files, read at once."""
    scores = collect(real_data).scores
    leaves = scores[scores["kind"].eq("task")]
    parts = leaves["source_file"].str.removeprefix(f"{real_data}/").str.split("/")
    tables = {}
    for folder, mine in leaves.groupby(parts.str[0] + "/" + parts.str[1]):
        tasks = list(mine["task"].unique())
        tables[folder] = tasks, vote_table(votes_of(scores.loc[mine.index]), tasks)
    assert len(tables) > 25
    return tables


def read(task):
    return next((name for pattern, name in NAMES.items() if re.search(pattern, task.lower())), "")


def test_every_task_of_all_published_files_counts_in_one_vote_or_is_named_as_not_counted(published):
    for tasks, table in published.values():
        counted = [task for held in table["tasks"] for task in held]
        unused = {
            task for note in table["note"] for told in re.findall(r"not counted: (?:one number.*)?(.*)", note)
            for task in told.split(", ")
        }  # fmt: skip
        groups = set(table.loc[table["combine"].eq("none"), "benchmark"])
        assert len(counted) == len(set(counted))
        assert not table["benchmark"].duplicated().any()
        assert set(tasks) == set(counted) | (unused & set(tasks)) | groups
        assert table["weight"].sum() == pytest.approx(1)


def test_no_leaf_of_a_known_benchmark_votes_alone_in_all_published_files(published):
    """By what the names say to a person; MergeBench's suite, which states its votes, is apart."""
    seen = set()
    for tasks, table in published.values():
        table = table[table["known"].ne("the suite")]
        votes = {task: name for name, held in zip(table["benchmark"], table["tasks"], strict=True) for task in held}
        told = {task: read(task) for task in votes}
        assert {task: votes[task] for task, name in told.items() if name} == {t: n for t, n in told.items() if n}
        seen |= {name for name in told.values() if name}
        assert len(tasks) >= len(votes)
    assert seen == {name for name in NAMES.values() if name}


def test_no_row_of_a_group_counts_beside_its_members_in_all_published_files(published):
    begins = set()
    for _, table in published.values():
        names = {re.sub(r"[^a-z0-9]+", "_", task.lower()) for held in table["tasks"] for task in held}
        begins |= {name for name in names if sum(other.startswith(f"{name}_") for other in names) > 1}
    assert begins == NO_GROUP
    apart = pd.concat(table[table["combine"].eq("none")] for _, table in published.values())
    assert set(apart["benchmark"]) == {"glue", "superglue", "aggregate"}
    assert apart["note"].str.startswith("not counted: one number for tasks that have votes: ").all()


def test_unknown_tasks_of_all_published_files_are_counted_and_named(published):
    found = []
    for _, table in published.values():
        own = table.loc[table["known"].eq("own vote") & table["n_tasks"].gt(0), "benchmark"].to_list()
        sentence = own_votes(table)
        assert sentence.startswith(f"{len(own)} task") if own else not sentence
        assert all(name in sentence for name in own)
        found += own
    assert sorted(found) == sorted(UNKNOWN)
