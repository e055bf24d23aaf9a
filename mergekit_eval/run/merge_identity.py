"""What a merge is made of, and whether exactly that merge is already there."""

from pathlib import Path
from typing import Any

from mergekit_eval.files import fingerprint, read_json
from mergekit_eval.provenance import version
from mergekit_eval.run.modelfiles import Digests, check_model, is_local
from mergekit_eval.run.recipes import models_of, recipe, with_paths, written
from mergekit_eval.study import Merge, Study


def merge_facts(study: Study, merge: Merge, digests: Digests) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
    """Return the recipe with study names, what each name means as a path, and the facts that identify the merge.

    Raises
    ------
    RunError
        If the recipe is wrong or a parent is missing or broken.
    """
    config = recipe(study, merge)
    paths = models_of(study, merge, config)
    for path in paths.values():
        check_model(path)
    facts = {
        "method": config.get("merge_method", merge.method),
        "parents": list(merge.parents),
        "base": merge.base,
        "parameters": merge.parameters,
        "seed": merge.seed,
        "recipe": with_paths(config, _words(study, paths)),
        "models": {_words(study, paths)[name]: digests.model(path) for name, path in paths.items()},
        "mergekit": version("mergekit"),
    }
    return config, paths, facts


def merge_key(facts: dict[str, Any]) -> str:
    """Return the digest of what the weights depend on: recipe, seed, the parents' files, mergekit's version."""
    return fingerprint({name: facts[name] for name in ("recipe", "seed", "models", "mergekit")})


def is_finished(folder: Path, key: str, digests: Digests) -> bool:
    """Say whether ``folder`` holds the complete merge with this key, every file as it was written."""
    made = read_json(folder / "merge.json")
    return made.get("key") == key and not digests.changed(folder, made.get("files"))


def not_ready(study: Study, merge: Merge, digests: Digests) -> str:
    """Say why the folder of ``merge`` must not be evaluated yet, '' if it holds today's merge.

    Parents that were deleted after merging are not asked for.
    """
    folder = Path(study.model_path(merge.name))
    made = read_json(folder / "merge.json")
    if not made:
        return f"the merge {merge.name} is not built yet; build the merges first"
    config = recipe(study, merge)
    paths = models_of(study, merge, config)
    words = _words(study, paths)
    there = {name: path for name, path in paths.items() if not is_local(path) or Path(path).is_dir()}
    now = {words[name]: digests.model(path) for name, path in there.items()}
    then = made.get("models") or {}
    changed = [name for name, digest in now.items() if then.get(name) != digest]
    changed += digests.changed(folder, made.get("files"))
    if fingerprint(made.get("recipe")) != fingerprint(with_paths(config, words)) or made.get("seed") != merge.seed:
        changed.insert(0, "its recipe")
    return f"merge {merge.name} is out of date (changed: {', '.join(changed)}); build it again" if changed else ""


def _words(study: Study, paths: dict[str, str]) -> dict[str, str]:
    """Return the names of the models as they are, but none that is a path of this machine."""
    return {name: written(study, name, path) if Path(name).is_absolute() else name for name, path in paths.items()}
