"""Which rows of an lm-eval results file are groups, and what belongs to them."""

from __future__ import annotations

from typing import Any

# A JSON object of a results file: hostile, so its values are anything until they are looked at.
Document = dict[str, Any]


def groups_of(document: Document, blocks: Document) -> tuple[set[str], dict[str, str]]:
    """Return the names that are groups, and the direct parent of each member."""
    groups = set(mapping(document, "groups"))
    parents: dict[str, str] = {}
    for group, members in mapping(document, "group_subtasks").items():
        if isinstance(members, list) and members:
            groups.add(group)
            for member in members:
                if isinstance(member, str) and member != group:
                    parents.setdefault(member, group)
    if not groups and "group_subtasks" not in document:
        return _groups_by_alias(blocks)
    return groups, parents


def tree_of(document: Document, parents: dict[str, str]) -> dict[str, list[Any]]:
    """Return the direct members of each group, as the file states them or as the parents imply."""
    stated = {group: m for group, m in mapping(document, "group_subtasks").items() if isinstance(m, list) and m}
    if stated:
        return stated
    tree: dict[str, list[Any]] = {}
    for member, group in parents.items():
        tree.setdefault(group, []).append(member)
    return tree


def _groups_by_alias(blocks: Document) -> tuple[set[str], dict[str, str]]:
    """Read the tree from the indented aliases, for files that carry no other trace of it."""
    groups: set[str] = set()
    parents: dict[str, str] = {}
    open_rows: list[tuple[int, str]] = []
    for task, block in blocks.items():
        alias = block.get("alias") if isinstance(block, dict) else None
        depth = _depth(alias) if isinstance(alias, str) else 0
        while open_rows and open_rows[-1][0] >= depth:
            open_rows.pop()
        if open_rows and depth:
            groups.add(open_rows[-1][1])
            parents[task] = open_rows[-1][1]
        open_rows.append((depth, task))
    return groups, parents


def _depth(alias: str) -> int:
    indent = len(alias) - len(alias.lstrip(" "))
    return indent if alias.lstrip(" ").startswith("- ") else 0


def mapping(parent: Any, key: str) -> Document:
    """Return ``parent[key]`` if it is a mapping, else an empty one."""
    value = parent.get(key) if isinstance(parent, dict) else None
    return value if isinstance(value, dict) else {}
