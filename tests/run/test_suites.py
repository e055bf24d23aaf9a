"""Suites: what is refused and how, and that every entry exists in the installed lm-eval."""

import pytest

from mergekit_eval.errors import StudyError
from mergekit_eval.run.suites import BUILT_IN, built_in, load_suite

EXPECTED = {"open_llm_v1", "open_llm_v2", "mmlu", "mergebench", "test", "quick", "core", "full", "tiny"}


def write(folder, text, name="own"):
    file = folder / "params" / "suites" / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_the_promised_suites_are_there_and_valid():
    assert set(built_in()) == EXPECTED
    for name in built_in():
        suite = load_suite(name)
        assert suite.name == name and suite.file == BUILT_IN / f"{name}.yaml"
        assert all(spec.metric for spec in suite.tasks), "every entry names its headline metric"


def test_leaderboard_v1_shots():
    shots = {spec.task: spec.num_fewshot for spec in load_suite("open_llm_v1").tasks}
    assert shots == {
        "arc_challenge": 25, "hellaswag": 10, "mmlu": 5, "truthfulqa_mc2": 0, "winogrande": 5, "gsm8k": 5,
    }  # fmt: skip


def test_guide_suites_grow_into_one_another():
    quick, core, full = ([spec.task for spec in load_suite(name).tasks] for name in ("quick", "core", "full"))
    assert quick == core[:1] and core == full[:3] and load_suite("test").limit == 5


def test_only_suites_of_code_ask_for_permission():
    unsafe = {spec.task for name in built_in() for spec in load_suite(name).tasks if spec.unsafe_code}
    assert unsafe == {"humaneval_plus", "mbpp_plus"}


def test_every_entry_of_mergebench_has_one_of_its_five_domains():
    suite = load_suite("mergebench")
    domains = {"math", "instruction following", "multilingual", "coding", "safety"}
    assert {spec.benchmark for spec in suite.tasks} == domains
    assert set(suite.benchmarks) <= domains
    assert all(spec.note.startswith(spec.benchmark) for spec in suite.tasks)


def test_a_suite_of_the_workspace_goes_before_the_built_in(tmp_path):
    write(tmp_path, "suite: quick\ntasks: [hellaswag]\n", "quick")
    assert [spec.task for spec in load_suite("quick", tmp_path).tasks] == ["hellaswag"]
    assert [spec.task for spec in load_suite("params/suites/quick.yaml", tmp_path).tasks] == ["hellaswag"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("suite: own\n", ["own.yaml", "tasks"]),
        ("suite: own\ntasks: []\n", ["tasks", "[]"]),
        ("suite: other\ntasks: [ifeval]\n", ["suite", "'other'", "'own'"]),
        ("suite: own\ntasks: [ifeval]\nlimt: 3\n", ["limt", "limit"]),
        ("suite: own\ntasks: [ifeval]\nlimit: 0\n", ["limit", "0", "> 0"]),
        ("suite: own\ntasks: [ifeval, ifeval]\n", ["tasks", "ifeval", "once"]),
        ("suite: own\ntasks: [{task: ifeval, shots: 3}]\n", ["tasks[0].shots", "num_fewshot"]),
        ("suite: own\ntasks: [{task: ifeval, num_fewshot: -1}]\n", ["tasks[0].num_fewshot", "-1"]),
        ("suite: own\ntasks: [{num_fewshot: 1}]\n", ["tasks[0].task", "missing"]),
        ("suite: own\ninclude_path: nowhere\ntasks: [a]\n", ["include_path", "nowhere"]),
        ("suite: own\nsuite: own\ntasks: [a]\n", ["twice"]),
        ("suite: !!python/object/apply:os.getcwd []\ntasks: [a]\n", ["not valid YAML"]),
        ("- a\n", ["mapping"]),
        ("suite: own\ntasks: [{task: a, benchmark: ''}]\n", ["tasks[0].benchmark", "''", "vote"]),
        ("suite: own\ntasks: [a]\nbenchmarks: {x: {task: [b]}}\n", ["benchmarks.x.task", "tasks"]),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, words):
    write(tmp_path, text)
    with pytest.raises(StudyError) as caught:
        load_suite("own", tmp_path)
    for word in words:
        assert word in str(caught.value)


def test_all_mistakes_of_a_suite_are_told_at_once(tmp_path):
    text = "suite: own\nlimt: 3\nsplit: 1\ntasks:\n- {task: a, shots: 3}\n- 5\n- b\n- {task: c, unsafe_code: maybe}\n"
    file = write(tmp_path, text)
    with pytest.raises(StudyError) as caught:
        load_suite("own", tmp_path)
    said = [line.removeprefix(f"{file}: ") for line in str(caught.value).splitlines()]
    keys = ["limt", "split", "tasks[0].shots", "tasks[1]", "tasks[3].unsafe_code"]
    assert [line.split(":")[0].split(" = ")[0] for line in said] == keys
    assert "true (one cell per entry) or false" in said[1] and "a mapping with the keys task, " in said[3]


def test_a_file_is_no_folder_of_tasks(tmp_path):
    write(tmp_path, "suite: own\ninclude_path: own.yaml\ntasks: [a]\n")
    with pytest.raises(StudyError, match=r"include_path = 'own\.yaml'; allowed: a folder"):
        load_suite("own", tmp_path)


def test_an_unknown_suite_names_the_nearest():
    with pytest.raises(StudyError, match=r"'opn_llm_v1'.*Did you mean 'open_llm_v1'\?"):
        load_suite("opn_llm_v1")


def test_a_missing_suite_file_is_named(tmp_path):
    with pytest.raises(StudyError, match=r"nothing/here\.yaml"):
        load_suite("nothing/here.yaml", tmp_path)


@pytest.mark.slow
def test_every_entry_exists_in_the_installed_lm_eval():
    tasks = pytest.importorskip("lm_eval.tasks")
    index = {"": tasks.TaskManager()}
    for name in built_in():
        suite = load_suite(name)
        place = str(suite.include_path or "")
        if place not in index:
            index[place] = tasks.TaskManager(include_path=place, include_defaults=False)
        missing = [spec.task for spec in suite.tasks if spec.task not in index[place].task_index]
        assert not missing, f"{name}: {missing}"
