"""Cuts that no file states, counted by the tokenizer of a model that lies on this machine."""

import json

import pandas as pd
import pytest

from mergekit_eval.collect.folders import collect
from mergekit_eval.compare.audit import tokens
from mergekit_eval.compare.comparison import Comparison
from mergekit_eval.errors import DataError, StudyError
from mergekit_eval.study import load_study
from tests.compare.audit.conftest import ITEMS, LIMIT, MODELS
from tests.lab import write


@pytest.fixture
def tokenizer(tmp_path):
    """A tokenizer that takes every letter for a token, in the folder of a model."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    letters = {letter: number for number, letter in enumerate([chr(code) for code in range(32, 127)])}
    made = Tokenizer(models.WordLevel({**letters, "?": 31 + len(letters)}, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    (tmp_path / "model").mkdir()
    made.save(str(tmp_path / "model/tokenizer.json"))
    return tmp_path / "model"


def long_sentence(row, number):
    """Give an answer of exactly as many letters as tokens are allowed, which ends as a sentence does."""
    row["resps"] = [[("a" * LIMIT)[: LIMIT - 1] + "."]]


def named_by_its_folder(study, tokenizer):
    """Return the comparison after the results call the merge by the folder that holds the tokenizer."""
    file = next((study.folder / "mx").glob("results_*.json"))
    stated = json.loads(file.read_text())
    stated["model_name"] = str(tokenizer)
    stated["config"]["model_args"] = f"pretrained={tokenizer}"
    file.write_text(json.dumps(stated))
    merges = pd.DataFrame([{"merge": str(tokenizer), "method": "slerp", "parents": ("pa", "pb"), "base": "base"}])
    return Comparison(collect(study.folder), merges)


def cuts(cmp, model=""):
    """Return what the table says of cut answers of a model, of the merge if none is named."""
    rows, model = cmp.signs(), model or cmp.merges["merge"].iloc[0]
    rows = rows[rows["model"].eq(model) & rows["sign"].str.startswith("cut off")]
    return [(row.sign, row.count_, row.n, row.note) for row in rows.rename(columns={"count": "count_"}).itertuples()]


def test_a_cut_at_the_end_of_a_sentence_is_seen_by_a_tokenizer_alone(study, tokenizer):
    study.plant(long_sentence, 0.4)
    assert [row[:3] for row in cuts(study.read(), "mx")] == [("cut off (inferred)", 0, ITEMS)]
    (row,) = cuts(named_by_its_folder(study, tokenizer))
    assert row == ("cut off", int(0.4 * ITEMS), ITEMS, f"from counted tokens: {ITEMS} of {ITEMS} answers")


def test_one_letter_fewer_than_the_limit_is_no_cut(study, tokenizer):
    def shorter(row, number):
        row["resps"] = [["a" * (LIMIT - 1)]]

    study.plant(shorter, 0.4)
    assert [row[1] for row in cuts(named_by_its_folder(study, tokenizer))] == [0]


def test_without_a_tokenizer_no_file_is_opened_again(study, monkeypatch):
    study.plant(long_sentence, 0.4)
    cmp = study.read()
    monkeypatch.setattr(tokens, "rows_of", lambda *_: pytest.fail("opened a file"))
    assert cmp.counted is cmp.collection


def test_a_file_that_is_gone_leaves_what_was_inferred(study, tokenizer):
    study.plant(long_sentence, 0.4)
    cmp = named_by_its_folder(study, tokenizer)
    _ = cmp.collection.items
    for file in (study.folder / "mx").glob("samples_*"):
        file.unlink()
    assert [row[0] for row in cuts(cmp)] == ["cut off (inferred)"]


def test_a_tokenizer_of_one_model_alone_compares_what_both_let_see(study, tokenizer):
    study.plant(long_sentence, 0.4, who=tuple(MODELS))
    cmp = named_by_its_folder(study, tokenizer)
    assert [row[:2] for row in cuts(cmp)] == [("cut off", 80)] and cuts(cmp, "pa")[0][:2] == ("cut off (inferred)", 0)
    assert not cmp.asymmetry["sign"].str.startswith("cut").any()


STUDY = """
study: s
models:
  base: {role: base, path: org/base}
  pa: {role: parent, path: org/pa, tokenizer: model}
  pb: {role: parent, path: org/pb, tokenizer: model/tokenizer.json}
