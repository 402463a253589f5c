"""Replies of the catalogue are proper in both protocols, and what a client does to them is seen."""

from __future__ import annotations

import dataclasses
import pathlib
import random
from collections.abc import Callable
from typing import Any

import pytest

from targets.oracles import Violation
from targets.resp import asked, replies, subjects
from targets.resp.catalogue import CATALOGUE
from targets.resp.catalogue.exchange import leaves, older, spelled
from targets.resp.clients import Clients, Way
from targets.resp.frames import RESP2, Array, Bulk, Double, Frame, Integer, Map, Set, children
from targets.resp.frames import encode as canonical
from targets.resp.implementation import run
from targets.resp.views import view

SEEDS = sorted((pathlib.Path(__file__).parents[2] / "corpus/resp/replies").iterdir())
HASH = b"%1\r\n$1\r\na\r\n$1\r\nb\r\n"


@pytest.fixture(scope="module")
def clients() -> Clients:
    pytest.importorskip("redis")
    return Clients()


def drawn(name: bytes, times: int) -> list[asked.Source]:
    rng = random.Random(name)
    return [asked.Source(rng.randbytes(at * 3)) for at in range(times)]


def altered(change: Callable[[Any], None], ways: tuple[Way, ...] = replies.WAYS) -> Clients:
    """redis-py with `change` made to its clients of these ways."""

    class Altered(Clients):
        def _client(self, way: Way) -> Any:
            client = super()._client(way)
            if dataclasses.replace(way, decode=False, pipelined=False) in ways:
                change(client)
            return client

    return Altered()


def frames_of(frame: Frame) -> list[Frame]:
    found = [frame]
    for inside in found:
        found.extend(children(inside))
    return found


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_reply_is_proper_in_both_protocols(name: bytes) -> None:
    """The reference reads each as one frame, and RESP2 is given none of the types of RESP3."""
    for draw in drawn(name, 8):
        exchange = CATALOGUE[name](draw)
        old = older(exchange.older or exchange.reply)
        assert all(isinstance(frame, RESP2) for frame in frames_of(old))
        for frame, reader in (
            (old, subjects.reference()),
            (exchange.reply, subjects.reference_resp3()),
        ):
            outcome = run(reader, [canonical(frame)])
            assert outcome.error is None
            assert view(outcome.frames) == view([frame])


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_installed_release_has_every_command(name: bytes, clients: Clients) -> None:
    """No entry is passed over for a method or an argument that is spelled wrongly."""
    for draw in drawn(name, 8):
        assert clients.supports(CATALOGUE[name](draw))


def test_seeds_pass(clients: Clients) -> None:
    """The seeds are replies that the installed release reads as it promises."""
    for path in SEEDS:
        assert asked.read(path.read_bytes()) is not None
        replies.check(path.read_bytes(), clients)


def test_what_names_no_command_is_passed_over(clients: Clients) -> None:
    """Neither asks anything."""
    for data in (b"", b"\n", b"NO SUCH\n\x00", b"\xff"):
        replies.check(data, clients)


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("pipelined", [False, True])
@pytest.mark.parametrize("hiredis", [False, True])
def test_a_client_reads_what_was_put(
    clients: Clients, asynchronous: bool, pipelined: bool, hiredis: bool
) -> None:
    """In every way, and again after it failed."""
    way = Way(3, asynchronous=asynchronous, pipelined=pipelined, hiredis=hiredis)
    if not clients.can(way):
        pytest.skip("this release has no such way")
    said = [b"+OK\r\n", b"+QUEUED\r\n", b"*1\r\n" + HASH] if pipelined else [HASH]
    for _ in range(2):
        assert clients.ask(way, lambda client: client.hgetall("k"), list(said)) == {b"a": b"b"}
        with pytest.raises(clients.errors.RedisError):
            clients.ask(way, lambda client: client.hgetall("k"), [b"-ERR no\r\n"] * 3)


def test_a_part_that_is_lost_is_found() -> None:
    """A callback that forgets an entry of a map."""
    pytest.importorskip("redis")
    subject = altered(
        lambda client: client.set_response_callback("HGETALL", lambda _reply, **_options: {})
    )
    with pytest.raises(Violation, match="HGETALL: loses a part of the reply"):
        replies.check(b"HGETALL\n\0\0\0\0\x01", subject)


def test_a_type_that_is_not_documented_is_found() -> None:
    """A callback that gives a list for a number."""
    pytest.importorskip("redis")
    subject = altered(
        lambda client: client.set_response_callback("TTL", lambda reply, **_options: [reply])
    )
    with pytest.raises(Violation, match="TTL: a list is not documented"):
        replies.check(b"TTL\n", subject)


