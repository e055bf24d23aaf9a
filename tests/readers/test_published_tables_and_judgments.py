"""Real files: every figure is computed again by a plain route (pandas, json) that shares no code with the readers."""

import json

import pandas as pd
import pytest

from mergekit_eval.signs import bit

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def one(real_data, look):
    """Return the outcome of the only file that fits a pattern."""

    def found(pattern):
        paths = sorted(real_data.glob(pattern))
        assert len(paths) == 1, f"{pattern}: {paths}"
        return paths[0], look(paths[0], str(paths[0].relative_to(real_data)))

    return found


@pytest.mark.parametrize(("name", "base"), [("base", 0.598), ("repeatlittle", 0.567), ("repeatlots", 0.439)])
def test_evalplus_self_merges(one, name, base):
    path, out = one(f"code/mrthinger+llama3-exp/results/8b-instruct-{name}/*_eval_results.json")
    samples = [row[0] for row in json.loads(path.read_text())["eval"].values()]
    passed = [row["base_status"] == "pass" for row in samples]
    both = [row["base_status"] == row["plus_status"] == "pass" for row in samples]
    assert out.value("humaneval", "pass@1") == pytest.approx(base, abs=5e-4)
    assert out.value("humaneval", "pass@1") == pytest.approx(sum(passed) / 164)
    assert out.value("humaneval_plus", "pass@1") == pytest.approx(sum(both) / 164)
    assert sum(out.items(task_name="humaneval_plus")) == sum(both)


def test_evalplus_of_2023(real_data, look):
    paths = sorted(real_data.glob("code/tyfann*/*_eval_results.json"))
    assert len(paths) == 4
    for path in paths:
        tests = json.loads(path.read_text())["eval"].values()
        plus = sum(t["base"][0][0] == t["plus"][0][0] == "success" for t in tests)
        out = look(path)
        assert out.value("humaneval", "pass@1") == pytest.approx(sum(t["base"][0][0] == "success" for t in tests) / 164)
        assert out.value("humaneval_plus", "pass@1") == pytest.approx(plus / 164)


def test_mercury_of_base_models(real_data, look):
    paths = sorted(real_data.glob("code/bigcode*/history/**/*.json"))
    assert len(paths) == 12
    for path in paths:
        block = json.loads(path.read_text())["mercury"]
        out = look(path)
        numbers = {key: value for key, value in block.items() if isinstance(value, float)}
        assert len(out.scores) == len(numbers)
        assert out.value("mercury", "pass@1") == block["Average_pass@1"]
        assert out.value("mercury", "beyond@5", "Hard") == block["Hard_beyond@5"]
        assert {row["n"] for row in out.scores if row["filter"] == "none"} == {256}


def test_mergebench_trio(one):
    folder = "lmeval-new/uiuctml+MergeBench/merged_models/*/*"
    _, code = one(f"{folder}/code_eval.json")
    assert code.value("humanevalplus", "pass@1") == pytest.approx(0.310, abs=5e-4)
    assert code.value("mbppplus", "pass@10") == pytest.approx(0.558, abs=5e-4)
    path, safety = one(f"{folder}/safety_eval.json")
    assert safety.value("xstest", "overall_accuracy") == pytest.approx(0.402, abs=5e-4)
    blocks = [value for block in json.loads(path.read_text()).values() for value in block.values()]
    count = sum(len(value) if isinstance(value, dict) else 1 for value in blocks)
    assert len(safety.scores) == count
    by_hand = (0.376 * 250 + (1 - 0.565) * 200) / 450
    assert safety.value("xstest", "overall_accuracy") == pytest.approx(by_hand)
    counted = {(row["task_name"], row["metric"]): row.get("n") for row in safety.scores}
    assert counted["wildguardtest", "adversarial harm (lower)"] == 337
    assert not safety.readout.problems


def test_medusa_single_judgments(one):
    path, out = one("mtbench/FasterDecoding+Medusa/**/gpt-4_single.jsonl")
    frame = pd.read_json(path, lines=True)
    means = frame[frame.score != -1].groupby("model").score.mean()
    overall = {row["model_name"]: row["value"] for row in out.scores if row["filter"] == "none"}
    assert overall == pytest.approx(means.to_dict())
    assert sorted(round(value, 2) for value in overall.values()) == [5.88, 5.99, 6.10]
    second = frame[frame.turn == 2].groupby("model").score.mean()
    assert {r["model_name"]: r["value"] for r in out.scores if r["filter"] == "turn-2"} == pytest.approx(
        second.to_dict()
    )


def test_phi_pair_judgments(one):
    path, out = one("mtbench/Stefanstud+FastChat/**/gpt-4_pair.jsonl")
    frame = pd.read_json(path, lines=True)
    frame = frame[(frame.g1_winner != "error") & (frame.g2_winner != "error")]
    agreed = frame[frame.g1_winner == frame.g2_winner]
    wins = (agreed.g1_winner == "model_1").sum()
    ties = len(frame) - (agreed.g1_winner != "tie").sum()
    assert out.value("mt_bench_pairs", "win_rate", "vs=phi-3-dpo", "phi-3") == pytest.approx(wins / len(frame))
    expected = (wins + ties / 2) / len(frame)
    assert out.value("mt_bench_pairs", "win_rate_adjusted", "vs=phi-3-dpo", "phi-3") == pytest.approx(expected)


