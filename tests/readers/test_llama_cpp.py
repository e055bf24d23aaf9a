"""Logs of llama.cpp: perplexity, accuracies that run, divergence, several models in one log, and what is no log."""

import math

import pytest

from mergekit_eval.collect.folders import collect

LOADER = (
    "llama_model_loader: loaded meta data with 24 key-value pairs and 197 tensors from {} (version GGUF V3 (latest))\n"
)
START = "build: 4380 (ce083a54) with cc (Ubuntu 11.4.0) for x86_64-linux-gnu\n" + LOADER
TYPE = "llm_load_print_meta: model ftype      = Q4_K - Medium\n"
CHUNKS = "perplexity: calculating perplexity over {} chunks, n_ctx=512, batch_size=2048, n_seq=4\n"


def running(*nll):
    """Return what the program prints while chunks of these log-likelihoods are read."""
    told = (math.exp(sum(nll[:n]) / n) for n in range(1, len(nll) + 1))
    return "".join(f"[{n}]{value:.4f}," for n, value in enumerate(told, 1)) + "\n"


FINAL = "Final estimate: PPL = 5.7546 +/- 0.03300\n"
ASKED = "hellaswag_score : calculating hellaswag score over selected tasks.\n\ntask\tacc_norm\t95% confidence\n"
WINO = (
    "winogrande_score : loaded 4 tasks from prompt.\n"
    "winogrande_score : calculating winogrande score over selected tasks.\n"
    "1\t100.0000\t -1.5  -2.5  1  1\n2\t50.0000\t -1.5  -2.5  1  2\n"
    "3\t66.6667\t -1  -2  1  1\n4\t75.0000\t -1  -2  1  1\n\n"
    "Final Winogrande score(4 tasks): 75.0000 +/- 25.0000\n"
)
CHOICE = (
    "multiple_choice_score: there are 4 tasks in prompt\nmultiple_choice_score: reading tasks....done\n"
    "multiple_choice_score : calculating TruthfulQA score over 4 tasks.\n\ntask\tacc_norm\n{}\n"
    "Final result: 25.0000 +/- 25.0000\nRandom chance: 20.0000 +/- 23.0940\n"
)


def perplexity(path="models/m/ggml-model-q4.gguf", nll=(1.5, 2.0, 1.75), final=FINAL):
    return START.format(path) + TYPE + CHUNKS.format(len(nll)) + running(*nll) + final


def solved(*tasks, after="%\t[0.0000%, 99.0000%]"):
    return "".join(f"{n}\t{100 * sum(tasks[:n]) / n:.8f}{after}\n" for n in range(1, len(tasks) + 1))


def hellaswag(*tasks, path="a.gguf", loaded=10042, chosen=None):
    selected = f"hellaswag_score : selecting {chosen or len(tasks)} randomized tasks.\n"
    told = f"hellaswag_score : loaded {loaded} tasks from prompt.\n" + selected + ASKED
    return START.format(path) + told + solved(*tasks)


def test_perplexity_names_model_quantisation_and_text(look, write):
    echo = "+ ./bin/llama-perplexity --model x -ngl 99 -c 512 -f ../wikitext-2-raw/wiki.test.raw\n"
    out = look(write("ppl.log", echo + perplexity()))
    row = out.scores[0]
    assert (out.reader, row["model"]) == ("llama.cpp", "models/m/ggml-model-q4.gguf")
    assert row["quantization"] == "Q4_K - Medium"
    assert (row["metric"], row["value"], row["stderr"]) == ("perplexity", 5.7546, 0.033)
    assert row["task_version"] == "wiki.test.raw, 3 chunks, n_ctx 512"
    assert row["tool_version"] == "4380 (ce083a54)"
    assert out.problems == []


def test_running_perplexities_are_undone(look, write):
    out = look(write("ppl.log", perplexity(nll=(1.5, 2.0, 1.75))))
    assert out.items() == pytest.approx([1.5, 2.0, 1.75], abs=1e-4)
    assert out.value("perplexity", "nll") == pytest.approx(1.75, abs=1e-4)


