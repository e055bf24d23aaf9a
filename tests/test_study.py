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


BAD = {
    "unknown key": (("suites: [tiny]", "suits: [tiny]"), ["suits", "Did you mean 'suites'"]),
    "unknown model key": (("domain: math", "domian: math"), ["models.a.domian", "domain"]),
    "unknown role": (("role: base", "role: basis"), ["models.base.role", "'basis'", "base, parent, merge, reference"]),
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
}


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
