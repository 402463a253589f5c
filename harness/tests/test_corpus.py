"""The corpus of one check: nothing is lost, nothing damaged is used."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from pathlib import Path

import pytest

from harness import corpus as module
from harness.corpus import LARGE_BYTES, SMALL, Adopted, Corpus, stage_seeds

GB = 1 << 30


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Corpus:
    """An empty corpus whose inputs have at most 100 bytes."""
    made = Corpus(tmp_path / "c" / "check", tmp_path / "c" / ".claims", tmp_path / "aside", 100)
    made.prepare()
    return made


def fill(store: Corpus, inputs: list[bytes], *subjects: str) -> list[str]:
    """Add inputs as libFuzzer does, while these subjects run; returns their names."""
    for data in inputs:
        (store.folder / sha1(data)).write_bytes(data)
    store.adopt(subjects)
    return [sha256(data) for data in inputs]


def names(store: Corpus) -> set[str]:
    return {path.name for path in store.folder.iterdir()}


def everything(store: Corpus) -> list[bytes]:
    """Contents of all regular files, in the corpus or set aside."""
    found = [*store.folder.iterdir()]
    if store.set_aside.exists():
        found += store.set_aside.iterdir()
    return sorted(path.read_bytes() for path in found if path.is_file() and not path.is_symlink())


def test_new_files_get_their_sha256_names(store: Corpus) -> None:
    """libFuzzer's SHA-1 names and a user's own names alike; hidden files are left alone."""
    (store.folder / sha1(b"fuzzer")).write_bytes(b"fuzzer")
    (store.folder / "from a user.bin").write_bytes(b"user")
    (store.folder / "empty").write_bytes(b"")
    (store.folder / ".gitkeep").write_bytes(b"")
    adopted = store.adopt(["one", "two"])
    wanted = {(sha256(data), len(data)) for data in (b"fuzzer", b"user", b"")}
    assert set(adopted.kept) == wanted
    assert adopted.problems == ()
    assert names(store) == {name for name, _ in wanted} | {".gitkeep"}
    assert store.size() == 3
    for subject in ("one", "two"):
        claims = (store.claims / subject).read_text().split()
        assert set(claims) == {name for name, _ in wanted}
    assert store.adopt(["one"]) == Adopted()


def test_the_same_content_twice_is_one_input(store: Corpus) -> None:
    """Content names an input, whatever its files were called."""
    for name in ("a", "b", sha1(b"same")):
        (store.folder / name).write_bytes(b"same")
    store.adopt(["one"])
    assert names(store) == {sha256(b"same")}


def test_a_damaged_input_is_set_aside_and_named(store: Corpus) -> None:
    """A sha256 name with other content: bits rotted; the line names both places."""
    (store.folder / sha256(b"good")).write_bytes(b"good")
    (store.folder / sha256(b"was")).write_bytes(b"is")
    (problem,) = store.prepare().problems
    assert str(store.folder / sha256(b"was")) in problem
    assert str(store.set_aside / sha256(b"was")) in problem
    assert names(store) == {sha256(b"good")}
    assert (store.set_aside / sha256(b"was")).read_bytes() == b"is"


def test_what_is_set_aside_replaces_nothing(store: Corpus) -> None:
    """Two damaged files of one name are both kept."""
    for content in (b"1", b"2", b"3"):
        (store.folder / sha256(b"was")).write_bytes(content)
        assert len(store.prepare().problems) == 1
    assert everything(store) == [b"1", b"2", b"3"]


def test_a_file_being_written_is_waited_for(store: Corpus) -> None:
    """A SHA-1 name that does not fit yet is left alone until it is old, or nobody writes."""
    path = store.folder / sha1(b"whole")
    path.write_bytes(b"who")
    assert store.adopt(["one"]) == Adopted()
    assert path.read_bytes() == b"who"
    path.write_bytes(b"whole")
    assert store.adopt(["one"]).kept == ((sha256(b"whole"), 5),)


@pytest.mark.parametrize("way", ["old", "settled", "prepare"])
def test_a_truncated_file_is_set_aside_once_settled(store: Corpus, way: str) -> None:
    """A worker that was killed while it wrote leaves no half input in the corpus."""
    path = store.folder / sha1(b"whole")
    path.write_bytes(b"who")
    if way == "old":
        then = path.stat().st_mtime - module.SETTLED_S - 1
        os.utime(path, (then, then))
    adopted = store.prepare() if way == "prepare" else store.adopt(["a"], settled=way == "settled")
    assert adopted.kept == ()
    assert "does not fit its name" in adopted.problems[0]
    assert names(store) == set()
    assert everything(store) == [b"who"]


def test_what_is_no_readable_file_is_set_aside_and_named(store: Corpus) -> None:
    """Folders, links to nothing or in circles, pipes, sockets, unreadable and huge files."""
    folder = store.folder
    (folder / "folder").mkdir()
    (folder / "folder" / "inside").write_bytes(b"kept")
    (folder / "dangling").symlink_to("nothing-there")
    (folder / "circle").symlink_to("circle")
    (folder / "unreadable").symlink_to("/proc/self/mem")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folder / "socket"))
    (folder / "huge").touch()
    os.truncate(folder / "huge", GB)
    (folder / "fine").write_bytes(b"fine")
    odd = {"folder", "dangling", "circle", "unreadable", "pipe", "socket", "huge"}
    adopted = store.prepare()
    assert adopted.kept == ((sha256(b"fine"), 4),)
    assert len(adopted.problems) == len(odd)
    for name in odd:
        assert sum(f"{folder / name}: " in problem for problem in adopted.problems) == 1
    assert names(store) == {sha256(b"fine")}
    assert {path.name for path in store.set_aside.iterdir()} == odd
    assert (store.set_aside / "folder" / "inside").read_bytes() == b"kept"


def test_what_cannot_be_set_aside_is_still_told(store: Corpus) -> None:
    """A place that refuses it is no reason to end the run."""
    store.set_aside.mkdir()
    (store.folder / "folder").mkdir()
    (store.folder / ("x" * 255)).mkdir()
    (store.set_aside / ("x" * 255)).mkdir()  # the next name would be longer than names may be
    problems = store.adopt(["one"]).problems
    assert len(problems) == 2
    assert sum("could not be set aside" in problem for problem in problems) == 1


def test_shrinking_takes_only_what_was_measured_and_nobody_needs(store: Corpus) -> None:
    """Claims of another subject protect an input; so does having come after the measuring."""
    mine = fill(store, [b"m1", b"m2"], "mine")
    both = fill(store, [b"b1"], "mine", "other")
    measured = sorted(names(store))
    late = fill(store, [b"late"], "mine")
    assert store.shrink("mine", measured, [mine[0]]) == 1
    assert names(store) == {mine[0], *both, *late}
    # The other subject neither needs it nor claimed it, but the first one still does.
    measured = sorted(names(store))
    assert store.shrink("other", measured, []) == 1
    assert names(store) == {mine[0], *late}


def test_shrinking_survives_what_is_gone_or_strange(store: Corpus) -> None:
    """Names that vanished meanwhile, that are no hashes, or that libFuzzer still has."""
    (name,) = fill(store, [b"one"], "mine")
    outside = store.folder.parent / "outside"
    outside.write_bytes(b"")
    store.shrink("mine", [name, sha256(b"gone"), "../outside", sha1(b"x")], [])
    assert names(store) == set()
    assert outside.exists()


def test_measuring_is_due_after_growth(store: Corpus) -> None:
    """Not for a small corpus, then at first, then when it grew by half."""
    inputs = [str(number).encode() for number in range(2 * SMALL)]
    fill(store, inputs[:SMALL], "mine")
    assert not store.measuring_is_due("mine")
    everything_now = fill(store, inputs[: SMALL + 1], "mine")
    assert store.measuring_is_due("mine")
    store.shrink("mine", everything_now, everything_now)
    assert not store.measuring_is_due("mine")
    assert store.measuring_is_due("other")
    fill(store, inputs, "mine")
    assert store.measuring_is_due("mine")
    (store.claims / "mine.needed").write_text("nonsense")
    assert store.measuring_is_due("mine")


def test_two_runs_may_adopt_at_once(store: Corpus) -> None:
    """Each new input goes to one of them; nothing is lost, nothing is a problem."""
    inputs = [str(number).encode() for number in range(600)]
    for data in inputs:
        (store.folder / sha1(data)).write_bytes(data)
    start = threading.Barrier(2)
    adopted: list[Adopted] = []

    def adopt(subject: str) -> None:
        start.wait(5)
        adopted.append(store.adopt([subject]))

    threads = [threading.Thread(target=adopt, args=(subject,)) for subject in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(adopted) == 2
    kept = [name for one in adopted for name, _ in one.kept]
    assert sorted(kept) == sorted(map(sha256, inputs))
    assert [one.problems for one in adopted] == [(), ()]
    assert everything(store) == sorted(inputs)


def test_seeds_are_linked_and_large_ones_returned(tmp_path: Path) -> None:
    """A large seed would make libFuzzer's inputs as long; it is run once instead."""
    source = tmp_path / "seeds"
    (source / "deep").mkdir(parents=True)
    (source / "small").write_bytes(b"s" * LARGE_BYTES)
    (source / "deep" / "small").write_bytes(b"d")
    (source / "large").write_bytes(b"l" * (LARGE_BYTES + 1))
    (source / ".git").mkdir()
    (source / ".git" / "object").write_bytes(b"not a seed")
    large, problems = stage_seeds([source], tmp_path / "staged", 4 * LARGE_BYTES)
    assert large == (str((source / "large").resolve()),)
    assert problems == []
    staged = sorted((tmp_path / "staged").iterdir())
    assert sorted(path.read_bytes() for path in staged) == [b"d", b"s" * LARGE_BYTES]
    assert all(path.is_symlink() for path in staged)


def test_seeds_that_are_of_no_use_are_left_out_with_one_line(tmp_path: Path) -> None:
    """A gigabyte, a named pipe, a link to nothing: each is named and none is read."""
    source = tmp_path / "seeds"
    source.mkdir()
    (source / "gigabyte").touch()
    os.truncate(source / "gigabyte", GB)
    os.mkfifo(source / "pipe")
    (source / "dangling").symlink_to("nothing-there")
    (source / "circle").symlink_to("circle")
    (source / "unreadable").symlink_to("/proc/self/mem")
    (source / "fine").write_bytes(b"fine")
    large, problems = stage_seeds([source], tmp_path / "staged", 4096)
    assert large == ()
    for name in ("gigabyte", "pipe", "dangling", "circle", "unreadable"):
        (line,) = [problem for problem in problems if str(source / name) in problem]
        assert line.endswith("left out")
        assert "\n" not in line
    assert len(problems) == 5
    assert [path.read_bytes() for path in (tmp_path / "staged").iterdir()] == [b"fine"]
    (gigabyte,) = [problem for problem in problems if "gigabyte" in problem]
    assert f"{GB} bytes" in gigabyte
    assert "at most 4096" in gigabyte
