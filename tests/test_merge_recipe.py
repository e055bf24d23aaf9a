"""Recipes of mergekit in every form it accepts: who goes in, where it starts, what adds nothing."""

import random
import warnings
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mergekit_eval.merge_forms import documents_of, reference
from mergekit_eval.merge_methods import methods
from mergekit_eval.merge_recipe import understood


def read(text, **how):
    return understood(documents_of(text), "test", **how)[0]


def origin(text, **how):
    recipe = read(text, **how)
    return recipe.method, recipe.parents, recipe.base


def test_a_base_listed_among_the_models_of_a_task_vector_method_is_no_parent():
    text = """
    merge_method: ties
    base_model: org/base
    models:
      - model: org/base  # no parameters necessary for base model
      - model: org/a
        parameters: {weight: 0.5, density: 0.5}
      - model: {model: {path: org/b, revision: v2}}
        parameters: {weight: 0.5, density: 0.5}
    """
    recipe = read(text)
    assert (recipe.parents, recipe.base, recipe.inert) == (("org/a", "org/b@v2"), "org/base", ())


@pytest.mark.parametrize("spelled", ["org/base/", "./org/base", "org/base@main", "{model: org/base}"])
def test_the_base_is_found_in_any_spelling(spelled):
    text = f"merge_method: dare_ties\nbase_model: org/base\nmodels: [{{model: {spelled}}}, {{model: a}}]"
    assert origin(text) == ("dare_ties", ("a",), "org/base")


@pytest.mark.parametrize("method", ["slerp", "nearswap", "arcee_fusion"])
def test_the_base_of_an_interpolating_method_is_a_parent_wherever_it_stands(method):
    expected = (method, ("weak", "strong"), "")
    assert origin(f"merge_method: {method}\nbase_model: strong\nmodels: [{{model: weak}}]") == expected
    listed = f"merge_method: {method}\nbase_model: strong\nmodels: [{{model: weak}}, {{model: strong}}]"
    assert origin(listed) == expected
    part = "{sources: [{model: weak, layer_range: [0, 4]}], base_model: strong}"
    assert origin(f"merge_method: {method}\nslices: [{part}]") == expected


def test_linear_takes_a_base_in_the_models_form_as_an_input_and_ignores_it_in_slices():
    assert origin("merge_method: linear\nbase_model: c\nmodels: [{model: a}, {model: b}]")[1:] == (("a", "b", "c"), "")
    part = "{sources: [{model: a, layer_range: [0, 4]}, {model: b, layer_range: [0, 4]}]}"
    assert origin(f"merge_method: linear\nbase_model: c\nslices: [{part}]")[1:] == (("a", "b"), "")
    assert origin("merge_method: linear\nbase_model: b\nmodels: [{model: a}, {model: b}]")[1:] == (("a", "b"), "")


def test_a_spherical_method_has_a_base_only_where_one_is_given():
    assert origin("merge_method: nuslerp\nmodels: [{model: a}, {model: b}]")[1:] == (("a", "b"), "")
    assert origin("merge_method: nuslerp\nbase_model: c\nmodels: [{model: a}, {model: b}]")[1:] == (("a", "b"), "c")


def test_modules_give_their_parents():
    text = """
    merge_method: ties
    base_model: base
    modules:
      text: {models: [{model: a}, {model: base}], parameters: {weight: 1}}
      vision: {slices: [{sources: [{model: b, layer_range: [0, 2]}, {model: base, layer_range: [0, 2]}]}]}
    """
    assert origin(text) == ("ties", ("a", "b"), "base")


def test_experts_and_shared_experts_go_into_a_mixture():
    text = "base_model: x\nexperts: [{source_model: a}, {source_model: b}]\nshared_experts: [{source_model: c}]"
    assert origin(text) == ("moe", ("a", "b", "c"), "x")
    assert origin("base_model: a\nexperts: [{source_model: a}, {source_model: b}]") == ("moe", ("a", "b"), "")


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("org/base+me/lora", "org/base+me/lora"),
        ("org/base@r1+me/lora@r2", "org/base@r1+me/lora@r2"),
        ("{model: {path: org/base}, lora: {path: me/lora}}", "org/base+me/lora"),
        ("{model: org/base, lora: me/lora@r2}", "org/base+me/lora@r2"),
        ("{model: {path: ./c++/m, revision: null}, lora: null, override_architecture: null}", "c++/m"),
    ],
)
def test_an_adapter_is_a_source_of_its_own(spelled, name):
    text = f"merge_method: task_arithmetic\nbase_model: org/base\nmodels: [{{model: {spelled}}}]"
    assert origin(text)[1:] == ((name,), "org/base")
    assert str(reference(yaml.safe_load(spelled))) == name