@pytest.mark.parametrize(
    ("change", "what"), [(1, "asyncio"), (2, "the parser in C"), (3, "a transaction")]
)
def test_a_value_that_depends_on_the_way_is_found(change: int, what: str) -> None:
    """A callback that only some clients have."""
    pytest.importorskip("redis")
    pytest.importorskip("hiredis")
    (step,) = replies.CHANGES[change]
    assert replies.STEPS[step] == what
    if step == "pipelined":
        plain = (Way(2),)
        other = altered(_forget_in_pipelines, plain)
    else:
        other = altered(
            lambda client: client.set_response_callback("GET", lambda reply, **_: [reply]),
            (dataclasses.replace(Way(2), **{step: True}),),
        )
    with pytest.raises(Violation, match=f"GET: it depends on {what}"):
        replies.check(b"GET\n\0%c\0\0\0\x01" % change, other)


def _forget_in_pipelines(client: Any) -> None:
    pipeline = client.pipeline

    def changed(*arguments: Any, **options: Any) -> Any:
        made = pipeline(*arguments, **options)
        made.response_callbacks = {"GET": lambda reply, **_options: [reply]}
        return made

    client.pipeline = changed


def test_an_exception_of_a_callback_escapes() -> None:
    """What is not documented is the engine's to see."""
    pytest.importorskip("redis")

    def broken(reply: object, **_options: object) -> object:
        raise KeyError(reply)

    subject = altered(lambda client: client.set_response_callback("GET", broken))
    with pytest.raises(KeyError):
        replies.check(b"GET\n\0\0\0\0\0\x01", subject)


def test_a_reply_that_is_refused_is_found() -> None:
    """A client that takes a value for an error of its own."""
    redis = pytest.importorskip("redis")

    def refuse(_reply: object, **_options: object) -> object:
        raise redis.exceptions.InvalidResponse("no")

    subject = altered(lambda client: client.set_response_callback("GET", refuse))
    with pytest.raises(Violation, match="GET: refuses a well-formed reply: InvalidResponse"):
        replies.check(b"GET\n", subject)


def test_numbers_are_compared_as_numbers_and_texts_as_texts() -> None:
    """Protocols say numbers in several ways; what is no number is kept as it is."""
    for left, right in (
        (b"1.50", 1.5),
        (b"3", 3.0),
        (True, b"1"),
        (b"a", "a"),
        (2**63, b"%d" % 2**63),
    ):
        assert replies._plain(left) == replies._plain(right)
    assert replies._plain(b"1.5") != replies._plain(b"1.6")
    assert replies._plain("a") != replies._plain("b")


def test_equal_values_of_other_types_are_not_the_same() -> None:
    """A pair is no list, and a number no truth."""
    assert replies._same({b"a": [1, (2.0, None)]}, {b"a": [1, (2.0, None)]})
    for left, right in ((1, True), ([1], (1,)), ({"a": 1}, {"a": 1.0}), ([1], [1, 2]), (b"", "")):
        assert not replies._same(left, right)


def test_older_servers_say_the_same_with_fewer_types() -> None:
    """Maps are flat, sets are arrays, doubles are texts."""
    new = Map(((Bulk(b"a"), Double(1.5)), (Bulk(b"b"), Set((Integer(1),)))))
    assert older(new) == Array((Bulk(b"a"), Bulk(b"1.5"), Bulk(b"b"), Array((Integer(1),))))
    assert sorted(map(repr, leaves(new))) == ["1", "1.5", "b'a'", "b'b'"]
    assert [spelled(value) for value in (3.0, float("inf"), 1e21)] == [b"3", b"inf", b"1e+21"]


def test_bytes_are_decisions_and_zeros_follow_them() -> None:
    """Every byte string will do, and its end is the simplest."""
    source = asked.Source(b"\x05\xff\x01")
    assert source.integer(0, 9) == 5
    assert source.chance(0.1)
    assert source.choice("abc") == "b"
    assert source.integer(3, 70000) == 3
    assert not source.chance(0.9)
    assert source.binary(2, 4) == b"\0\0"


def test_tokens_and_mutations_keep_to_the_line() -> None:
    """A minimizer takes out bytes; a mutation keeps the command or names another."""
    data = b"XREAD\n\x01\x02"
    assert asked.tokens(data) == [b"XREAD\n", b"\x01", b"\x02"]
    rng = random.Random(1)
    for _ in range(300):
        changed = asked.mutate(data, 200, rng)
        assert len(changed) <= 200
        assert asked.read(changed) is not None
    found = {asked.mutate(b"", 100, rng).partition(b"\n")[0] for _ in range(4000)}
    assert found == set(asked.NAMES)
