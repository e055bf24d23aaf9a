"""A character-level tokenizer that transformers' AutoTokenizer loads: one token per character, no BOS token."""

import json
import string
from pathlib import Path
from typing import Any

from tools.tiny.words import words

SPECIAL = ("<pad>", "<eos>", "<unk>")
PAD, EOS, UNK = range(len(SPECIAL))


def characters() -> str:
    """Return every character the models know: printable ASCII, the line end, and the letters of the languages."""
    sounds = (sound for entry in words()["languages"].values() for sound in (*entry["onsets"], *entry["vowels"]))
    ascii_part = string.digits + string.ascii_letters + string.punctuation + " \n"
    return ascii_part + "".join(sorted(set("".join(sounds)) - set(ascii_part)))


def vocabulary() -> dict[str, int]:
    """Return token -> id."""
    return {token: number for number, token in enumerate((*SPECIAL, *characters()))}


def encode(text: str) -> list[int]:
    """Return the ids of a text, as the saved tokenizer gives them."""
    known = vocabulary()
    return [known.get(character, UNK) for character in text]


def save_tokenizer(folder: Path) -> None:
    """Write ``tokenizer.json`` and ``tokenizer_config.json`` into ``folder``."""
    _write(folder / "tokenizer.json", _tokenizer())
    _write(folder / "tokenizer_config.json", _config())


def _tokenizer() -> dict[str, Any]:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": number, "content": token, **flags} for number, token in enumerate(SPECIAL)],
        "normalizer": None,
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": r"[\s\S]"}, "behavior": "Isolated", "invert": False},
        "post_processor": None,
        "decoder": {"type": "Fuse"},
        "model": {"type": "WordLevel", "vocab": vocabulary(), "unk_token": SPECIAL[UNK]},
    }


def _config() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": SPECIAL[PAD],
        "eos_token": SPECIAL[EOS],
        "unk_token": SPECIAL[UNK],
        "bos_token": None,
        "model_max_length": 256,
        "clean_up_tokenization_spaces": False,
    }


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
