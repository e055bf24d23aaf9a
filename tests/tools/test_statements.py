"""Statements are counted with those inside of others, and readers are left out."""

from tools.statements import counts, statements


def test_every_statement_counts_once():
    assert statements("x = 1\nif x:\n    y = 2\n    z = [a for a in (1, 2)]\n") == 4


def test_readers_facts_and_tiny_are_left_out():
    names = ("cli.py", "compare/engine.py", "readers/olmes.py", "tiny/scoring.py", "tables.yaml")
    assert [name for name in names if counts(f"mergekit_eval/{name}")] == ["cli.py", "compare/engine.py"]
