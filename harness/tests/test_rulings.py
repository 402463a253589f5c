"""What persons decided of crashes."""

import dataclasses
from pathlib import Path

import pytest

from harness import rulings
from harness.crash import Crash, Sighting, named, of
from harness.crashes import load, record
from harness.failure import Failure, Frame
from harness.home import open_home
from harness.rulings import Accepted, Merged, Rulings, Split
from targets.errors import FarmError
from targets.registry import discover


def seen(function: str = "parse", message: str = "bad") -> Sighting:
    """A sighting of a ValueError in a function of the subject."""
    failure = Failure("exception", "ValueError", message, frames=(Frame("subject", function, 3),))
    return Sighting("resp", "parse", "s", "p", "1.0", failure, ("subject",), b"x", "run-1", 1.0)


def crash(function: str = "parse", message: str = "bad") -> Crash:
    """What such a sighting makes."""
    return of(seen(function, message))


def test_what_is_the_same_has_one_id() -> None:
    """Also when one decision leads to the next; the ids that it had remain its aliases."""
    a, b, c = crash("a"), crash("b"), crash("c")
    decided = Rulings(merged=(Merged(b.id, a.id), Merged(c.id, b.id)))
    assert a == decided.ruled(a)
    for one in (b, c):
        ruled = decided.ruled(one)
        assert ruled.id == a.id
        assert one.id in ruled.aliases
        assert decided.ruled(ruled).id == a.id
    assert crash("d") == decided.ruled(crash("d"))


def test_decisions_in_a_circle_end() -> None:
    """Whoever wrote that gets one of the ids, the same for all."""
    a, b = crash("a"), crash("b")
    decided = Rulings(merged=(Merged(b.id, a.id), Merged(a.id, b.id)))
    assert len({decided.ruled(a).id, decided.ruled(b).id}) == 1


def test_what_is_different_is_told_apart() -> None:
    """By a text in its message or in its stack; the part no longer answers to the old id."""
    whole, odd = crash(message="bad length"), crash(message="bad type 7")
    assert whole.id == odd.id
    decided = Rulings(split=(Split(whole.id, "bad type"),))
    assert decided.ruled(whole) == whole
    parted = decided.ruled(odd)
    assert parted.id != odd.id
    assert odd.id not in parted.aliases
    assert decided.ruled(parted) == parted
    assert named(parted) == parted
    by_stack = Rulings(split=(Split(crash("f").id, "subject.f"),))
    assert by_stack.ruled(crash("f")).id != crash("f").id


def test_a_chosen_id_outlives_a_new_fingerprint() -> None:
    """What a person merged stays merged when the farm names crashes in another way."""
    a, b = crash("a"), crash("b")
    merged = Rulings(merged=(Merged(b.id, a.id),)).ruled(b)
    assert named(merged) == merged
    older = dataclasses.replace(merged, fingerprint_version=0)
    assert named(older) == merged


def test_the_store_keeps_to_decisions(tmp_path: Path) -> None:
    """A sighting of either is recorded under the one id."""
    home = open_home(tmp_path)
    a, b = crash("a"), crash("b")
    decided = Rulings(merged=(Merged(b.id, a.id),))
    record(home, seen("a"), decided)
    both, new = record(home, dataclasses.replace(seen("b"), run="run-2"), decided)
    assert not new
    assert both == load(home, a.id) == load(home, b.id)
    assert both.count == 2


def test_what_is_tolerated_is_known_by_any_of_its_ids() -> None:
    """Also by the id that it had before."""
    accepted = Accepted(crash().id, "p", "title", "upstream will not fix it")
    decided = Rulings(accepted=(accepted,))
    assert decided.acceptance(crash()) == accepted
    renamed = dataclasses.replace(crash(), id="crash-000000000000", aliases=(crash().id,))
    assert decided.acceptance(renamed) == accepted
    assert decided.acceptance(crash("other")) is None


def test_decisions_are_kept_in_a_file(tmp_path: Path) -> None:
    """What was written is read, in an order that makes small diffs."""
    assert rulings.read(tmp_path) == rulings.NONE
    decided = Rulings(
        accepted=(Accepted("crash-2", "p", "t", "« r »"), Accepted("crash-1", "p", "t", "r", "u")),
        merged=(Merged("crash-b", "crash-a"),),
        split=(Split("crash-c", "where"),),
    )
    path = rulings.write(tmp_path / "new", decided)
    assert set(rulings.read(path.parent).accepted) == set(decided.accepted)
    again = dataclasses.replace(decided, accepted=decided.accepted[::-1])
    text = path.read_text()
    assert text == rulings.write(tmp_path, again).read_text()
    assert "« r »" in text


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": 2}', "[" * 100_000, '{"format": 1, "accepted": [{"a": 1}]}'],
)
def test_a_file_that_makes_no_sense_is_named(tmp_path: Path, text: str) -> None:
    """Nothing is guessed: a decision that is overlooked would file issues."""
    (tmp_path / rulings.FILE).write_text(text)
    with pytest.raises(FarmError, match="cannot be understood"):
        rulings.read(tmp_path)


def test_decisions_lie_in_the_repository_that_is_worked_on(tmp_path: Path) -> None:
    """With the target when it is there; in the user's project when the target is installed."""
    found = discover().found["resp"]
    assert rulings.place(found) == found.corpus
    installed = dataclasses.replace(found, corpus=Path("/v/lib/site-packages/corpus/resp"))
    (tmp_path / "pyproject.toml").write_text("[tool.fuzzfarm]\ntargets = []\n")
    (tmp_path / "deep").mkdir()
    assert rulings.place(installed, tmp_path / "deep") == tmp_path / ".fuzzfarm" / "resp"
