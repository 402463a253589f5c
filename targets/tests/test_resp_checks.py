"""Every check is silent on the reference and catches the parsers that break its promise."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import random
import time
from collections.abc import Callable

import pytest

from targets import resource
from targets.oracles import Violation
from targets.resp import (
    chunks,
    differences,
    differential,
    grammar,
    meter,
    parse,
    roundtrip,
    subjects,
)
from targets.resp.frames import encode
from targets.resp.implementation import Decoder, Implementation, run
from targets.resp.reference import CONTRACT
from targets.tests import faulty_resp as faulty

Check = Callable[[bytes, Implementation], None]

CHECKS: dict[str, Check] = {
    "parse": parse.check,
    "chunks": chunks.check,
    "roundtrip": roundtrip.check,
    "differential": differential.check,
}
SEEDS = [
    path.read_bytes()
    for path in sorted((pathlib.Path(__file__).parents[2] / "corpus/resp/seeds").iterdir())
]
SMALL = [data for data in SEEDS if len(data) < 2000]


@pytest.fixture(autouse=True)
def _measure_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measuring has its own tests; elsewhere it would only take time."""
    monkeypatch.setattr(resource, "every", 10**9)


def planted(decoder: Callable[[], Decoder]) -> Implementation:
    """A subject that claims to be the reference."""
    return Implementation(
        name="reference",
        decoder=decoder,
        limits=CONTRACT,
        states_reasons=True,
        serves=True,
        encode=encode,
        modules=("targets.tests.faulty_resp", "targets.resp.reference"),
    )


def inputs(count: int, seed: int = 1, pool: list[bytes] | None = None) -> list[bytes]:
    """The small seeds, and mutations of them."""
    draw = random.Random(seed)
    found = list(SMALL if pool is None else pool)
    while len(found) < count:
        found.append(grammar.mutate(draw.choice(found[: len(SMALL)]), 4096, draw))
    return found


def caught(check: Check, subject: Implementation, count: int = 3000) -> set[str]:
    """Names of the oracles that speak on seeds and mutations of them."""
    names: set[str] = set()
    for data in inputs(count):
        try:
            check(data, subject)
        except Violation as violation:
            names.add(violation.oracle)
    return names


@pytest.mark.parametrize("name", CHECKS)
def test_the_reference_is_clean(name: str) -> None:
    """No oracle speaks on the reference, on seeds nor on thousands of mutations."""
    subject = subjects.reference()
    for data in [*SEEDS, *inputs(1500, seed=2)]:
        CHECKS[name](data, subject)


@pytest.mark.parametrize(
    ("check", "decoder", "oracle"),
    [
        (
            "parse",
            lambda: faulty.limited(depth=1),
            "parse: accepts what must be refused: array nest",
        ),
        ("parse", lambda: faulty.limited(depth=-1), "parse: refuses what must be accepted"),
        (
            "parse",
            lambda: faulty.limited(array=1),
            "parse: accepts what must be refused: invalid m",
        ),
        ("parse", lambda: faulty.limited(array=-1), "parse: refuses what must be accepted"),
        ("parse", lambda: faulty.limited(bulk=1), "parse: accepts what must be refused: invalid b"),
        ("parse", lambda: faulty.limited(bulk=-1), "parse: refuses what must be accepted"),
        ("parse", faulty.Strict, "parse: refuses what must be accepted"),
        ("parse", faulty.Lenient, "parse: accepts what must be refused: invalid integer"),
        ("parse", faulty.Echoing, "parse: the error text repeats a line end of the input"),
        ("parse", faulty.Echoing, "parse: the error text repeats the input without bound"),
        (
            "chunks",
            faulty.Forgetting,
            "chunks: the sequence of frames depends on the chunks",
        ),
        ("roundtrip", faulty.Stripping, "roundtrip: a frame does not come back: bulk for bulk"),
        (
            "roundtrip",
            faulty.Unsigned,
            "roundtrip: a frame does not come back: integer for integer",
        ),
        ("roundtrip", faulty.EmptyForNull, "roundtrip: a frame does not come back: bulk for null"),
    ],
)
def test_a_planted_fault_is_caught(check: str, decoder: Callable[[], Decoder], oracle: str) -> None:
    """Each faulty parser is caught by the check whose promise it breaks."""
    names = caught(CHECKS[check], planted(decoder))
    assert any(name.startswith(oracle) for name in names), names


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"*1\r\n$-1\r\n" * 2, "broken"),
        (b"*1\r\n:1\r\n" * 2, "broken"),
        (b"*1\r\n$0\r\n\r\n" * 2, "proper"),
    ],
)
def test_a_stream_of_what_is_no_command_is_not_proper_to_a_server(data: bytes, kind: str) -> None:
    """Only arrays of bulk strings come from a client; a client may get all of them."""
    client = planted(faulty.Forgetting)
    with pytest.raises(Violation, match="of a proper stream"):
        chunks.check(data, client)
    with pytest.raises(Violation, match=f"of a {kind} stream"):
        chunks.check(data, dataclasses.replace(client, commands=True))


def test_an_undocumented_error_escapes() -> None:
    """What is not the documented error is a crash as it is."""
    with pytest.raises(ValueError, match="invalid literal"):
        parse.check(b":x\r\n", planted(faulty.Escaping))


@pytest.mark.parametrize("decoder", [faulty.Unsigned, faulty.EmptyForNull, faulty.Stripping])
def test_a_wrong_value_is_caught_by_comparison(decoder: Callable[[], Decoder]) -> None:
    """A parser that is wrong without an error differs from hiredis."""
    pytest.importorskip("hiredis")
    names = caught(differential.check, planted(decoder))
    assert any("reference against hiredis: another value" in name for name in names), names


