"""The recipe trains, and the same seed gives the same tensors."""

import subprocess
import sys
from itertools import islice
from random import Random

import pytest

from tools.tiny.items import Item
from tools.tiny.skills import SKILLS
from tools.tiny.tokenizer import EOS, PAD, encode
from tools.tiny.train import IGNORED, fresh_model, load, mixture_of, recipe, rows, save, train


def test_mixtures_name_skills_and_sum_to_one():
    for name in ("base", *recipe()["specialists"]):
        assert set(mixture_of(name)) <= set(SKILLS)
        assert sum(mixture_of(name).values()) == pytest.approx(1)


def test_a_specialist_has_the_stated_share_of_replay():
    own = set(recipe()["specialists"]["math"]["mixture"])
    assert sum(share for skill, share in mixture_of("math").items() if skill not in own) == pytest.approx(
        recipe()["replay_share"]
    )


def test_rows_are_full_length_and_only_answers_carry_loss():
    items = [Item("k", "ab?", "cd")] * 9
    (ids, labels), *_ = list(islice(rows(iter(items), 20, Random(0)), 2))
    assert len(ids) == len(labels) == 20
    start = ids[0] == EOS
    assert ids[start : start + 6] == [*encode("ab?cd"), EOS]
    assert labels[start : start + 6] == [IGNORED] * 3 + [*encode("cd"), EOS]
    assert all(label in (IGNORED, token) for token, label in zip(ids, labels, strict=True))
    assert ids[18 + start :] == [PAD] * (2 - start)


@pytest.mark.slow
def test_a_few_steps_learn_and_repeat_exactly():
    torch = pytest.importorskip("torch")
    one, two = (train("base", fresh_model(), steps=2).state_dict() for _ in range(2))
    untrained = fresh_model().state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not any(torch.equal(one[name], untrained[name]) for name in one)


@pytest.mark.slow
def test_a_saved_model_is_half_precision_and_loads_again(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors import safe_open

    model = fresh_model()
    kept = {name: weight.clone() for name, weight in model.state_dict().items()}
    save(model, tmp_path / "m")
    with safe_open(tmp_path / "m" / "model.safetensors", "pt") as file:
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.float16}  # noqa: SIM118
    again = load(tmp_path / "m").state_dict()
    assert all(torch.equal(again[name], kept[name].half().float()) for name in kept)


@pytest.mark.slow
def test_the_command_makes_everything(checkout, tmp_path):
    command = [sys.executable, "-m", "tools.tiny", "--out", str(tmp_path), "--steps", "1"]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True, text=True)
    made = sorted(path.name for path in (tmp_path / "models").iterdir())
    assert made == sorted(["base", *recipe()["specialists"]])
    assert len(list((tmp_path / "tasks" / "data").glob("*.jsonl"))) == 16
