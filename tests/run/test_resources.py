"""How many cells run at once, on which GPUs, with how many threads."""

import pytest
from msgspec.structs import replace

from mergekit_eval.run import resources
from mergekit_eval.study import Backend

CPU = Backend("hf", "cpu", "auto", 1, None, None, None, None, False, {})
CUDA = replace(CPU, device="cuda")


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(resources, "cpus", lambda: 8)
    monkeypatch.setattr(resources, "_free_memory", lambda: 32 * 2**30)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.fixture
def model(tmp_path):
    def make(gib):
        with (tmp_path / "model.safetensors").open("wb") as file:
            file.truncate(int(gib * 2**30))
        return str(tmp_path)

    return make


def test_small_models_take_every_cpu_and_large_ones_what_memory_holds(model):
    assert resources.slots(CPU, ["org/on-the-hub"]) == 8
    assert resources.slots(CPU, [model(0.001)]) == 8
    assert resources.slots(CPU, [model(3)]) == 4  # 32 // (2 * 3 + 1)
    assert resources.slots(CPU, [model(100)]) == 1


def test_told_slots_and_threads_win(model):
    assert resources.slots(replace(CPU, slots=3), [model(100)]) == 3
    assert resources.slots(replace(CPU, threads=4), []) == 2
    assert resources.threads(replace(CPU, threads=4), 1) == 4


def test_on_a_cpu_threads_do_not_depend_on_what_runs_beside():
    assert {resources.threads(CPU, slots) for slots in (1, 2, 8)} == {1}
    assert resources.threads(CUDA, 2) == 4


@pytest.mark.parametrize(
    ("visible", "slots", "dealt"),
    [("0,1,2", 3, ("0", "1", "2")), ("5", 1, ()), ("GPU-a, GPU-b", 2, ("GPU-a", "GPU-b")), ("", 1, ())],
)
def test_one_model_per_gpu(monkeypatch, visible, slots, dealt):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert resources.slots(CUDA, []) == slots
    assert resources.gpus(CUDA, slots) == dealt


def test_a_numbered_device_is_one_slot(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    numbered = replace(CPU, device="cuda:1")
    assert resources.slots(numbered, []) == 1 and resources.gpus(numbered, 1) == ()
