"""Models of transformers: what they are loaded with, what makes them others, what is refused."""

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.run.backends import hf
from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.study import Backend


@pytest.fixture
def model(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    return tmp_path / "model"


def test_a_model_is_its_path_and_the_type_of_its_weights():
    assert hf.arguments("org/name", Backend(dtype="bfloat16")) == {"pretrained": "org/name", "dtype": "bfloat16"}


def test_an_adapter_beside_the_model_is_part_of_what_it_is(model, tmp_path):
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "weights").write_text("1")
    digests, alone = Digests(tmp_path / "d.json"), Backend()
    with_adapter = Backend(model_args={"peft": str(adapter), "revision": "main"})
    first = hf.identity(str(model), with_adapter, digests)
    assert first.split() == [hf.identity(str(model), alone, digests), digests.model(str(adapter))]
    (adapter / "weights").write_text("2")
    assert hf.identity(str(model), with_adapter, Digests(tmp_path / "e.json")) != first
    assert hf.identity("org/name", alone, digests) == "hub:org/name"


def test_a_folder_without_weights_is_refused_and_a_hub_id_is_not_looked_at(model):
    with pytest.raises(RunError, match=r"no \*\.safetensors file"):
        hf.check(str(model), Backend())
    hf.check("org/name", Backend())


@pytest.mark.slow
def test_a_device_that_is_not_there_is_refused():
    hf.check_machine(Backend(device="cpu"))
    with pytest.raises(RunError, match=r"backend\.device = 'cuda:99'.* allowed: cpu, or one it has"):
        hf.check_machine(Backend(device="cuda:99"))