def test_two_models_pair_by_chunk(write, tmp_path):
    write("a/ppl.log", perplexity("a.gguf"))
    write("b/ppl.log", perplexity("b.gguf", nll=(1.0, 1.5, 1.25), final="Final estimate: PPL = 3.4903 +/- 0.02\n"))
    found = collect(tmp_path)
    assert set(found.scores.loc[found.scores["primary"], "metric"]) == {"perplexity"}
    assert set(found.scores["higher_is_better"]) == {False}
    keys = found.items.groupby("model")["item_key"].agg(sorted)
    assert keys["a.gguf"] == keys["b.gguf"]


def test_a_log_that_ends_early_is_incomplete(look, write):
    out = look(write("ppl.log", perplexity(final="") + START.format("b.gguf") + hellaswag(1, 0, chosen=4)))
    assert [row["task_name"] for row in out.scores] == ["hellaswag"]
    assert out.problems == ["incomplete", "incomplete"]
    assert look(write("b.log", perplexity(final=""))).status == "refused"


def test_running_accuracies_are_undone(look, write):
    out = look(write("hs.log", hellaswag(1, 1, 0, 1)))
    row = out.scores[0]
    assert (row["task_name"], row["metric"], row["value"], row["n"]) == ("hellaswag", "acc_norm", 75.0, 4)
    assert row["stderr"] == pytest.approx(25.0)
    assert out.items() == [100, 100, 0, 100]
    assert row["task_version"] == "4 of 10042 tasks"


def test_rounded_accuracies_of_many_tasks_are_exact(look, write):
    tasks = [int(n % 7 in (0, 1, 2, 4)) for n in range(3000)]
    assert out_of(look, write, tasks) == [100 * task for task in tasks]


def out_of(look, write, tasks):
    return look(write("hs.log", hellaswag(*tasks))).items()


def test_winogrande_and_multiple_choice(look, write):
    out = look(write("x.log", START.format("a.gguf") + WINO + CHOICE.format(solved(0, 1, 0, 0, after=""))))
    values = {row["task_name"]: (row["value"], row["n"]) for row in out.scores}
    assert values == {"winogrande": (75.0, 4), "multiple_choice": (25.0, 4)}
    assert out.items(task_name="winogrande") == [100, 0, 100, 100]
    assert out.scores[1]["chance"] == 20.0


def test_divergence_from_a_base(look, write):
    told = ("====== Perplexity statistics ======\nMean PPL(Q)                   :   6.407115 ±   0.039181\n"
            "Mean PPL(base)                :   6.233160 ±   0.037973\n====== KL divergence statistics ======\n"
            "Mean    KLD:   0.029149 ±   0.000213\nMaximum KLD:   6.5\nSame top p: 92.575 ± 0.068 %\n")  # fmt: skip
    out = look(write("kl.log", START.format("a.gguf") + told))
    assert {row["metric"]: (row["value"], row["stderr"]) for row in out.scores} == {
        "perplexity": (6.407115, 0.039181),
        "kl_divergence": (0.029149, 0.000213),
        "same_top_token": (92.575, 0.068),
    }


def test_several_models_in_one_log_stay_apart(look, write):
    out = look(write("all.log", hellaswag(1, 0, path="a.gguf") + hellaswag(1, 1, path="b.gguf")))
    assert {row["model"]: row["value"] for row in out.scores} == {"a.gguf": 50.0, "b.gguf": 100.0}
    assert out.items(model_name="b.gguf") == [100, 100]


def test_a_clock_before_every_line_does_not_matter(look, write):
    plain = perplexity()
    lines = plain.splitlines(keepends=True)
    clocked = "".join(line if line.startswith("[") else f"0.00.003.835 I {line}" for line in lines)
    assert look(write("a.log", clocked)).scores == look(write("b.log", plain)).scores


def test_a_log_without_its_model_says_so(look, write):
    out = look(write("ppl.txt", running(1.5, 2.0) + "Final estimate: PPL = 5.7546 +/- 0.0330\n"))
    assert (out.scores[0]["value"], out.scores[0]["model"], out.problems) == (5.7546, "", ["identity"])


NOTES = "# Notes\nFinal estimate: PPL = 5.9 in our run\n"


@pytest.mark.parametrize("text", [NOTES, "llama_model_loader: loaded\n", "x,y\n1,2\n"])
def test_other_texts_are_not_claimed(look, write, text):
    assert look(write("notes.txt", text)).reader == ""
