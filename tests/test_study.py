import textwrap

import pytest

from mergekit_eval.errors import StudyError
from mergekit_eval.study import load_study

GOOD = """
study: s
models:
  base: {path: ./m/base, role: base}
  a: {path: ./m/a, role: parent, domain: math}
  b: {path: org/b, role: parent}
merges:
  ab: {method: ties, parents: [a, b], parameters: {weight: 0.5, density: {a: 0.3, b: 0.6}}, seed: 7}
  twice: {method: linear, parents: [ab, a]}
suites: [tiny]
"""


@pytest.fixture
def write(tmp_path):
    for name in ("base", "a"):
        (tmp_path / "m" / name).mkdir(parents=True)
    (tmp_path / "params").mkdir()

    def write(text):
        path = tmp_path / "params" / "s.yaml"
        path.write_text(textwrap.dedent(text))
        return path

    return write


def test_a_good_study_is_read_as_written(write, tmp_path):
    study = load_study(write(GOOD))
    assert study.models["a"].path == str(tmp_path / "m" / "a")
    assert study.models["b"].path == "org/b"
    assert study.merges["ab"].base == "base", "the only base is everybody's base"
    assert study.merges["ab"].seed == 7
    assert study.merges["ab"].parameters["density"] == {"a": 0.3, "b": 0.6}
    assert study.output == tmp_path / "outputs" / "s"
    assert study.names() == ["base", "a", "b", "ab", "twice"]
    assert [study.role(name) for name in study.names()] == ["base", "parent", "parent", "merge", "merge"]
    assert study.model_path("ab") == str(tmp_path / "outputs" / "s" / "merges" / "ab")


def _with(line, *said):
    """Return the case of one more line in a good study."""
    return ("study: s\n", f"study: s\n{line}\n"), list(said)


BAD = {
    "unknown key": (("suites: [tiny]", "suits: [tiny]"), ["suits", "Did you mean 'suites'"]),
    "unknown model key": (("domain: math", "domian: math"), ["models.a.domian", "domain"]),
    "unknown role": (("role: base", "role: basis"), ["models.base.role", "'basis'", "base, parent, merge, reference"]),
    "reference that is no parent": (
        ("parents: [ab, a]", "parents: [ab, a], reference: b"),
        ["merges.twice.reference", "'b'"],
    ),
    "kind of a parent": (("domain: math", "kind: multitask"), ["models.a.kind", "role: reference"]),
    "unknown kind": (("domain: math", "kind: all"), ["models.a.kind", "multitask"]),
    "unknown method": (("method: ties", "method: tis"), ["merges.ab.method", "'tis'", "slerp"]),
    "missing folder": (("./m/a", "./m/x"), ["models.a.path", "'./m/x'", "existing"]),
    "unknown tiny model": (("./m/a", "tiny:nobody"), ["models.a.path", "tiny:nobody"]),
    "unknown parent": (("parents: [a, b]", "parents: [a, c]"), ["merges.ab.parents", "'c'"]),
    "one parent": (("parents: [a, b]", "parents: [a]"), ["merges.ab.parents", "at least two"]),
    "parent twice": (("parents: [a, b]", "parents: [a, a]"), ["merges.ab.parents", "each parent once"]),
    "base is a parent": (
        ("parents: [a, b],", "parents: [a, b], base: a,"),
        ["merges.ab.base", "'a'", "task vector of zero"],
    ),
    "base has a parent's files": (("path: org/b", "path: ./m/base"), ["merges.ab.base", "task vector of zero"]),
    "negative seed": (("seed: 7", "seed: -7"), ["merges.ab.seed", "-7", ">= 0"]),
    "name with a slash": (("  ab:", "  a/b:"), ["merges.a/b", "letters"]),
    "name with dots only": (("  ab:", "  ..:"), ["merges...", "letters"]),
    "one name for two models": (("  twice:", "  A:"), ["merges.A", "each name once"]),
    "key written twice": (("  b: {path", "  a: {path"), ["'a'", "written twice"]),
    "cycle": (("parents: [a, b]", "parents: [a, twice]"), ["ancestors"]),
    "no method": (("method: ties, ", ""), ["merges.ab.method", "missing"]),
    "missing recipe": (("method: ties, ", "recipe: nowhere.yaml, "), ["merges.ab.recipe", "nowhere.yaml"]),
    "model without path": (("path: ./m/a, ", ""), ["models.a.path", "folder"]),
    "study is no name": (("study: s", "study: ../s"), ["study", "'../s'", "letters"]),
    "no mapping": (("study: s", "- study"), ["YAML"]),
    "unknown weights": _with(
        "analysis: {weights: votes}", "analysis.weights", "'votes'", "benchmark, capability, task"
    ),
    "weight below 0": _with("analysis: {weights: {gsm8k: -1, mmlu: 2}}", "analysis.weights", "-1", "number >= 0"),
    "weight without limit": _with("analysis: {weights: {gsm8k: .inf}}", "analysis.weights", "inf", "number >= 0"),
    "weight that is no number": _with("analysis: {weights: {gsm8k: .nan}}", "analysis.weights", "nan", "number >= 0"),
    "weights of 0": _with("analysis: {weights: {gsm8k: 0}}", "analysis.weights", "{'gsm8k': 0.0}", "above 0"),
    "no weights": _with("analysis: {weights: {}}", "analysis.weights", "{}", "above 0"),
    "unknown key of a benchmark": _with("benchmarks: {exam: {task: [a]}}", "benchmarks.exam.task", "'tasks'"),
    "unknown combination": _with(
        "benchmarks: {exam: {combine: sum}}", "benchmarks.exam.combine", "'sum'", "equal, size"
    ),
    "tasks that are no list": _with("benchmarks: {exam: {tasks: a}}", "benchmarks.exam.tasks", "'a'", "a list"),
}


