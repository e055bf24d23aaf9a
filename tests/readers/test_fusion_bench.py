"""Reports of FusionBench: one model, several, and the average of both ages."""


def test_two_merges_in_one_folder_stay_two(look, write):
    report = {"model_info": {"all_params": 1}, "mnist": {"accuracy": 0.9}}
    models = {look(write(name, report), f"vit/{name}").scores[0]["model"] for name in ("TA8.json", "TALL20.json")}
    assert models == {"vit/TA8", "vit/TALL20"}


REPORT = {"model_info": {"trainable_params": 1, "all_params": 1}, "mnist": {"accuracy": 0.9, "loss": 0.1}}


def test_fusion_bench_report_and_average(look, write, registry):
    out = look(write("TA8.json", REPORT | {"average": {"accuracy": 0.9, "loss": 0.1}}))
    assert out.reader == "fusion-bench"
    assert out.value("mnist", "accuracy") == 0.9
    assert registry.lookup("fusion-bench", "mnist", "loss").higher_is_better is False
    assert {row["task_name"]: row["kind"] for row in out.scores} == {"mnist": "task", "average": "group"}


def test_fusion_bench_reports_of_several_models(look, write):
    out = look(write("TA8.json", {"mnist": REPORT, "merged": REPORT}), "vit/TA8.json")
    assert {row["model"] for row in out.scores} == {"vit/TA8/mnist", "vit/TA8/merged"}


def test_fusion_bench_average_of_older_reports_is_the_same_group(look, write):
    tasks = {"mnist": {"accuracy": 0.9}, "dtd": {"accuracy": 0.5}}
    about = {"model_info": REPORT["model_info"]}
    for average in ({"average_accuracy": 0.7}, {"average": {"accuracy": 0.7}}):
        out = look(write("TA.json", about | tasks | average))
        group = next(row for row in out.scores if row["kind"] == "group")
        assert (group["task_name"], group["metric"], group["value"]) == ("average", "accuracy", 0.7)
        assert out.readout.facts["tree"] == {"average": ["mnist", "dtd"]} and not out.problems
    odd = look(write("odd.json", about | tasks | {"seed": 3, "average": {"accuracy": "high"}}))
    messages = [row["message"] for row in odd.readout.problems]
    assert [message.split(" = ")[0] for message in messages] == ["'seed'", "'average', 'accuracy'"]


def test_a_report_without_a_number_is_refused(look, write):
    out = look(write("a.json", {"model_info": REPORT["model_info"], "mnist": {"accuracy": "high"}}))
    assert (out.status, out.why) == ("refused", "no task block holds a number")
