"""Facts: the most literal entry wins, a user's file wins over ours, a wrong file is named with what is allowed."""

import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.registry import Registry, fold, load_registry


@pytest.fixture(scope="module")
def facts() -> Registry:
    return load_registry()


def test_old_names_are_mapped(facts):
    assert facts.today("lm-eval", "hendrycksTest-anatomy") == "mmlu_anatomy"
    assert facts.today("lm-eval", "truthfulqa_mc", "mc2") == "truthfulqa_mc2"
    assert facts.today("lm-eval", "truthfulqa_mc") == "truthfulqa_mc"
    assert facts.today("unheard of", "boolq") == "boolq"


def test_specific_entries_win_over_patterns():
    tools = {"t": {"tasks": {"mmlu_*": {"chance": 0.25, "n": 5}, "mmlu_pro*": {"chance": 0.1}, "mmlu_pro_x": {"n": 7}}}}
    info = Registry(tools).lookup("t", "mmlu_pro_x", "acc")
    assert (info.chance, info.n) == (0.1, 7)


def test_metric_entries_may_name_a_filter():
    tools = {"t": {"metrics": {"em": {"scale": "unit"}, "em,raw": {"scale": "percent"}}}}
    assert Registry(tools).lookup("t", "x", "em", "raw").scale == "percent"
    assert Registry(tools).lookup("t", "x", "em", "none").scale == "unit"


def test_primary_is_the_first_wanted_that_the_file_holds(facts):
    both = [("exact_match", "flexible-extract"), ("exact_match", "strict-match")]
    assert facts.primary("lm-eval", "gsm8k", both) == ("exact_match", "strict-match")
    assert facts.primary("lm-eval", "gsm8k", [("acc", "none"), ("f1", "none")]) == ("acc", "none")
    assert facts.primary("lm-eval", "unknown", [("acc", "none"), ("f1", "none")]) is None
    assert facts.primary("lm-eval", "unknown", [("f1", "none")]) == ("f1", "none")


@pytest.mark.parametrize(
    ("metric", "better"),
    [
        ("acc", True),
        ("ter", False),
        ("word_perplexity", False),
        ("brier_score", False),
        ("zork", None),
        ("pass@10", True),
    ],
)
def test_directions(facts, metric, better):
    assert facts.lookup("lm-eval", "any", metric).higher_is_better is better


def test_leaderboard_chance_levels_follow_the_number_of_choices(facts):
    for task, choices in (
        ("bbh_snarks", 2),
        ("bbh_object_counting", 19),
        ("gpqa_main", 4),
        ("musr_team_allocation", 3),
    ):
        assert facts.lookup("lm-eval", f"leaderboard_{task}", "acc_norm").chance == pytest.approx(1 / choices)


def test_the_users_file_wins_fact_by_fact(tmp_path):
    mine = tmp_path / "metrics.yaml"
    mine.write_text("lm-eval:\n  tasks:\n    boolq: {chance: 0.62}\n    my_task: {primary: zork, capability: law}\n")
    info = load_registry(mine).lookup("lm-eval", "boolq", "acc")
    assert (info.chance, info.n) == (0.62, 3270)
    assert load_registry(mine).lookup("lm-eval", "my_task", "zork").capability == "law"
    assert load_registry(mine).digest != load_registry().digest


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("lm-eval: [1]", "lm-eval"),
        ("lm-eval: {taks: {}}", "taks"),
        ("lm-eval: {metrics: {acc: {better: up}}}", "better"),
        ("lm-eval: {tasks: {x: {metrics: {acc: {scale: cm}}}}}", "scale"),
        ("lm-eval: {metrics: {acc: {items: sum}}}", "items"),
        ('lm-eval: {renamed: {"a_??": "b_??"}}', "renamed"),
        ("table: {fold: 1}", "fold"),
        ("a: [b", "YAML"),
    ],
)
def test_a_wrong_file_is_named_with_key_and_what_is_allowed(tmp_path, text, named):
    mine = tmp_path / "metrics.yaml"
    mine.write_text(text)
    with pytest.raises(DataError, match=named) as found:
        load_registry(mine)
    assert "metrics.yaml" in str(found.value)


@pytest.mark.parametrize(
    ("task", "chance"),
    [("mmlu_professional_law", 0.25), ("mmlu_pro", 0.1), ("mmlu_pro_law", 0.1), ("mmlu_prox_de", 0.1)],
)
def test_professional_subjects_are_mmlu_and_not_mmlu_pro(task, chance):
    assert load_registry(None).lookup("lm-eval", task, "acc").chance == chance


def test_a_spelling_is_folded_only_where_the_facts_allow_it_and_it_means_one_thing(facts):
    assert facts.today("table", "MuSR") == facts.today("table", "mu-sr") == "musr"
    assert facts.today("lm-eval", "MMLU") == "MMLU"
    unclear = Registry({"table": {"fold": True, "tasks": {"musr": {}, "mu_sr": {"better": "lower"}}}})
    assert [unclear.today("table", name) for name in ("musr", "mu_sr", "MuSR")] == ["musr", "mu_sr", "MuSR"]


def test_a_users_spelling_of_a_known_task_adds_to_its_facts(tmp_path):
    mine = tmp_path / "metrics.yaml"
    mine.write_text("table: {tasks: {MMLU-Pro: {scale: percent}, Own: {scale: unit}}}\n")
    told = load_registry(mine)
    assert [told.today("table", name) for name in ("mmlu_pro", "MMLU-Pro", "Own")] == ["mmlu_pro", "mmlu_pro", "Own"]
    info = told.lookup("table", "MMLU-Pro", "score")
    assert (info.higher_is_better, info.scale, info.scale_stated) == (True, "percent", True)


@pytest.mark.parametrize(
    ("text", "chance"),
    [
        ("lm-eval: {metrics: {acc: {scale: percent}}}", 25),
        ("lm-eval: {tasks: {arc_easy: {scale: percent}}}", 25),
        ("lm-eval: {tasks: {arc_easy: {metrics: {acc: {scale: percent}}}}}", 25),
        ("lm-eval: {tasks: {arc_easy: {scale: percent, chance: 26}}}", 26),
        ("lm-eval: {tasks: {arc_easy: {scale: natural}}}", None),
    ],
)
def test_a_scale_that_the_user_states_counts_at_every_level_and_guessing_is_put_on_it(tmp_path, text, chance):
    mine = tmp_path / "metrics.yaml"
    mine.write_text(text)
    info = load_registry(mine).lookup("lm-eval", "arc_easy", "acc")
    assert (info.scale_stated, info.scale) == (True, "natural" if chance is None else "percent")
    assert info.chance == chance
    assert load_registry().lookup("lm-eval", "arc_easy", "acc").scale_stated is False


def test_no_two_names_of_the_facts_are_spellings_of_each_other_and_mean_different_things(facts):
    for tool, told in facts.tools.items():
        known: dict[str, str] = {}
        names = [name for key in ("tasks", "renamed") for name in told.get(key, {}) if not set(name) & set("*?,")]
        for name in names if told.get("fold") else ():
            today = facts.today(tool, name)
            assert known.setdefault(fold(name), today) == today, f"{tool}: {name}"
