"""The numbers of the merging pipeline again: nothing dropped, collapse marked, missing shown as missing."""

import numpy as np
import pytest

from mergekit_eval.compare import (
    MergeContext,
    category_counts,
    category_table,
    collapse_table,
    collapsed,
    completeness,
    differences,
    expectation_table,
    forgetting_table,
    holmes_probes,
    item_table,
    probe_groups,
    relation_table,
    retention_table,
    score_table,
    unmapped,
    votes_of,
)
from mergekit_eval.compare.comparison import Comparison
from mergekit_eval.stats import normalise

DOMAINS = {"coder": frozenset({"code"}), "math": frozenset({"math"}), "instruct": frozenset({"instruction"})}


@pytest.fixture(scope="module")
def view(pipeline, pipeline_merges):
    kin = MergeContext(pipeline, pipeline_merges, DOMAINS)
    table = differences(pipeline, pipeline_merges)
    relations = relation_table(kin, table)
    return kin, table, relations, category_table(kin, relations)


def test_every_saved_number_appears_and_ifeval_is_there(pipeline):
    scores = score_table(pipeline).set_index(["model", "task"])["value"]
    assert scores["coder-task_arithmetic", "bbh"] == pytest.approx(1769 / 5761)  # 30.7 %
    assert scores["coder-slerp", "gsm8k"] == pytest.approx(818 / 1319)  # 62.02 %
    assert scores["math-linear", "musr"] == pytest.approx(334 / 756)  # 44.2 %
    assert scores["coder-dare_ties", "math_hard"] == 0
    assert "ifeval" in set(scores.index.get_level_values("task"))
    assert len(scores) == 8 * 8 + 5 * 5


def test_four_of_five_coder_merges_are_collapsed_and_slerp_is_not(pipeline, pipeline_merges):
    fallen = collapsed(collapse_table(score_table(pipeline), pipeline_merges), votes_of(pipeline.scores))
    coder = {name for name in fallen if name.startswith("coder")}
    assert coder == {f"coder-{m}" for m in ("task_arithmetic", "dare_ties", "ties", "linear")}
    assert "math-slerp" not in fallen


def test_a_merge_without_results_is_missing_everywhere_and_ranked_nowhere(pipeline, pipeline_merges, view):
    kin, _, relations, categories = view
    assert "math-ties" not in set(score_table(pipeline)["model"])
    assert "math-ties" not in set(completeness(pipeline)["model"])
    assert relations.loc[relations["merge"].eq("math-ties"), "gain"].isna().all()
    silent = categories[categories["merge"].eq("math-ties")]
    assert list(silent["category"]) == ["undecided"]
    assert "not evaluated" in silent["note"].iloc[0]
    retained = retention_table(kin)
    assert retained.loc[retained["merge"].eq("math-ties"), "retention"].isna().all()
    verdicts = Comparison(pipeline, pipeline_merges).verdicts().set_index("merge")["verdict"]
    assert verdicts["math-ties"] == "not decided"
    assert set(verdicts[["coder-ties", "coder-dare_ties"]]) == {"collapsed"}


def test_categories_by_sign_are_those_of_the_bare_numbers(pipeline, view):
    categories = view[3]
    value = score_table(pipeline).set_index(["model", "task"])["value"]
    rows = categories[categories["level"].eq("task")]
    for row in rows.itertuples():
        parents = [value["instruct", row.task], value[row.merge.split("-")[0], row.task]]
        mine = value[row.merge, row.task]
        expected = "better than all" if mine > max(parents) else "worse than all" if mine < min(parents) else "between"
        assert row.by_sign == expected, (row.merge, row.task)
    assert len(rows) == 5 * 8 + 4 * 5


def test_uncertainty_is_a_class_of_its_own(view):
    rows = view[3][view[3]["level"].eq("task")].set_index(["merge", "task"])
    assert rows.loc[("coder-slerp", "gpqa"), "by_sign"] == "between"
    assert rows.loc[("coder-slerp", "gpqa"), "category"] == "undecided"  # 33.1 between 31.5 and 33.3 with n = 1192
    assert rows.loc[("coder-ties", "mmlu"), "category"] == "worse than all"
    assert rows.loc[("coder-slerp", "gsm8k"), "category"] == "worse than all"
    assert rows.loc[("coder-slerp", "mmlu"), "category"] == "undecided"  # 68.12, 69.90: without items n does not decide


def test_counts_per_task_name_the_merges(view):
    task_rows = view[3][view[3]["level"].eq("task")]
    counts = category_counts(task_rows, column="by_sign").set_index("task")
    assert counts.loc["gsm8k", "worse than all"] == 5
    assert counts.loc["musr", "better than all"] == 2  # math slerp and linear
    assert set(counts.loc["musr", "better than all: which"].split(", ")) == {"math-slerp", "math-linear"}
    decided = category_counts(task_rows).set_index("task")
    assert decided.loc["musr", "undecided"] >= 1


def test_collapsed_merges_lie_below_the_expected_range(view):
    _, _, relations, categories = view
    rows = expectation_table(categories, relations)
    overall = rows[rows["level"].eq("overall")].set_index("merge")["where"]
    for method in ("task_arithmetic", "dare_ties", "ties", "linear"):
        assert overall[f"coder-{method}"] == "below"


def test_retention_of_the_specialist_in_its_own_domain(view):
    rows = retention_table(view[0])
    mine = rows[rows["merge"].eq("math-linear") & rows["relation"].eq("specialist") & rows["level"].eq("task")]
    assert list(mine["task"]) == ["math_hard"]
    assert mine["retention"].iloc[0] == pytest.approx(155 / 367)  # 11.7 % and 27.7 % of 1,324
    assert mine["decided"].iloc[0] == "lost"


def test_forgetting_looks_outside_of_the_parents_domains(view):
    rows = forgetting_table(view[0], view[1])
    mine = rows[rows["merge"].eq("coder-ties") & rows["level"].eq("task")].set_index("task")
    assert "ifeval" not in mine.index
    assert mine.loc["mmlu", "held_out"] == "MMLU"
    assert mine.loc["mmlu", "forgotten"] == "may indicate forgetting"
    math = rows[rows["merge"].eq("math-slerp") & rows["level"].eq("task")]
    assert "math_hard" not in set(math["task"])


def test_without_items_the_item_view_says_so(view):
    rows = item_table(view[0])
    assert rows["count"].isna().all()
    assert rows.loc[rows["merge"].eq("coder-ties"), "note"].str.contains("items").all()


def test_holmes_by_competency_reproduces_the_means_and_names_the_unmapped(holmes):
    probes = holmes_probes(holmes)
    groups = probe_groups(probes, holmes).set_index(["task", "model"])
    assert set(groups.index.get_level_values("task")) == {"discourse", "morphology"}  # no bar called nan
    assert groups.loc[("morphology", "coder"), "value"] == pytest.approx(0.698)
    assert groups.loc[("discourse", "coder-dare_ties"), "value"] == pytest.approx(0.280)
    errors = probes[(probes["model"] == "coder") & (probes["competency"] == "morphology")]["stderr"].to_numpy(float)
    assert groups.loc[("morphology", "coder"), "stderr"] == pytest.approx(np.sqrt((errors**2).sum()) / 4)
    assert list(unmapped(probes)["dataset"]) == ["stray-0"]


def test_chance_level_shows_in_the_normalised_score():
    assert normalise([0.2596], [0.25])[0] == pytest.approx(0.0096 / 0.75)
