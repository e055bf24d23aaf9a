"""Kinds of artefact planted one by one into the demo's own files: found under their name, and the verdict put right."""

import re

import numpy as np
import pytest

from tests.compare.audit import artefacts
from tests.compare.audit.demo import FAIR, MERGE, MODELS, Demo, Planted

pytestmark = pytest.mark.slow
REFERENCES = {"base", "math", "code"}
AGAIN = "mergekit-eval evaluate params/part.yaml --only linear_math_code --only base --only math --only code"


@pytest.fixture(scope="module")
def demo(tmp_path_factory, checkout):
    return Demo(tmp_path_factory.mktemp("demo"), checkout)


@pytest.fixture(scope="module")
def clean(demo, tmp_path_factory):
    return demo.planted(tmp_path_factory.mktemp("clean"))


def counts(cmp):
    table = cmp.signs()
    return {(r["model"], r["task"], r["sign"]): (r["count"], r["n"]) for r in table.to_dict("records")}


def decided(cmp):
    """Return who surely differs in what, with the references, as a mapping."""
    found = {}
    for row in cmp.asymmetry[cmp.asymmetry["decided"].ne("")].to_dict("records"):
        found.setdefault((row["merge"], row["task"], row["sign"], row["decided"]), set()).add(row["reference"])
    return found


def options(change):
    """Likelihoods of options, with the score that they give."""

    def made(row, number):
        change(row, number)
        numbers = [float(one[0]) for one in row["filtered_resps"]]
        row["acc"] = row["acc_norm"] = float(numbers.index(max(numbers)) == int(row["target"]))

    made.__name__ = change.__name__
    return made


def in_words(row, number):
    """A right or wrong number that only one of two filters takes out of the text."""
    last = re.findall("-?[0-9]+", row["resps"][0][0])[-1:] or ["0"]
    row["resps"] = [[f"The sum is {last[0]}."]]
    if row["filter"] == "strict-match":
        row["filtered_resps"], row["exact_match"] = ["[invalid]"], 0.0


TRACE = [
    (artefacts.cut_stated, "cut off", ("not parsed",), "raise max_gen_toks (22 now; try 44)"),
    (artefacts.cut_long, "cut off (inferred)", ("not parsed", "loop"), "raise max_gen_toks (22 now; try 44)"),
    (artefacts.cut_default, "cut off (inferred)", ("not parsed", "loop"), "raise max_gen_toks"),
    (artefacts.not_parsed, "not parsed", (), "more flexible filter"),
    (artefacts.filtered_empty, "not parsed", (), "more flexible filter"),
    (artefacts.empty, "empty", ("not parsed",), "stop strings"),
    (artefacts.loop_of_words, "loop", (), "cmp.answers(task='tiny_trace', sign='loop')"),
    (artefacts.loop_of_blanks, "loop", (), "cmp.answers(task='tiny_trace', sign='loop')"),
    (artefacts.refusal, "refusal", (), "system prompts"),
    (artefacts.other_script, "other script", (), "system prompts"),
    (artefacts.role_token, "role token", (), "apply the chat template"),
    (artefacts.end_token, "end token", (), "end token from its own files"),
    (artefacts.two_starts, "two starts", (), "add_bos_token"),
]
WHOLE = [
    (artefacts.same_text, "one answer", "tiny_trace", (), "and their prompts"),
    (options(artefacts.one_option), "one answer", "tiny_facts", (), "and their prompts"),
    (options(artefacts.constant), "constant", "tiny_facts", ("tied", "one answer"), "log-likelihoods of the prompt"),
    (options(artefacts.tied), "tied", "tiny_facts", (), "log-likelihoods of the prompt"),
]
BENDS = {"cut off", "cut off (inferred)", "not parsed", "tied", "constant"}


def found(made: Planted, clean: Planted, sign: str, task: str, with_it: tuple, planted: int, advice: str) -> None:
    """Check that a sign is counted, named, decided and answered for this merge and task, and nothing else is."""
    before, after = counts(clean.cmp), counts(made.cmp)
    others = {key for key in before if key[:2] != (MERGE, task)}
    assert {key: after[key] for key in others} == {key: before[key] for key in others}
    count, n = after[MERGE, task, sign]
    assert n == len(made.values(MERGE, task)) and count == planted
    new = {key: who for key, who in decided(made.cmp).items() if key not in decided(clean.cmp)}
    assert new == {(MERGE, task, word, "merge more"): REFERENCES for word in (sign, *with_it)}
    row = made.cmp.advice().set_index(["task", "sign"]).loc[(task, sign)]
    assert advice in row["todo"]
    again = AGAIN.replace("part", made.cmp.study.name)
    assert row["command"] == ("" if "cmp.answers" in row["todo"] else again)


