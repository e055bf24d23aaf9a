import yaml

from mergekit_eval.thresholds import thresholds


def test_every_threshold_is_a_positive_number_with_a_reason(checkout):
    raw = yaml.safe_load((checkout / "mergekit_eval" / "thresholds.yaml").read_text(encoding="utf-8"))
    assert {name: set(entry) for name, entry in raw.items()} == {name: {"value", "why"} for name in raw}
    assert thresholds() == {name: entry["value"] for name, entry in raw.items()}
    assert min(thresholds().values()) > 0 and all(len(entry["why"].split()) > 5 for entry in raw.values())
