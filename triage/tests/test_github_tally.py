"""Facts in a comment: a union, within a comment's size."""

import dataclasses
import json

from hypothesis import given
from hypothesis import strategies as st

from harness.crash import Bisection, Seen, of
from triage.github import body, marks, tally
from triage.github.tally import Tally
from triage.tests.filing import sighting
from triage.text import safe

times = st.integers(0, 10**6).map(float)
seen = st.builds(lambda n, a, b: Seen(n, min(a, b), max(a, b)), st.integers(1, 99), times, times)
names = st.text(max_size=3).map(safe)
tallies = st.builds(
    Tally,
    runs=st.dictionaries(names, seen, max_size=4),
    versions=st.lists(names, max_size=3).map(lambda texts: tuple(sorted(set(texts)))),
    smallest=st.none() | st.tuples(st.integers(0, 9), st.sampled_from("ab")),
    bisections=st.dictionaries(names, st.tuples(times, names, names, names, names), max_size=2),
).map(lambda one: tally.from_record(tally.to_record(one)))


@given(tallies, tallies, tallies)
def test_joining_is_a_union(a: Tally, b: Tally, c: Tally) -> None:
    """In any order and any number of times the same: machines need not agree on who comes first."""
    assert tally.joined(a, a) == a
    assert tally.joined(a, b) == tally.joined(b, a)
    assert tally.joined(tally.joined(a, b), c) == tally.joined(a, tally.joined(b, c))
    assert tally.joined(a, b).count >= max(a.count, b.count)


@given(tallies)
def test_facts_survive_a_comment(one: Tally) -> None:
    """Written into a hidden mark and read back they are the same, whatever is in them."""
    said = marks.facts("crash-0123456789ab", tally.to_record(one))
    assert said.count("-->") == 1
    assert "\n" not in said
    assert tally.from_record(marks.read_facts(f"x\n{said}\ny", "crash-0123456789ab")) == one


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5) | st.floats(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    )
)
def test_what_a_person_broke_counts_as_not_said(value: object) -> None:
    """Any JSON in the place of facts is read without an error."""
    for name in ("runs", "older", "versions", "smallest", "bisections"):
        record = {**tally.to_record(Tally()), name: value}
        tally.from_record(record)
    text = f"<!-- fuzzfarm facts crash-0123456789ab {json.dumps({'runs': value})} -->"
    tally.from_record(marks.read_facts(text, "crash-0123456789ab"))


def test_a_thousand_nights_fit_into_a_comment() -> None:
    """Older runs are added up once; the total stays exact for who says it in order."""
    total = Tally()
    crash = of(sighting())
    for night in range(1000):
        runs = {f"2025-{night:04}-{'x' * 90}": Seen(2, night * 86400.0, night * 86400.0 + 5)}
        now = dataclasses.replace(crash, runs=runs)
        total = tally.joined(total, tally.of(now))
        total = tally.joined(total, tally.of(now))
    assert total.count == 2000
    assert len(total.runs) <= tally.MAX_RUNS


def test_the_worst_comment_fits() -> None:
    """As many and as long facts as there may be stay below GitHub's limit."""
    long = "<" * 500
    runs = {f"{at}{long}": Seen(10**9, 1e9, 2e9 + at, (f"{at}{long}",)) for at in range(999)}
    found = {f"{at}{long}": Bisection(1e9, long, long, long, long) for at in range(99)}
    crash = dataclasses.replace(of(sighting()), runs=runs, bisections=found)
    assert len(body.sightings(crash, tally.of(crash))) < 65_536