def corrected(made: Planted, task: str, hidden: set) -> None:
    """Check the line of the verdict against means of the rows, and against the demo's own answers to what is left."""
    verdict = made.cmp.verdicts().iloc[0]
    (best,) = re.findall(r"points against (\w+)", verdict["fairness"])[:1]
    gains = {
        one: {doc: made.values(MERGE, one)[doc] - value for doc, value in made.values(best, one).items()}
        for one in FAIR
    }
    whole = {one: np.mean(list(values.values())) for one, values in gains.items()}
    left = [value for doc, value in gains[task].items() if doc not in hidden]
    n, kept = len(gains[task]), len(left)
    least, most = ((sum(left) + side * (n - kept)) / n for side in (-1, 1))
    (other,) = set(FAIR) - {task}
    line = f"{50 * (whole[task] + whole[other]):+.1f} points against {best}"
    bounds = [f"{50 * (end + whole[other]):+.1f}" for end in (least, most)]
    dropped = (n - kept) / sum(len(values) for values in gains.values())
    after = 50 * (np.mean(left) + whole[other]) if kept else 100 * whole[other]
    assert re.search(
        re.escape(f"{line}, {after:+.1f} [") + r"\S+, \S+\] on items without such answers"
        + (f", none of them in {task}" if not kept else "")
        + re.escape(f" ({dropped:.0%} of the items dropped, {bounds[0]} to {bounds[1]} with all of these lost or won)"),
        verdict["fairness"],
    ), (line, after, dropped, bounds, verdict["fairness"])  # fmt: skip


@pytest.mark.parametrize(("change", "sign", "with_it", "advice"), TRACE, ids=lambda one: getattr(one, "__name__", ""))
def test_what_is_planted_into_answers_is_found(demo, clean, tmp_path, change, sign, with_it, advice):
    unknown = sign == "cut off (inferred)"
    made = demo.planted(tmp_path, change, unstated=unknown, away=unknown)
    planted = {doc for doc in clean.values(MERGE, "tiny_trace") if doc < 60}
    if sign == "other script":  # a prompt of fewer than twelve letters has none
        asked = {row["doc_id"]: row["doc"]["prompt"] for row in clean.rows[MERGE, "tiny_trace"]}
        planted = {doc for doc in planted if sum(map(str.isalpha, asked[doc])) >= 12}
    found(made, clean, sign, "tiny_trace", with_it, len(planted), advice)
    line = made.cmp.verdicts()["fairness"].iloc[0]
    assert f"tiny_trace {sign}: {len(planted) / 150:.0%} of its answers, 0% of" in line
    if BENDS & {sign, *with_it}:
        natural = {
            row["doc_id"]
            for model in MODELS
            for row in made.rows[model, "tiny_trace"]
            if row.get("finish_reason") == "length" or row["filtered_resps"] in ([""], ["[invalid]"])
        }
        corrected(made, "tiny_trace", planted | natural)


def test_a_cut_that_no_file_states_is_counted_with_the_tokenizer_of_the_model(demo, clean, tmp_path):
    made = demo.planted(tmp_path, artefacts.cut_long, unstated=True)
    found(made, clean, "cut off", "tiny_trace", ("not parsed", "loop"), 60, "raise max_gen_toks (22 now; try 44)")
    notes = made.cmp.asymmetry[made.cmp.asymmetry["sign"].eq("cut off")]["note"]
    assert len(notes) == 3 and notes.str.startswith("from counted tokens: 150 of 150").all()


@pytest.mark.parametrize(
    ("change", "sign", "task", "with_it", "advice"), WHOLE, ids=lambda one: getattr(one, "__name__", "")
)
def test_what_shows_on_a_whole_task_is_found(demo, clean, tmp_path, change, sign, task, with_it, advice):
    share = 0.4 if sign == "tied" else 1.0
    made = demo.planted(tmp_path, change, share, task)
    planted = round(share * len(clean.values(MERGE, task)))
    found(made, clean, sign, task, with_it, planted, advice)
    if BENDS & {sign, *with_it}:
        corrected(made, task, set(range(planted)))


def test_a_number_in_words_is_format_and_not_ability(demo, tmp_path):
    made = demo.planted(tmp_path, in_words, 1.0, "tiny_arithmetic", ("tiny_arithmetic", "tiny_facts"))
    rows = made.cmp.filters.set_index("reference").loc["math"]
    loose = {}
    for model in (MERGE, "math"):
        both = made.rows[model, "tiny_arithmetic"]
        loose[model] = np.mean([row["exact_match"] for row in both if row["filter"] == "flexible-extract"])
    strict = np.mean(list(made.values("math", "tiny_arithmetic").values()))
    assert rows["decided"] == "format" and rows["merge_value"] == 0
    assert (rows["gain"], rows["other_gain"]) == pytest.approx((-strict, loose[MERGE] - loose["math"]))
    assert made.cmp.advice().set_index("sign").loc["not parsed", "todo"].startswith("count by flexible-extract")
    line = made.cmp.verdicts()["fairness"].iloc[0]
    assert f"tiny_arithmetic 0% by strict-match, {loose[MERGE]:.0%} by flexible-extract" in line