STAGES = [
    "name: first\nmerge_method: ties\nbase_model: root\nmodels: [{model: a}, {model: b}]\n",
    "name: second\nmerge_method: slerp\nbase_model: first\nmodels: [{model: c}]\nparameters: {t: 0.5}\n",
    "merge_method: task_arithmetic\nbase_model: second\nmodels: [{model: d}]\nparameters: {weight: 1}\n",
]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_stages_refer_to_one_another_by_name_in_any_order(order):
    made = read("---\n".join(STAGES[place] for place in order))
    assert made.method == "task_arithmetic" and set(made.parents) == {"a", "b", "c", "d"} and made.base == "root"
    assert [stage.name for stage in made.stages] == ["second"]
    assert [str(stage) for stage in made.stages[0].stages] == ["first: ties of a, b on root"]


def test_every_named_stage_can_be_asked_for_by_its_name():
    found = understood(documents_of("---\n".join(STAGES)), "test")
    assert {one.name: set(one.parents) for one in found} == {
        "": {"a", "b", "c", "d"},
        "first": {"a", "b"},
        "second": {"a", "b", "c"},
    }


def test_several_merges_in_one_file_are_not_guessed_between():
    text = (
        "name: x\nmerge_method: linear\nmodels: [{model: a}]\n---\nname: y\nmerge_method: linear\nmodels: [{model: b}]"
    )
    recipe = read(text)
    assert (recipe.method, recipe.parents) == ("unknown", ()) and "x, y" in recipe.unclear[0]
    last = read(text, last_wins=True)
    assert last.parents == ("b",) and "the last is taken" in last.unclear[-1]


def test_stages_in_a_circle_are_named():
    text = (
        "name: x\nmerge_method: linear\nmodels: [{model: y}]\n---\nname: y\nmerge_method: linear\nmodels: [{model: x}]"
    )
    assert "circle" in read(text).unclear[0]


@pytest.mark.parametrize(
    ("setting", "method", "inert"),
    [
        ("{weight: 0}", "linear", ("b",)),
        ("{weight: [0, 0.0]}", "ties", ("b",)),
        ("{weight: '0'}", "ties", ("b",)),
        ("{weight: [0, 1]}", "ties", ()),
        ("{weight: 1, density: 0}", "dare_ties", ("b",)),
        ("{weight: 1, density: 0}", "task_arithmetic", ()),
        ("{weight: [{filter: mlp, value: 0}, {value: 0}]}", "ties", ("b",)),
        ("{weight: [{filter: mlp, value: 0}, {value: 0.3}]}", "ties", ()),
        ("{weight: {filter: mlp, value: 0}}", "ties", ()),
        ("{weight: 0}", "nuslerp", ("b",)),
        ("{weight: 0}", "model_stock", ()),
    ],
)
def test_a_source_without_weight_or_density_is_inert(setting, method, inert):
    text = f"""
    merge_method: {method}
    base_model: {"base" if method not in ("linear", "nuslerp") else "null"}
    models: [{{model: a}}, {{model: b, parameters: {setting}}}]
    parameters: {{weight: 0.5}}
    """
    recipe = read(text)
    assert recipe.inert == inert and recipe.parents == tuple(name for name in ("a", "b") if name not in inert)


def test_what_is_inert_in_one_slice_only_is_a_parent():
    slice_ = "sources: [{{model: a}}, {{model: base}}]\n  parameters: {{weight: {}}}"
    both = "\n".join(f"- {slice_.format(weight)}" for weight in (0, 1))
    assert read(f"merge_method: ties\nbase_model: base\nslices:\n{both}").parents == ("a",)
    neither = "\n".join(f"- {slice_.format(weight)}" for weight in (0, 0))
    recipe = read(f"merge_method: ties\nbase_model: base\nslices:\n{neither}")
    assert recipe.parents == () and recipe.inert == ("a",) and "adds anything to the base" in recipe.unclear[0]


@pytest.mark.parametrize(("t", "parents", "inert"), [(0, ("x",), ("y",)), (1, ("y",), ("x",)), (0.5, ("x", "y"), ())])
def test_the_ends_of_an_interpolation_are_one_model(t, parents, inert):
    recipe = read(f"merge_method: slerp\nbase_model: x\nmodels: [{{model: x}}, {{model: y}}]\nparameters: {{t: {t}}}")
    assert (recipe.parents, recipe.inert) == (parents, inert)


def test_equal_halves_where_no_weight_is_left():
    text = "merge_method: nuslerp\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 0}"
    assert read(text).parents == ("a", "b")


