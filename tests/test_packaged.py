"""Facts of the package are found in it, in folders too; a name that is not there is an error."""

from pathlib import Path

import pytest
import yaml

import mergekit_eval
from mergekit_eval.packaged import packaged_yaml


@pytest.mark.parametrize("name", ["merge_methods.yaml", "compare/domains.yaml"])
def test_the_mapping_is_that_of_the_file(name):
    path = Path(mergekit_eval.__file__).parent / name
    assert packaged_yaml(name) == yaml.safe_load(path.read_text(encoding="utf-8"))


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(FileNotFoundError, match=r"nothing\.yaml"):
        packaged_yaml("nothing.yaml")
