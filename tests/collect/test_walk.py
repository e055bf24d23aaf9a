"""Which files are found: links are followed inside what is collected, and named where they lead away."""

import os
import socket

import pytest

from mergekit_eval.collect.folders import collect
from mergekit_eval.collect.walk import walk


@pytest.fixture
def away(lab, shapes, tmp_path):
    lab.put("own/results.json", shapes.today("own", {"boolq": {"acc,none": 0.5}}))
    lab.put("../away/results.json", shapes.today("foreign", {"boolq": {"acc,none": 0.75}}))
    return tmp_path / "away"


def models(found):
    return set(found.scores["model_name"])


def test_links_out_of_the_folder_are_named_and_not_followed(lab, away):
    (lab.folder / "file.json").symlink_to(away / "results.json")
    (lab.folder / "relative.json").symlink_to("../away/results.json")
    (lab.folder / "folder").symlink_to(away)
    (lab.folder / "kernel.json").symlink_to("/proc/kmsg")
    (lab.folder / "zero.json").symlink_to("/dev/zero")
    (lab.folder / "chain.json").symlink_to("file.json")
    found = lab.collect()
    assert models(found) == {"own"}
    assert (found.census["files"], found.census["unread"]) == (7, 6)
    assert found.problems["kind"].tolist() == ["outside"] * 6
    assert "../away/results.json; not followed" in " ".join(found.problems["message"])


def test_links_inside_and_between_the_folders_given_are_followed(lab, away):
    (lab.folder / "inner").symlink_to("own")
    (lab.folder / "folder").symlink_to(away)
    assert [file.trouble for file in walk([lab.folder, away])] == [""] * len(walk([lab.folder, away]))
    assert models(collect([lab.folder, away], workers=1)) == {"own", "foreign"}


def test_what_is_given_may_itself_be_a_link(away, tmp_path):
    (tmp_path / "link").symlink_to(away)
    (tmp_path / "link.json").symlink_to(away / "results.json")
    assert models(collect(tmp_path / "link", workers=1)) == {"foreign"}
    assert models(collect(tmp_path / "link.json", workers=1)) == {"foreign"}


def test_a_folder_whose_name_only_begins_alike_is_outside(lab, shapes):
    lab.put("../labour/results.json", shapes.today("foreign", {"boolq": {"acc,none": 0.75}}))
    (lab.folder / "link").symlink_to("../labour")
    assert [file.kind for file in walk(lab.folder)] == ["outside"]


def test_pipes_sockets_and_devices_are_named_and_not_opened(lab, monkeypatch):
    os.mkfifo(lab.folder / "pipe.json")
    monkeypatch.chdir(lab.folder)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.json")
    (lab.folder / "to_pipe.json").symlink_to("pipe.json")
    assert {file.trouble for file in walk(lab.folder)} == {"not a regular file"}
    found = collect([lab.folder, "/dev/zero"], workers=1)
    assert (found.census["files"], found.census["unread"]) == (4, 4)


def test_what_becomes_a_pipe_after_it_was_found_is_not_waited_for(lab, shapes, monkeypatch):
    path = lab.put("results.json", shapes.today("m", {"boolq": {"acc,none": 0.5}}))
    files = walk(lab.folder)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr("mergekit_eval.collect.folders.walk", lambda paths: files)
    found = lab.collect()
    assert found.census["unread"] == 1 and "not a regular file" in found.problems["message"].iloc[0]


def test_a_file_beside_is_not_read_through_a_link_that_leads_away(lab, away):
    leaderboard = ",win_rate,standard_error,n_total,avg_length\na,22.5,1.25,805,1800\n"
    verdict = {"generator_1": "base", "generator_2": "a", "instruction": "i", "output_1": "x", "output_2": "y"}
    for name in ("near", "far"):
        lab.put(f"{name}/leaderboard.csv", leaderboard)
    rows = [verdict | {"preference": 2.0, "annotator": "gpt-x", "dataset": "d"}]
    lab.put("near/annotations.json", rows)
    lab.put("../away/annotations.json", rows)
    (lab.folder / "far" / "annotations.json").symlink_to(away / "annotations.json")
    scores = lab.collect().scores
    board = scores[scores["source_file"].str.endswith("leaderboard.csv")]
    pairs = zip(board["source_file"], board["task_version"], strict=True)
    assert {file.split("/")[-2]: "gpt-x" in version for file, version in pairs} == {"near": True, "far": False}


def test_versions_and_caches_are_not_walked(tmp_path):
    for name in (".git", "kept", "node_modules"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.json").write_text("{}")
    assert [file.name for file in walk(tmp_path)] == ["kept/x.json"]
