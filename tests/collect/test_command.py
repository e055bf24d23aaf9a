"""What the collect command prints and returns."""

import json

import pytest

from mergekit_eval.collect.command import collect_command
from mergekit_eval.errors import DataError
from mergekit_eval.readers._base import PROBLEM_KINDS, TODO


@pytest.fixture
def command(lab, tmp_path):
    def run(rule="newest", metrics=None, strict=False, as_json=False):
        said: list[str] = []
        code = collect_command([lab.folder], tmp_path / "out", None, rule, metrics, strict, as_json, said.append)
        return code, "\n".join(said)

    return run


def runs(lab, shapes, *values):
    for day, value in enumerate(values, 1):
        document = shapes.today("a/m", {"boolq": {"acc,none": value}}, date=1.7e9 + day * 86400)
        lab.put(f"results_2025-01-0{day}T00-00-00.000000.json", document)


def test_numbers_have_their_nouns_and_the_first_problem_of_each_kind_is_shown(lab, shapes, command):
    runs(lab, shapes, 0.5)
    lab.put("list.json", {"results": [{"task": "boolq", "metric": "acc", "value": 0.5}]})
    code, text = command()
    assert code == 0
    assert "2 files: 1 read, 1 refused, 0 unread, 0 skipped" in text
    assert "1 score of 1 model on 1 task, 0 item values" in text
    assert "1 refused  lab/list.json: its results are a list" in text


def test_exit_codes(lab, shapes, command):
    assert command()[0] == 2
    lab.put("list.json", {"results": [{"task": "boolq", "metric": "acc", "value": 0.5}]})
    assert command()[0] == 2 and command(strict=True)[0] == 2
    runs(lab, shapes, 0.5)
    assert command()[0] == 0 and command(strict=True)[0] == 1


def test_the_best_of_several_runs_says_by_how_much_it_is_optimistic(lab, shapes, command):
    runs(lab, shapes, 0.75, 0.5)
    text = command(rule="best")[1]
    assert "re-runs: the rule left out 1 row" in text and "is optimistic: 0.25 above the newest on average" in text


def test_the_counts_for_machines_add_up(lab, shapes, command):
    runs(lab, shapes, 0.5, 0.75)
    lab.put("README.md", "# hello")
    lab.put("broken.json", "{")
    told = json.loads(command(as_json=True)[1])
    four = ("read", "refused", "unread", "skipped")
    assert told["files"] == sum(told[name] for name in four) == 4
    assert all(told[name] == sum(reader[name] for reader in told["by_reader"].values()) for name in four)
    assert told["problems"] == sum(told["problems_by_kind"].values()) == 2
    assert (told["scores"], told["items"], told["decided"]) == (1, 0, 1)


def test_own_facts_decide_the_primary_metric_and_the_direction(lab, shapes, command, tmp_path):
    lab.put("r.json", shapes.early("a/m", {"own": {"acc,none": 0.5, "wer,none": 0.25}}))
    facts = tmp_path / "metrics.yaml"
    facts.write_text("lm-eval: {tasks: {own: {primary: wer, metrics: {wer: {better: lower, scale: unit}}}}}")
    assert "no-primary" in command()[1]
    assert "problems: none" in command(metrics=facts)[1]


def test_own_facts_of_the_workspace_are_found(lab, shapes, command, tmp_path, monkeypatch):
    lab.put("r.json", shapes.early("a/m", {"own": {"acc,none": 0.5, "wer,none": 0.25}}))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "metrics.yaml").write_text("lm-eval: {tasks: {own: {primary: wer}}}")
    text = command()[1]
    assert "problems: none" in text and "own facts: params/metrics.yaml" in text


def test_every_kind_of_problem_says_what_to_do(lab, command):
    assert set(TODO) == set(PROBLEM_KINDS) and all(TODO.values())
    lab.put("hello.json", {"hello": 1})
    assert TODO["unread"] in command()[1]


def test_no_line_on_the_terminal_is_longer_than_a_screen(lab, shapes, command):
    for i in range(40):
        args = {"pretrained": "m" * 3000, "extra": "x" * 3000 + str(i)}
        lab.put(f"{i}.json", shapes.today("m" * 3000, {"boolq": {"acc,none": 0.5}}, args=args))
    _, said = command()
    found = [line for line in said.splitlines() if " identity " in line]
    assert len(found) == 1 and max(map(len, said.splitlines())) <= 1000


def test_a_folder_that_cannot_be_written_is_named(lab, shapes, command, tmp_path):
    runs(lab, shapes, 0.5)
    (tmp_path / "out").symlink_to("/proc/self")
    with pytest.raises(DataError, match=r"cannot be written: .*choose another output"):
        command()