def test_weights_and_benchmarks_are_read_as_written(write):
    assert load_study(write(GOOD)).weights == "benchmark"
    more = "analysis: {weights: {gsm8k: 2, exam: 0.5}}\nbenchmarks: {exam: {tasks: ['exam_*'], combine: size}}\n"
    study = load_study(write(GOOD + more))
    assert study.weights == {"gsm8k": 2, "exam": 0.5}
    assert study.benchmarks["exam"].tasks == ("exam_*",) and study.benchmarks["exam"].combine == "size"


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_named_with_file_key_value_and_what_is_allowed(write, case):
    (old, new), said = BAD[case]
    assert old in GOOD
    path = write(GOOD.replace(old, new))
    with pytest.raises(StudyError) as caught:
        load_study(path)
    assert str(path) in str(caught.value)
    for text in said:
        assert text in str(caught.value)


def test_a_missing_study_file_is_named(tmp_path):
    with pytest.raises(StudyError, match=r"nowhere\.yaml: cannot be read"):
        load_study(tmp_path / "nowhere.yaml")


def test_yaml_never_runs_code(write, tmp_path):
    path = write(f"study: !!python/object/apply:os.mkdir ['{tmp_path}/pwned']")
    with pytest.raises(StudyError, match="not valid YAML"):
        load_study(path)
    assert not (tmp_path / "pwned").exists()


def test_a_recipe_brings_its_method_and_excludes_parameters(write, tmp_path):
    (tmp_path / "params" / "r.yaml").write_text("merge_method: dare_ties\n")
    text = GOOD.replace("method: ties, ", "recipe: r.yaml, ")
    with pytest.raises(StudyError, match="either a recipe or method and parameters"):
        load_study(write(text))
    study = load_study(write(text.replace("parameters: {weight: 0.5, density: {a: 0.3, b: 0.6}}, ", "")))
    assert study.merges["ab"].method == "dare_ties"


