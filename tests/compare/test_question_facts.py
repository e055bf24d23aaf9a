"""The facts on questions that several tasks ask, against result files that others published."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mergekit_eval.compare.benchmarks import benchmark_of, numbered_set, question_set

MGSM, XNLI, XCOPA, STORIES, PAWS = "mgsm_direct_de", "xnli_de", "xcopa_it", "xstorycloze_ru", "paws_de"
TINY = {"tinyarc": ("arc_challenge", 1172), "tinygsm8k": ("gsm8k", 1319), "tinyhellaswag": ("hellaswag", 10_042)}


def test_english_copa_takes_other_questions_than_its_translations():
    assert question_set("xcopa_et") == question_set("copa_es") != question_set("copa")
    assert question_set("copa") == question_set("super_glue_copa") == question_set("superglue_copa")


def test_the_problems_of_math_are_shared_by_subject():
    assert question_set("minerva_math_algebra") == question_set("leaderboard_math_algebra_hard")
    assert question_set("minerva_math_algebra") != question_set("minerva_math_intermediate_algebra")
    assert question_set("hendrycks_math_precalc") == question_set("leaderboard_math_precalculus_hard")


@pytest.mark.parametrize(("tiny", "whole"), [(tiny, whole) for tiny, (whole, _) in TINY.items()])
def test_a_small_set_may_share_its_questions_with_the_whole_one(tiny, whole):
    assert question_set(tiny) == question_set(whole)
    assert benchmark_of(tiny) == benchmark_of(whole)


def results(folder: Path) -> Iterator[dict]:
    """Yield every result file of the harness, of whichever version."""
    for file in sorted(path for path in folder.rglob("*.json") if path.is_file()):
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:  # some are broken, and pointers to files kept elsewhere are no JSON
            continue
        if isinstance(found, dict) and isinstance(found.get("results"), dict):
            yield found


def sizes(found: dict) -> Iterator[tuple[str, int]]:
    """Yield task and number of items: as stated, else from the standard error of a share, p (1 - p) / (n - 1)."""
    stated = found.get("n-samples") or {}
    for task, row in found["results"].items():
        share, error = (row.get(name, row.get(f"{name},none")) for name in ("acc", "acc_stderr"))
        if task in stated:
            yield task, stated[task]["original"]
        elif isinstance(share, float) and isinstance(error, float) and error > 0:
            yield task, round(share * (1 - share) / error**2 + 1)


@pytest.fixture(scope="module")
def published(real_data):
    return list(results(real_data / "lmeval-new")) + list(results(real_data / "lmeval-old"))


@pytest.mark.real_data
def test_tasks_that_number_their_questions_alike_have_one_size(published):
    checked = set()
    for found in published:
        by_set = {}
        for task, size in sizes(found):
            by_set.setdefault(numbered_set(task), {})[task] = size
        by_set.pop("", None)
        assert {name: set(one.values()) for name, one in by_set.items() if len(set(one.values())) > 1} == {}
        checked |= {name for name, one in by_set.items() if len(one) > 1}
    assert checked == {numbered_set(task) for task in (XNLI, XCOPA, STORIES, PAWS)}


@pytest.mark.real_data
def test_tasks_that_number_their_questions_alike_read_one_split_of_one_data_set(published):
    read = {}
    for found in published:
        for task, config in (found.get("configs") or {}).items():
            source = [config.get(name) for name in ("dataset_path", "test_split", "validation_split")]
            source[2] = None if source[1] else source[2]
            read.setdefault(numbered_set(task), set()).add(tuple(source))
    read.pop("", None)
    assert {name: sources for name, sources in read.items() if len(sources) > 1} == {}
    assert {numbered_set(task) for task in (XNLI, XCOPA, STORIES, PAWS, "leaderboard_gpqa_main")} <= set(read)


@pytest.mark.real_data
def test_english_copa_and_its_translations_have_different_sizes(published):
    found = {task: {n for one in published for name, n in sizes(one) if name == task} for task in ("copa", "xcopa_it")}
    assert found == {"copa": {100}, "xcopa_it": {500}}


@pytest.mark.real_data
@pytest.mark.parametrize("tiny", TINY)
def test_a_small_set_holds_items_of_the_whole_one(real_data, tiny):
    folder = real_data.parent / "items/Peiyu-Georgia-Li+ATLAS/experiments/baseline_compare/tinybenchmark_calibration"
    with (folder / f"response_matrix_{tiny}.csv").open() as handle:
        numbers = [int(name) for name in next(csv.reader(handle))[1:]]
    assert len(set(numbers)) == len(numbers) > 90
    assert min(numbers) >= 0 and max(numbers) <= TINY[tiny][1]