def test_a_stage_that_adds_nothing_leaves_its_parents_out():
    text = (
        "name: s\nmerge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n---\n"
        "merge_method: ties\nbase_model: base\nmodels: [{model: s, parameters: {weight: 0}}, {model: c}]\n"
        "parameters: {weight: 1}"
    )
    recipe = read(text)
    assert recipe.parents == ("c",) and set(recipe.inert) == {"a", "b"}


def test_the_source_of_the_tokenizer_is_no_parent():
    text = "merge_method: linear\ntokenizer_source: other/model\nmodels: [{model: a}, {model: b}]"
    assert origin(text)[1:] == (("a", "b"), "")
    text = "merge_method: linear\ntokenizer: {source: other/model}\nmodels: [{model: a}, {model: b}]"
    assert origin(text)[1:] == (("a", "b"), "")


def test_a_genome_of_mergekit_evolve_names_its_models():
    text = "genome:\n  merge_method: dare_ties\n  base_model: base\n  models: [a, b, base]\ntasks: [{name: x}]"
    assert origin(text) == ("dare_ties", ("a", "b"), "base")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("merge_method: my_method\nbase_model: x\nmodels: [{model: a}]", "'my_method' is not known"),
        ("merge_method: ties\nmodels: [{model: a}]", "names none"),
        ("merge_method: linear", "none of models, slices"),
        ("merge_method: linear\nmodels: [{model: a}, {weight: 3}]", "names no model"),
        ("merge_method: linear\nslices: [{sources: []}, {sources: [{model: a}]}]", "without sources"),
    ],
)
def test_what_is_understood_by_half_says_so(text, words):
    assert any(words in one for one in read(text).unclear)


def test_two_bases_of_slices_are_named_and_neither_is_taken():
    part = "{{sources: [{{model: a}}, {{model: {0}}}], base_model: {0}}}"
    recipe = read(f"merge_method: ties\nslices: [{part.format('x')}, {part.format('y')}]")
    assert recipe.base == "" and recipe.parents == ("a",) and "x, y" in recipe.unclear[0]


@pytest.mark.parametrize("text", ["- 1", "models: 3\nslices: x", "merge_method: [1]", "experts: {}"])
def test_what_is_no_recipe_gives_nothing(text):
    assert understood(documents_of(text), "test") == []


# --- recipes built from a known lineage, in every form, read back and held against mergekit's own planner

SHARED = {"slerp": {"t": 0.3}, "nearswap": {"t": 0.3}}
POOL = ("org/a", "org/b", "local/c", "d", "org/e@v1", "org/f+me/lora", "g", "h")
LAYERS = 4


def spelled(name, chance):
    """Return a model's name in the short or the long spelling."""
    if chance.random() < 0.5:
        return name
    model, _, lora = name.partition("+")
    path, _, revision = model.partition("@")
    long = {"model": {"path": path, "revision": revision or None}}
    return long | {"lora": {"path": lora}} if lora else long