def test_a_study_of_existing_results_needs_no_paths(write, tmp_path):
    study = load_study(
        write(
            "study: s\nmodels:\n  m: {role: merge, parents: [p, q], base: b}\n"
            "  p: {role: parent}\n  q: {role: parent}\n  b: {role: base}\nresults: [./m]\n"
        )
    )
    assert list(study.merged()) == ["m"]
    assert study.results == (tmp_path / "m",)


def mistakes(path):
    with pytest.raises(StudyError) as caught:
        load_study(path)
    return str(caught.value).splitlines()


def test_all_mistakes_of_a_study_are_told_at_once_each_with_its_file(write):
    text = GOOD.replace("suites: [tiny]", "suits: [tiny]\nanalysis: {alpha: 5}\nresults: [./m, ./gone]")
    text = text.replace("domain: math", "domian: math").replace("role: base", "role: basis")
    text = text.replace("parents: [ab, a]", "parents: [ac, a, b2]").replace("seed: 7", "seed: true, backend: {}")
    path = write(text)
    said = mistakes(path)
    assert all(line.startswith(f"{path}: ") for line in said)
    expected = {
        "suits: 'suits' is not known": "Did you mean 'suites'?",
        "analysis.alpha = 5; ": "between 0 and 1",
        "results[1] = './gone'; ": "existing",
        "models.a.domian: 'domian' is not known": "Did you mean 'domain'?",
        "models.base.role = 'basis'; ": "base, parent, merge, reference",
        "merges.ab.seed = True; ": ">= 0",
        "merges.ab.backend: 'backend' is not known": "method",
        "merges.twice.parents[0]: 'ac' is not known": "base, a, b, ab",
        "merges.twice.parents[2]: 'b2' is not known": "base, a, b, ab",
    }
    for start, allowed in expected.items():
        (line,) = [line for line in said if line.startswith(f"{path}: {start}")]
        assert allowed in line
    assert len(said) == len(expected)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("a: {path: ./m/a, role: parent, domain: math}", "a: {path: ./m/a, role: [parent]}", "models.a.role"),
        ("a: {path: ./m/a, role: parent, domain: math}", "a: parent", "models.a"),
        ("parents: [a, b]", "parents: a", "merges.ab.parents"),
        ("parents: [a, b]", "parents: [ab, b]", "merges.ab.parents[0]"),
        ("twice: {method: linear, parents: [ab, a]}", "twice: linear", "merges.twice"),
        ("method: ties", "method: 5", "merges.ab.method"),
        ("method: ties, parents: [a, b], parameters: {", "recipe: no.yaml, parents: [a, b]} #", "merges.ab.recipe"),
        ("base: {path: ./m/base, role: base}", "base: {path: ./m/base, role: basis}", "models.base.role"),
    ],
)
def test_what_only_follows_from_a_mistake_is_not_told(write, old, new, key):
    assert old in GOOD
    (line,) = mistakes(write(GOOD.replace(old, new)))
    assert f"s.yaml: {key}" in line


def test_every_merge_among_its_own_ancestors_is_told(write):
    circles = """
  c: {method: linear, parents: [d, a]}
  d: {method: linear, parents: [c, a]}
  e: {method: linear, parents: [f, a]}
  f: {method: linear, parents: [e, a]}
  g: {method: linear, parents: [f, a]}
"""
    said = mistakes(write(GOOD.replace("\nsuites", f"{circles}suites")))
    assert [line.split(": ")[1].split(" = ")[0] for line in said] == [f"merges.{name}.parents" for name in "cdef"]
    assert all("ancestors" in line for line in said)


def test_settings_of_one_model_are_those_of_the_backend(write):
    (line,) = mistakes(write(GOOD.replace("domain: math", "backend: {batch_sise: 4}")))
    assert "models.a.backend.batch_sise" in line and "Did you mean 'batch_size'?" in line


@pytest.mark.parametrize(("written", "kept"), [("8", 8), ("8.03", 8.03)])
def test_billions_of_parameters_are_kept_as_written(write, written, kept):
    found = load_study(write(GOOD.replace("domain: math", f"params_b: {written}"))).models["a"].params_b
    assert (found, type(found)) == (kept, type(kept))
