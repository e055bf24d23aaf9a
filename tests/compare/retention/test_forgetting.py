"""Losses outside of the parents' domains."""

import pytest

from mergekit_eval.compare import MergeContext, differences, forgetting_table
from tests.compare.conftest import one
from tests.compare.retention.conftest import ROLES


def test_forgetting_counts_only_what_lies_outside(world, answers):
    rows = forgetting_table(*world)
    assert set(rows.loc[rows["level"].eq("task"), "task"]) == {"facts"}
    row = one(rows, level="overall")
    assert row["gain"] == pytest.approx(answers["m", "facts"].mean() - answers["base", "facts"].mean())
    assert row["forgotten"] == "may indicate forgetting"
    assert one(rows, level="task")["p"] == one(world[1], reference="base", task="facts")["p"]


def test_without_domains_only_the_held_out_tasks_count(build, merging, answers):
    values = {(m, {"facts": "triviaqa", "gsm": "gsm", "prog": "prog"}[t]): v for (m, t), v in answers.items()}
    found, merges = build(ROLES, {}, values), merging(("m", ("a", "b"), "base"))
    rows = forgetting_table(MergeContext(found, merges), differences(found, merges))
    assert set(rows.loc[rows["level"].eq("task"), "held_out"]) == {"TriviaQA"}
    assert "domain unknown of a, b" in one(rows, level="overall")["note"]
