"""Throw-away Llamas and a toy task, made in seconds, for the tests of the runners."""

from __future__ import annotations

import json
import types
from pathlib import Path

import pytest

WORDS = "a b c d e f g yes no one two three four five six seven eight nine ten".split()


def make_model(folder: Path, seed: int, *, width: int = 16) -> Path:
    """Save a random two-layer Llama with a word tokenizer to ``folder``."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    vocabulary = {word: i for i, word in enumerate(["<unk>", "<pad>", "<eos>", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>", eos_token="<eos>", model_max_length=64
    )
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=64,
        pad_token_id=1,
        eos_token_id=2,
        bos_token_id=None,
    )
    torch.manual_seed(seed)
    LlamaForCausalLM(config).save_pretrained(folder, safe_serialization=True)
    fast.save_pretrained(folder)
    return folder


TASK = """
task: {name}
dataset_path: json
dataset_kwargs:
  data_files: {data}
test_split: train
output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_target: "{{{{answer}}}}"
doc_to_choice: ["yes", "no"]
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1
"""


def make_suite(
    workspace: Path, name: str = "toy", tasks: tuple[str, ...] = ("toy_a", "toy_b"), extra: str = ""
) -> Path:
    """Write two toy tasks with twelve items each and the suite that holds them."""
    suites = workspace / "params" / "suites"
    folder = suites / "tasks"
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "toy.jsonl"
    rows = [{"question": f"{WORDS[i]} {WORDS[i + 3]}", "answer": i % 2} for i in range(12)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for task in tasks:
        (folder / f"{task}.yaml").write_text(TASK.format(name=task, data=data))
    entries = "".join(f"  - {{task: {task}, metric: acc}}\n" for task in tasks)
    (suites / f"{name}.yaml").write_text(f"suite: {name}\ninclude_path: tasks\n{extra}tasks:\n{entries}")
    return suites / f"{name}.yaml"


def make_study(
    workspace: Path, models: dict[str, str], merges: str = "", suites: str = "[toy]", backend: str = ""
) -> Path:
    """Write a study file and return its path."""
    lines = "".join(f"  {name}: {text}\n" for name, text in models.items())
    file = workspace / "params" / "toy_study.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f"study: toy_study\nmodels:\n{lines}merges:{merges or ' {}'}\nsuites: {suites}\nbackend: {{{backend}}}\n"
    )
    return file


@pytest.fixture(scope="session")
def toy():
    """The makers above, for tests."""
    return types.SimpleNamespace(model=make_model, suite=make_suite, study=make_study)


@pytest.fixture(scope="session")
def toy_models(tmp_path_factory):
    """Four random models of one shape: base, pa, pb, pc."""
    folder = tmp_path_factory.mktemp("models")
    return {name: make_model(folder / name, seed) for seed, name in enumerate(("base", "pa", "pb", "pc"))}


@pytest.fixture
def workspace(tmp_path, toy_models):
    """A study folder with one suite and those models as base and parents."""
    make_suite(tmp_path)
    return tmp_path


@pytest.fixture
def study_of(workspace, toy_models):
    """Make a study of some of the models: ``study_of("base", "pa", merges=..., suites=..., backend=...)``."""
    from mergekit_eval.study import load_study

    def make(*names, **settings):
        described = {n: f"{{path: {toy_models[n]}, role: {'base' if n == 'base' else 'parent'}}}" for n in names}
        return load_study(make_study(workspace, described | settings.pop("more", {}), **settings))

    return make