def version(result):
    result["versions"]["tiny_trace"] = 2.0


def template(result):
    result["chat_template"], result["chat_template_sha"] = "{{ messages }}", "ab12"


def limit(result):
    result["config"]["limit"] = 200


def precision(result):
    result["config"]["model_args"]["load_in_4bit"] = True


def harness(result):
    result["lm_eval_version"] = "0.4.8"


SETTINGS = [
    (harness, "tool version", "one version of the program"),
    (template, "chat template", "apply_chat_template"),
    (limit, "limit", "same items (limit)"),
    (version, "task version", "one version of the task"),
    (precision, "quantisation", "same precision"),
]


@pytest.mark.parametrize(("document", "rule", "advice"), SETTINGS, ids=lambda one: getattr(one, "__name__", ""))
def test_a_setting_that_the_file_of_the_merge_states_is_named(demo, tmp_path, document, rule, advice):
    how = "measured" if document in (version, precision, harness) else "asked"
    asked(demo.planted(tmp_path, document=document), {rule}, advice, how)


REAL = [
    ("shots", {"few-shot", "other prompt"}, "num_fewshot"),
    ("system", {"system prompt", "other prompt"}, "system_instruction"),
]


@pytest.mark.parametrize(("suite", "rules", "advice"), REAL)
def test_a_merge_that_was_really_asked_in_another_way_is_named(demo, tmp_path, suite, rules, advice):
    asked(demo.planted(tmp_path, suite=suite), rules, advice)


def asked(made: Planted, rules: set, advice: str, how: str = "asked") -> None:
    """Check that the merge is said to be asked differently from every reference, in these ways and no other."""
    assert {(key[2], key[3]) for key in decided(made.cmp)} >= {(rule, "different") for rule in rules}
    ways = {key[2]: who for key, who in decided(made.cmp).items() if key[3] == "different"}
    assert ways == dict.fromkeys(rules, REFERENCES)
    rows = made.cmp.advice().set_index("sign")
    assert all(advice in rows.loc[[rule], "todo"].iloc[0] for rule in rules) and set(rows["command"]) >= {AGAIN}
    assert f"{how} differently from " in made.cmp.verdicts()["fairness"].iloc[0]


def test_a_merge_that_really_had_eight_tokens_is_found_and_put_right(demo, clean, tmp_path):
    made = demo.planted(tmp_path, suite="cut")
    cut = {row["doc_id"] for row in made.rows[MERGE, "tiny_trace"] if row["finish_reason"] == "length"}
    own = clean.rows[MERGE, "tiny_trace"]
    assert {row["doc_id"] for row in own if len(row["resps"][0][0]) >= 8} == cut and len(cut) > 20
    assert counts(made.cmp)[MERGE, "tiny_trace", "cut off"] == (len(cut), len(own))
    assert decided(made.cmp)[MERGE, "tiny_trace", "cut off", "merge more"] == REFERENCES
    assert decided(made.cmp)[MERGE, "tiny_trace", "generation", "different"] == REFERENCES
    row = made.cmp.advice().set_index("sign").loc["cut off"]
    assert "(8 now; try 16)" in row["todo"] and row["command"] == AGAIN
    corrected(made, "tiny_trace", cut)
    theirs, rows = clean.values("code", "tiny_trace"), made.cmp.clean
    left = [value - theirs[doc] for doc, value in clean.values(MERGE, "tiny_trace").items() if doc not in cut]
    row = rows[rows["task"].eq("tiny_trace") & rows["reference"].eq("code")].iloc[0]
    assert row["clean_gain"] == pytest.approx(np.mean(left)) and row["gain"] < row["clean_gain"]


def test_the_demo_itself_raises_no_alarm_here(clean):
    assert decided(clean.cmp) == {}
    assert clean.cmp.verdicts()["fairness"].tolist() == [""] and clean.cmp.clean.empty and clean.cmp.advice().empty


def test_a_merge_without_samples_is_said_and_not_compared(demo, tmp_path):
    made = demo.planted(tmp_path)
    for file in (tmp_path / MERGE).glob("samples_*"):
        file.unlink()
    cmp = demo.read(tmp_path, demo.file)
    assert set(cmp.asymmetry["sign"]) == {""} and cmp.asymmetry["note"].str.contains("only the items of").all()
    assert len(made.rows) and cmp.verdicts()["fairness"].tolist() == [""]