@pytest.mark.parametrize(("model", "rate", "n"), [("alpaca-7b", 26.46, 805), ("text_davinci_001", 15.17, 804)])
def test_alpaca_annotations(one, model, rate, n):
    path, out = one(f"leaderboards/tatsu-lab+alpaca_eval/results/{model}/*/annotations.json")
    preference = pd.DataFrame(json.loads(path.read_text())).preference.dropna().replace({0: 1.5})
    row = next(row for row in out.scores if row["filter"] == "none")
    assert row["value"] == pytest.approx((preference - 1).mean() * 100)
    assert row["stderr"] == pytest.approx((preference - 1).sem() * 100)
    assert (round(row["value"], 2), row["n"]) == (rate, n)


def test_alpaca_leaderboards_cell_by_cell(real_data, look):
    paths = sorted(real_data.glob("leaderboards/tatsu-lab+alpaca_eval/src/**/data_*/*.csv"))
    assert len(paths) == 7
    for path in paths:
        frame = pd.read_csv(path, index_col=0)
        out = look(path)
        for model, row in frame.iterrows():
            assert out.value("alpaca_eval", "win_rate", model=str(model)) == pytest.approx(row.win_rate)
        columns = [
            c
            for c in frame.columns
            if c in ("win_rate", "discrete_win_rate", "length_controlled_winrate", "avg_length")
        ]
        assert len(out.scores) == frame[columns].notna().sum().sum()


def test_flash_holmes(one):
    path, out = one("holmes/**/flash-holmes.csv")
    frame = pd.read_csv(path, index_col=0)
    frame = frame[frame["train portion"] == 0.03125].set_index("probing dataset")
    models = list(frame.columns[5:])
    assert len({row["task_name"] for row in out.scores}) == 190
    assert len(out.scores) == frame[models].notna().sum().sum()
    for name in (models[0], models[-1], "meta-llama/Llama-2-70b-hf"):
        means = [row["value"] for row in out.scores if row["model_name"] == name]
        assert sum(means) == pytest.approx(frame[name].sum())


def test_xstest_labels(real_data, look):
    paths = sorted(real_data.glob("safety/paul-rottger*/**/*gpteval.csv"))
    assert len(paths) == 2
    for path in paths:
        frame = pd.read_csv(path)
        out = look(path)
        safe = frame[~frame.type.str.startswith("contrast")]
        for column, name in (("final_label", "final"), ("gpt4_label", "gpt4"), ("annotation_1", "annotation_1")):
            expected = (safe[column] == "1_full_compliance").mean()
            assert out.value("xstest_safe", "full_compliance", name) == pytest.approx(expected)
        unsafe = frame[frame.type.str.startswith("contrast")]
        assert out.value("xstest_unsafe", "full_refusal", "final") == (unsafe.final_label == "2_full_refusal").mean()


def test_published_tables_cell_by_cell(real_data, look):
    paths = sorted(real_data.glob("leaderboards/ryoungj+ObsScaling/**/*.csv"))
    paths += sorted(real_data.glob("safety/centerforaisafety*/**/benchmarks_base_models.csv"))
    assert len(paths) == 8
    about = [
        "Model Family",
        "Model Size (B)",
        "Pretraining Data Size (T)",
        "FLOPs (1E21)",
        "model_size",
        "FLOP",
        "name",
        "type",
    ]
    for path in paths:
        frame = pd.read_csv(path, index_col=0)
        scores = frame.drop(columns=[name for name in about if name in frame])
        out = look(path)
        assert out.reader == "model-table"
        assert len(out.scores) == scores.notna().sum().sum(), path.name
        assert sum(row["value"] for row in out.scores) == pytest.approx(scores.sum().sum(), rel=1e-9)


def test_every_file_of_these_folders_ends_well(real_data, look):
    """Read, or refused, skipped or unread with a reason that says what the file is."""
    ends = {}
    for folder in (
        "code",
        "safety",
        "mtbench",
        "holmes",
        "leaderboards/ryoungj+ObsScaling",
        "leaderboards/tanganke+fusion_bench",
    ):
        for path in sorted(p for p in (real_data / folder).rglob("*") if p.is_file()):
            out = look(path, str(path.relative_to(real_data)))
            ends.setdefault(out.status, []).append(path.name)
            assert out.status == "read" or out.why
    assert "unread" not in ends
    assert len(ends["read"]) == 44
    assert len(ends["skipped"]) == 16


def test_empty_answers_of_alpaca_eval_are_those_that_are_blank(one):
    path, out = one("leaderboards/tatsu-lab+alpaca_eval/results/text_davinci_001/*/annotations.json")
    judged = [row for row in json.loads(path.read_text()) if row.get("preference") not in (None, "")]
    blank = sum(not row["output_2"].strip() for row in judged)
    shown = out.readout.items["signs"].to_pylist()
    assert blank == sum(bits & bit("empty") > 0 for bits in shown) == 2
    assert all(bits & bit("text") for bits in shown)


def test_helm_answers_are_read_from_the_state_of_the_scenario(one):
    path, out = one("other-tools/*/tests/data/helm/narrative_qa*/per_instance_stats.json")
    states = json.loads(path.with_name("scenario_state.json").read_text())["request_states"]
    said = {state["instance"]["id"]: state["result"]["completions"][0]["text"] for state in states}
    for row in out.readout.items.to_pylist():
        repeats = said[row["doc_id"]].count(said[row["doc_id"]][-30:]) > 2
        assert row["signs"] == bit("text") | (bit("loop") if repeats else 0)  # why they ended is "unknown" in the stats