@pytest.mark.parametrize(
    ("decoder", "oracle"),
    [
        (faulty.Copying, "resources: bytes allocated not linear in the bytes received, frames"),
        (faulty.Rescanning, "resources: work not linear in the bytes received, as payload, in"),
        (
            faulty.Restarting,
            "resources: work not linear in the bytes received, frames repeated, in",
        ),
        (faulty.Reserving, "resources: peak memory not linear in the bytes received, as sent"),
    ],
)
def test_a_costly_parser_is_caught_within_seconds(
    decoder: Callable[[], Decoder], oracle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the sampling of a worker, on seeds and mutations of them."""
    monkeypatch.setattr(resource, "every", 64)
    monkeypatch.setattr(resource, "_sampling", resource._Sampling())
    subject = dataclasses.replace(planted(decoder), limits=None, serves=False)
    pool = [data for data in SMALL if data[:1] in b"*$:+" and b"X" not in data]
    draw = random.Random(3)
    end = time.monotonic() + 10
    names: set[str] = set()
    while time.monotonic() < end and not any(name.startswith(oracle) for name in names):
        data = draw.choice(pool)
        try:
            parse.check(grammar.mutate(data, 4096, draw) if draw.random() < 0.5 else data, subject)
        except Violation as violation:
            names.add(violation.oracle)
        except ValueError:
            continue  # the planted parser is lazy about bad numbers, which is not its fault here
    assert any(name.startswith(oracle) for name in names), names


@pytest.mark.parametrize(
    "element",
    [
        b":1\r\n",
        b"*1\r\n*1\r\n:1\r\n",
        b"_\r\n",
        b"%1\r\n+\r\n+\r\n",
    ],
)
def test_the_reference_stays_far_below_the_bounds(element: bytes) -> None:
    """The costliest elements, 64 KiB in one piece and 8 KiB in chunks: half the bound, or less."""
    subject = subjects.reference_resp3()
    for size, cut in ((65536, False), (8192, True)):
        count = size // len(element)
        data = b"*%d\r\n%b" % (count, element * count)
        pieces = meter.pieces(data) if cut else (data,)
        use = resource.measure(functools.partial(run, subject, pieces), subject.modules)
        assert use.lines < meter.WORK.at(len(data)) / 2
        assert use.volume_bytes < meter.VOLUME.at(len(data)) / 2
        assert use.peak_bytes < meter.PEAK.at(len(data)) / 2


def test_measuring_seeds_raises_no_false_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every execution measured, as in replay: the reference is clean."""
    monkeypatch.setattr(resource, "every", 1)
    for data in inputs(0)[::10]:
        parse.check(data, subjects.reference())


def test_a_known_defect_is_found_where_it_is_the_subject() -> None:
    """What is passed over in a partner is reported of the subject."""
    pytest.importorskip("hiredis")
    with pytest.raises(Violation, match="hiredis against reference-resp3: refuses"):
        differential.check(b"!3\r\nERR\r\n", subjects.hiredis())
    differential.check(b"!3\r\nERR\r\n", subjects.reference())


@pytest.mark.parametrize(
    "data",
    [
        b"%3\r\n+a\r\n:1\r\n+b\r\n:2\r\n+a\r\n:3\r\n",
        b"%3\r\n:0\r\n+x\r\n+b\r\n+y\r\n#f\r\n+z\r\n",
    ],
)
def test_a_value_at_the_key_of_another_is_found(data: bytes) -> None:
    """hiredis mixes up values when a key comes again; redis-py keeps the last, and is clean."""
    pytest.importorskip("hiredis")
    pytest.importorskip("redis")
    with pytest.raises(Violation, match="another value: in a map of equal keys"):
        differential.check(data, subjects.hiredis())
    for clean in (subjects.redis_py_resp3(), subjects.reference()):
        differential.check(data, clean)


def test_every_declared_difference_fires() -> None:
    """None is declared in vain: each ends some comparison of seeds and mutations."""
    for package in ("redis", "hiredis", "fakeredis"):
        pytest.importorskip(package)
    differences.fired.clear()
    for name in (
        *("reference", "redis-py", "redis-py-resp3", "redis-py-async", "redis-py-hiredis"),
        *("hiredis", "fakeredis"),
    ):
        subject = differential.ADAPTERS[name]()
        for data in inputs(1500, seed=4):
            try:
                differential.check(data, subject)
            except Exception:  # findings of real subjects are not this test's business
                continue
    assert differences.silent() == ()


def test_chunkings_are_a_function_of_the_input() -> None:
    """Replay cuts where the fuzzer cut, every cut is inside, and the pieces make the whole."""
    for data in SMALL:
        if len(data) < 2:
            continue
        cuttings = list(chunks.cuttings(data))
        assert cuttings == list(chunks.cuttings(data))
        for _, cuts in cuttings:
            assert all(0 < cut < len(data) for cut in cuts)
            assert b"".join(chunks.split(data, cuts)) == data


def test_checks_are_fast_enough() -> None:
    """The reference takes more than 20,000 small inputs in a second of its own time."""
    subject = subjects.reference()
    data = b"*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n"

    def once() -> float:
        start = time.thread_time()
        for _ in range(2000):
            parse.check(data, subject)
        return time.thread_time() - start

    assert 2000 / min(once() for _ in range(4)) > 20_000
