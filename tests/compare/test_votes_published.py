"""Votes over the published result files: no vote mixes what is not one benchmark."""

import pytest

from mergekit_eval.collect.folders import collect
from mergekit_eval.compare.votes import vote_table, votes_of

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
    assert several == {"asdiv": {"math"}, "copa": {"copa", "xcopa"}, "storycloze": {"xstorycloze"}}
    sizes = {name: len(many) for name, many in held.items() if len(many) > 9}
    assert sizes == {
        "mmlu": 57, "blimp": 67, "bigbench": 21, "crows_pairs": 20, "xnli": 15, "copa": 12, "storycloze": 11,
        "arithmetic": 10,
    }  # fmt: skip
