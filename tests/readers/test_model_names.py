"""Words that are no names of models, and spellings of one path."""

import pytest

from mergekit_eval.readers._lm_eval import identity, tidy
from mergekit_eval.readers._model_names import is_backend, is_default, is_relative


def test_every_backend_of_the_harness_is_known():
    mapping = pytest.importorskip("lm_eval.models").MODEL_MAPPING
    assert [name for name in mapping if not is_backend(name)] == []
    classes = {path.partition(":")[2] for path in mapping.values()}
    assert [name for name in classes if not is_backend(name)] == []


@pytest.mark.parametrize("name", ["InternLM", "SmolLM", "gpt2", "org/vllm", "vllm-tuned-7b", "ChatGLM", "OpenELM"])
def test_models_are_no_programs(name):
    assert not is_backend(name)


@pytest.mark.parametrize(
    "name", ["merged", "./Merged", "checkpoint-500", "out/final_model", "default", "model", "/a/output/"]
)
def test_names_that_many_people_use(name):
    assert is_default(name)


@pytest.mark.parametrize(
    "name", ["org/merged", "merge-of-law-and-math", "2024-05-01", "7b", "org/ties", "模型", "", "modelx"]
)
def test_names_that_say_something(name):
    assert not is_default(name)


def test_relative_paths():
    assert all(map(is_relative, ["./m", "../m", ".\\m", ".", ".."]))
    assert not any(map(is_relative, ["m", "org/m", "/m", ".m"]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/c//m/step1", "/c/m/step1"),
        ("/c/m/step1/", "/c/m/step1"),
        ("/c/x/../m/step1", "/c/m/step1"),
        ("/c/m/./step1", "/c/m/step1"),
        ("//c/m", "/c/m"),
        ("./m/step1", "m/step1"),
        ("C:\\m\\step1\\", "C:/m/step1"),
        (" org/m ", "org/m"),
    ],
)
def test_spellings_of_one_path(one, other):
    assert tidy(one) == tidy(other) == other


@pytest.mark.parametrize("name", ["org/m", "https://host:80/v1", "m", "../m", "/", "a b", "org/m@rev"])
def test_what_is_no_other_spelling_stays(name):
    assert tidy(name) == name


@pytest.mark.parametrize(
    ("args", "stated", "program", "found"),
    [
        ({}, "", "gguf", ("", "gguf", "config.model")),
        ({}, "vllm", "", ("", "vllm", "config.model")),
        ({"peft": "me/lora"}, "", "hf", ("me/lora", "hf", "model_args.peft")),
        ({"revision": "step1"}, "", "hf", ("", "hf", "config.model")),
        ({}, "", "org/m", ("org/m", "org/m", "config.model")),
        ({"pretrained": "vllm"}, "", "hf", ("vllm", "vllm", "model_args.pretrained")),
        ({}, "", "", ("", "", "")),
    ],
)
def test_programs_are_no_identity(args, stated, program, found):
    assert identity(args, stated, program) == found
