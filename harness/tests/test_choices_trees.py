"""Test cases as trees: replayed as they are, changed in one place, made from one another."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.data import ConjectureData, Status
from hypothesis.stateful import RuleBasedStateMachine, get_state_machine_test, rule

from harness.children.choices.cases import Case, of_test, stored
from harness.children.choices.feedback import Feedback, branch_of
from harness.children.choices.mutate import Mutator
from harness.children.choices.pool import Entry, Pool
from harness.children.choices.provider import Guided
from harness.children.choices.trees import Token, Tree, tree_of
from targets import hypotheses

TERMS = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
STRATEGIES = {
    "lists": st.lists(st.integers() | st.text() | st.binary()),
    "floats": st.lists(st.floats() | st.booleans(), unique_by=repr),
    "filtered": st.lists(st.integers(0, 100).filter(lambda number: number % 3 == 0)),
    "nested": st.recursive(st.integers(), lambda inner: st.lists(inner) | st.tuples(inner, inner)),
    "mapped": st.dictionaries(st.text(max_size=3), st.sampled_from(range(1000)), max_size=5),
}


class Counter(RuleBasedStateMachine):
    """Steps that cannot fail."""

    @rule(number=st.integers())
    def add(self, number: int) -> None:
        """One step."""

    @rule(word=st.text())
    def say(self, word: str) -> None:
        """Another."""


def case_of(name: str, drawn: list[Any]) -> Case:
    """A test that notes what it was given; the machine notes nothing."""
    if name == "machine":
        return of_test(get_state_machine_test(Counter, settings=TERMS))

    @TERMS
    @given(STRATEGIES[name])
    def test(value: object) -> None:
        drawn.append(value)

    return of_test(test)


def drawn_by(case: Case, tokens: list[Token], seed: int) -> ConjectureData:
    """The data of one execution."""
    data = ConjectureData(
        random=random.Random(seed), provider=Guided, provider_kw={"tokens": tokens}
    )
    case.execute(data)
    return data


def valid(case: Case, seeds: range) -> list[ConjectureData]:
    """Executions by chance alone that went to the end of the test."""
    found = []
    for seed in seeds:
        data = ConjectureData(random=random.Random(seed), provider=Guided)
        if case.execute(data) is Status.VALID:
            data.freeze()
            found.append(data)
    return found


@pytest.mark.parametrize("name", [*STRATEGIES, "machine"])
def test_a_tree_replays_the_test_case_that_it_is_of(name: str) -> None:
    """Whatever chance would have drawn: the values are the same."""
    drawn: list[Any] = []
    case = case_of(name, drawn)
    executed = valid(case, range(60))
    assert len(executed) > 10
    for data in executed:
        again = drawn_by(case, tree_of(data).tokens, seed=999)
        again.freeze()
        assert repr(tree_of(again).tokens) == repr(tree_of(data).tokens)


@pytest.mark.parametrize("name", [*STRATEGIES, "machine"])
def test_stored_choices_are_the_test_case(name: str) -> None:
    """In the form of Hypothesis's own database."""
    drawn: list[Any] = []
    case = case_of(name, drawn)
    for data in valid(case, range(20)):
        drawn.clear()
        case.run(stored(data), None)
        case.run(stored(data), None)
        assert len(drawn) in (0, 2)
        assert len({repr(value) for value in drawn}) <= 1


def test_bytes_that_are_no_choices_run_nothing() -> None:
    """A damaged file is no failure of the code under test."""
    drawn: list[Any] = []
    case_of("lists", drawn).run(b"\xff\xff\xff", None)
    assert drawn == []


def test_a_change_in_one_span_leaves_the_others_as_they_are() -> None:
    """The first list of a pair gets longer; the second stays what it was."""
    drawn: list[Any] = []

    @TERMS
    @given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
    def test(first: list[int], second: list[int]) -> None:
        drawn.append((first, second))

    case = of_test(test)
    made = valid(case, range(100))
    executed = zip(made, drawn, strict=True)
    data, (first, second) = next((data, lists) for data, lists in executed if all(lists))
    tree = tree_of(data)
    elements = [span for span in tree.spans if tree.tokens[span.begin + 1] is True]
    span = min(elements, key=lambda span: span.begin)
    tokens = tree.tokens[: span.begin] + tree.tokens[span.begin : span.end] * 3
    drawn_by(case, tokens + tree.tokens[span.end :], seed=1)
    assert drawn[-1] == ([first[0]] * 2 + first, second)


