"""The tokenizer: one token per character, the same in our code and in the file transformers loads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergekit_eval.tiny import MODELS
from tools.tiny.tokenizer import EOS, PAD, UNK, characters, encode, save_tokenizer, vocabulary


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(folder)
    return transformers.AutoTokenizer.from_pretrained(folder)


def test_special_tokens_come_first_and_no_character_twice():
    assert (PAD, EOS, UNK) == (0, 1, 2)
    assert len(set(characters())) == len(characters())
    assert sorted(vocabulary().values()) == list(range(len(characters()) + 3))


@pytest.mark.slow
def test_there_is_no_bos_token(loaded):
    assert loaded.bos_token_id is None
    assert loaded.eos_token_id == EOS
    assert loaded.pad_token_id == PAD
    assert loaded("ab").input_ids == encode("ab")


@pytest.mark.slow
def test_a_letter_of_a_language_is_one_token(loaded):
    assert len(loaded("ñáö").input_ids) == 3
    assert loaded("é☃").input_ids[1] == UNK


@pytest.mark.slow
def test_round_trip_of_every_shape_of_text(loaded):
    @given(st.text(alphabet=characters(), max_size=60))
    def round_trip(text):
        ids = loaded(text).input_ids
        assert ids == encode(text)
        assert loaded.decode(ids) == text

    round_trip()


def test_the_shipped_models_have_this_tokenizer(tmp_path):
    save_tokenizer(tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        for folder in sorted(MODELS.iterdir()):
            assert (folder / name).read_bytes() == (tmp_path / name).read_bytes()