merges:
  mx: {method: slerp, parents: [pa, pb], base: base, tokenizer: model}
"""


def test_the_study_names_a_tokenizer_for_model_and_merge(study, tokenizer, tmp_path):
    study.plant(long_sentence, 0.4, who=("mx", "pa"))
    named = load_study(write(tmp_path / "study.yaml", STUDY))
    merges = pd.DataFrame([{"merge": "mx", "method": "slerp", "parents": ("pa", "pb"), "base": "base"}])
    cmp = Comparison(collect(study.folder, study=named), merges, named)
    found = [cuts(cmp, model)[0][:2] for model in ("mx", "pa", "pb", "base")]
    assert found == [("cut off", 80), ("cut off", 80), ("cut off", 0), ("cut off (inferred)", 0)]
    rows = cmp.asymmetry.set_index(["reference", "sign"])
    assert rows.loc[("pa", "cut off"), "shift"] == 0 and rows.loc[("pb", "cut off"), "decided"] == "merge more"
    assert "from counted tokens" in rows.loc[("pb", "cut off"), "note"]


def test_a_folder_without_a_tokenizer_is_a_mistake_of_the_study(tokenizer, tmp_path):
    (tmp_path / "empty").mkdir()
    file = write(
        tmp_path / "study.yaml", STUDY.replace("base: base, tokenizer: model}", "base: base, tokenizer: empty}")
    )
    with pytest.raises(StudyError, match=r"merges\.mx\.tokenizer = .empty.*There is no tokenizer\.json"):
        load_study(file)


def test_what_is_no_tokenizer_is_named(tmp_path):
    file = write(tmp_path / "tokenizer.json", "{}")
    with pytest.raises(DataError, match=r"tokenizer\.json: not a tokenizer"):
        tokens.counting(file)


def test_a_broken_tokenizer_in_the_folder_of_a_model_leaves_what_is_inferred(study, tokenizer):
    study.plant(long_sentence, 0.4)
    (tokenizer / "tokenizer.json").write_text("{")
    assert [row[:3] for row in cuts(named_by_its_folder(study, tokenizer))] == [("cut off (inferred)", 0, ITEMS)]


def test_results_name_folders_of_models_and_no_other_file(tokenizer):
    (tokenizer / "tokenizer.json").rename(tokenizer / "secret.json")
    scores = pd.DataFrame({"model": ["mx", "my"], "model_name": [str(tokenizer / "secret.json"), str(tokenizer)]})
    assert tokens.tokenizers_at_hand(scores) == {}


def test_names_that_are_no_absolute_folders_are_no_tokenizers(tmp_path, monkeypatch):
    write(tmp_path / "org/m/tokenizer.json", "{}")
    monkeypatch.chdir(tmp_path)
    names = ["org/m", "", str(tmp_path / "gone"), str(tmp_path / "org"), "x" * 5000]
    scores = pd.DataFrame({"model": [f"m{n}" for n in range(5)], "model_name": names})
    assert tokens.tokenizers_at_hand(scores) == {}
    absolute = scores.assign(model_name=str(tmp_path / "org/m"))
    assert set(tokens.tokenizers_at_hand(absolute)) == {f"m{n}" for n in range(5)}


def test_a_text_far_beyond_the_limit_is_read_in_part(study, tokenizer, monkeypatch):
    def endless(row, number):
        row["resps"] = [["word " * 100_000]]

    seen = []
    count = tokens.counting(tokenizer / "tokenizer.json")
    monkeypatch.setattr(tokens, "counting", lambda file: lambda texts: seen.extend(map(len, texts)) or count(texts))
    study.plant(endless, 0.02)
    assert [row[1] for row in cuts(named_by_its_folder(study, tokenizer))] == [ITEMS // 50]
    assert max(seen) == tokens.LONGEST * LIMIT
