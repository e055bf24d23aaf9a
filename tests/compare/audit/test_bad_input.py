"""Files that lack what a sign is seen in, and answers that nobody should have written."""

import pytest

from mergekit_eval.compare.audit import sign_shares
from tests.compare.audit import artefacts


def without(*keys):
    def change(row, number):
        for key in keys:
            row.pop(key, None)

    return change


def test_without_text_nothing_is_said_of_texts(study):
    cmp = study.plant(without("resps", "arguments", "filtered_resps"), 1.0)
    assert set(cmp.signs().query("model == 'mx'")["sign"]) == {""}
    assert not cmp.asymmetry["decided"].any()


def test_without_filtered_answers_nothing_counts_as_not_parsed(study):
    signs = study.plant(without("filtered_resps"), 1.0).signs().query("model == 'mx'")["sign"]
    assert "not parsed" not in set(signs) and "empty" in set(signs)


def test_without_hashes_of_prompts_no_prompt_is_called_another(study):
    assert not study.plant(without("prompt_hash"), 1.0).asymmetry["sign"].eq("other prompt").any()


@pytest.mark.parametrize("limit", [None, "many", -1, 0])
def test_a_limit_that_says_nothing_is_taken_for_the_harness_s_own(study, limit):
    def change(row, number):
        row["arguments"]["gen_args_0"]["arg_1"]["max_gen_toks"] = limit

    cmp = study.plant(change, 1.0)
    assert not cmp.asymmetry["decided"].any() and cmp.clean.empty


def test_a_model_without_samples_is_named_and_not_compared(study):
    study.plant(artefacts.cut_long)
    next((study.folder / "pa").glob("samples_*")).unlink()
    cmp = study.read()
    rows = cmp.asymmetry[cmp.asymmetry["reference"].eq("pa")]
    assert rows["sign"].tolist() == [""] and "only the items of mx" in rows["note"].iloc[0]
    assert not rows["decided"].any() and set(cmp.clean["reference"]) >= {"base", "pb"}


HOSTILE = ["\x00\x1b[31m" * 50, "<script>alert(1)</script>", "\ud800 lone", "a" * 3_000_000, "é\n" * 500_000, "=cmd()"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
def test_no_answer_stops_the_audit_or_reaches_a_table(study, text):
    def change(row, number):
        artefacts.wrong(row, text, text[:50])

    cmp = study.plant(change, 0.05)
    assert len(cmp.signs()) and len(cmp.verdicts()) == 1
    assert set(sign_shares(cmp.signs())["model"]) <= set(cmp.signs()["model"])
    assert not any(text[:20] in table.to_csv() for table in (cmp.signs(), cmp.asymmetry, cmp.verdicts()))