class Truth:
    """One merge and the lineage it was made from: parents, inert (sets), base."""

    def __init__(self, method, pool, chance):
        self.method, self.chance = method, chance
        self.role = methods()[method]["base"]
        pool = list(pool)
        chance.shuffle(pool)
        self.form = chance.choice(["models", "slices", "modules", "modules of slices"])
        self.whole = self.form in ("models", "modules")
        self.document = {"merge_method": method}
        getattr(self, f"_{self.role}")(pool)
        self.render()

    def _ancestor(self, pool):
        self.base, self.listed = pool[0], True
        self._weighted(pool[1 : 1 + self.chance.randint(2, 4)])
        self.listed = not self.whole or self.chance.random() < 0.5

    def _optional(self, pool):
        self.base, self.listed = ("", False) if self.chance.random() < 0.5 else (pool[0], not self.whole)
        self._weighted(pool[1:3])

    def _ignored(self, pool):
        self.base, self.listed = "", False
        sources = pool[1 : 1 + self.chance.randint(2, 4)]
        self._weighted(sources)
        kind = self.chance.choice(["none", "one of them", "another"])
        if kind != "none":
            self.document["base_model"] = spelled(sources[0] if kind == "one of them" else pool[0], self.chance)
        if kind == "another" and self.whole:
            self.parents.add(pool[0])

    def _input(self, pool):
        self.base, self.listed = "", False
        first, second = pool[:2]
        t = self.chance.choice([0.3, [0, 0.5, 1], 0] + ([1] if self.method == "slerp" else []))
        rule = methods()[self.method]["silent"].get("t")
        self.inert = {second} if rule and t == 0 else {first} if rule and t == 1 else set()
        self.parents = {first, second} - self.inert
        self.sources = {second: {}} | ({} if self.whole and self.chance.random() < 0.5 else {first: {}})
        self.document |= {"base_model": spelled(first, self.chance)} | ({"parameters": {"t": t}} if rule else {})

    def _weighted(self, names):
        silent = methods()[self.method]["silent"]
        may = [key for key, rule in silent.items() if rule in ("own", "alone")]
        self.inert = {name for name in names[1:] if may and self.chance.random() < 0.3}
        self.parents = set(names) - self.inert
        self.sources = {}
        for name in names:
            needed = {"weight": self.chance.choice([0.5, [0.1, 0.9], [{"filter": "mlp", "value": 0}, {"value": 1}]])}
            off = {self.chance.choice(may): self.chance.choice([0, [0, 0], {"value": 0}])} if name in self.inert else {}
            self.sources[name] = needed | off if "weight" in (may or ()) else {}
        self.document["parameters"] = {"weight": 0.4} if "weight" in may else {}

    def render(self):
        """Write the sources in the form that was drawn."""
        if self.base:
            self.document["base_model"] = spelled(self.base, self.chance)
            if self.listed:
                self.sources[self.base] = {}
        entries = [
            {"model": spelled(n, self.chance)} | ({"parameters": p} if p else {}) for n, p in self.sources.items()
        ]
        self.chance.shuffle(entries)
        if self.whole:
            part = {"models": entries}
        else:
            half = LAYERS // 2
            ranges = [[0, half], [half, LAYERS]]
            part = {"slices": [{"sources": [entry | {"layer_range": r} for entry in entries]} for r in ranges]}
        self.document |= {"modules": {"text": part, "vision": part}} if "modules" in self.form else part


def loaded_by_mergekit(documents, monkeypatch):
    """Return every model, stages aside, that mergekit's planner would load for some documents."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # mergekit's own imports
        from mergekit.common import ModelReference
        from mergekit.config import MergeConfiguration
        from mergekit.options import MergeOptions
        from mergekit.plan import MergePlanner

    monkeypatch.setattr(ModelReference, "config", lambda *_, **__: None)
    module = SimpleNamespace(architecture=SimpleNamespace(num_layers=lambda _: LAYERS))
    stages, found = {one.get("name") for one in documents}, set()
    for document in documents:
        config = MergeConfiguration.model_validate({k: v for k, v in document.items() if k != "name"})
        names = config.modules or ["text"]
        planner = MergePlanner(config, SimpleNamespace(modules=dict.fromkeys(names, module)), MergeOptions(), None)
        planner.normalize_config()
        slices = [one for made in config.modules.values() for one in made.slices]
        found |= {str(source.model) for one in slices for source in one.sources}
    return found - stages


BUILT = [name for name, row in methods().items() if "inputs" in row]


@pytest.mark.slow
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(BUILT), st.sampled_from(BUILT), st.booleans(), st.integers(0, 2**32))
def test_random_recipes_are_read_back(final, first, staged, seed):
    pytest.importorskip("mergekit")
    chance = random.Random(seed)
    merge = Truth(final, ["stage", *POOL[:5]] if staged else POOL, chance)
    documents = [merge.document]
    parents, inert, base = set(merge.parents), set(merge.inert), merge.base
    if staged:
        stage = Truth(first, POOL[3:], chance)
        stage.document["name"] = "stage"
        documents.append(stage.document)
        used = parents | inert | {base} | {str(reference(merge.document.get("base_model")))}
        if "stage" not in used:
            documents.pop()
        elif "stage" in inert:
            inert |= stage.parents | stage.inert
        elif "stage" in parents | {base}:
            own = base
            parents |= stage.parents
            inert |= stage.inert
            base = stage.base if own in ("", "stage") else own
            parents, base = (parents - {base}, base) if own and base else (parents, "" if base in parents else base)
        parents, inert = parents - {"stage"}, inert - {"stage"}
    inert -= parents | {base}
    chance.shuffle(documents)
    [recipe, *_] = understood(documents_of(yaml.safe_dump_all(documents)), "test")
    assert (set(recipe.parents), recipe.base, set(recipe.inert)) == (parents, base, inert)
    assert len(set(recipe.parents)) == len(recipe.parents)
    with pytest.MonkeyPatch.context() as patch:
        loaded = loaded_by_mergekit(documents, patch)
    assert parents | inert | ({base} - {""}) <= loaded
    if len(documents) == 1:
        assert loaded == parents | inert | ({base} - {""})