def test_every_way_to_mutate_makes_a_test_case() -> None:
    """Of anything that was executed; the result can be executed, and is often another."""
    drawn: list[Any] = []
    case = case_of("nested", drawn)
    rng = random.Random(5)
    pool = Pool(rng)
    for number, data in enumerate(valid(case, range(60))):
        tree: Tree = tree_of(data)
        if tree.values:
            pool.add(Entry(tree, (len(tree.values), 0), ((3, 7), ("a", "bc"))), [number])
    mutator = Mutator(pool, rng, words=(b"word", "word", 77))
    different = 0
    for seed in range(300):
        entry = pool.pick()
        made = mutator.mutate(entry)
        different += made != entry.tree.tokens
        drawn_by(case, made, seed)
    assert different > 200


def test_the_smallest_example_of_a_feature_is_kept() -> None:
    """Whatever owns nothing any more is forgotten."""
    pool = Pool(random.Random(1))
    tree = Tree([], [], [], [])
    large, small, other = (Entry(tree, (size, size), ()) for size in (9, 3, 5))
    once, twice = 7 << 4 | 1, 7 << 4 | 2  # one branch, taken so often
    for entry, features in ((large, {once, twice}), (other, {33}), (small, {once, twice})):
        pool.see(features)
        won, _ = pool.gains(features, {}, entry.size)
        pool.add(entry, won)
    assert pool.entries == [other, small]
    assert (pool.features, pool.branches) == (3, 2)
    assert pool.gains({once}, {}, (4, 4)) == ([], False)
    assert pool.gains({4}, {}, (4, 4)) == ([4], True)


def test_the_rarer_a_feature_the_more_often_its_example_is_picked() -> None:
    """A branch that every test case reaches needs no more of them."""
    pool = Pool(random.Random(1))
    tree = Tree([], [], [], [])
    common, rare = Entry(tree, (1, 1), ()), Entry(tree, (2, 2), ())
    pool.add(common, ["often"])
    pool.add(rare, ["once"])
    pool.see(["often", "once"])
    for _ in range(400):
        pool.see(["often"])
    picked = [pool.pick() for _ in range(500)]
    assert picked.count(rare) > 4 * picked.count(common)


@pytest.mark.parametrize("name", [*STRATEGIES, "machine"])
def test_stored_choices_come_apart_and_join(name: str) -> None:
    """A minimizer removes whole choices."""
    for data in valid(case_of(name, []), range(10)):
        found = hypotheses.pieces(stored(data))
        assert len(found) == len(data.nodes)
        assert b"".join(found) == stored(data)
    assert hypotheses.pieces(b"\xff\xff") == [b"\xff\xff"]


def test_how_often_a_branch_is_taken_is_told_apart_roughly() -> None:
    """Once, twice, three times, a few, many."""
    feedback = Feedback()
    taken = {1: 1, 2: 2, 3: 3, 4: 5, 5: 7, 6: 8, 7: 5000}
    for branch, count in taken.items():
        feedback.trail.extend([branch] * count)
    features = feedback.branches()
    assert {branch_of(feature) for feature in features} == set(taken)
    assert sorted(feature & 15 for feature in features) == [1, 2, 3, 4, 4, 5, 5]
    feedback.begin()
    assert feedback.branches() == set()


def test_a_checksum_that_a_mutation_broke_is_put_right() -> None:
    """The value that was equal becomes what it is compared with now."""
    sums: list[tuple[int, int]] = []

    @TERMS
    @given(st.integers(0, 99), st.integers(0, 2**32))
    def test(number: int, signed: int) -> None:
        sums.append((number, signed))

    data = drawn_by(of_test(test), [], 3)
    number, signed = sums[-1]
    entry = Entry(tree_of(data), (2, 2), ((signed, 4711),))
    mutator = Mutator(Pool(random.Random(2)), random.Random(2))
    for _ in range(40):
        drawn_by(of_test(test), mutator.repair(entry) or [], 3)
    assert sums.count((number, 4711)) > 8
