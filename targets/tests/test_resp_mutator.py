"""The mutator is a function of its arguments, keeps to its size, is fast, and reaches far."""

from __future__ import annotations

import pathlib
import random
import time

from targets.resp import grammar
from targets.resp.scan import scan

SEEDS = pathlib.Path(__file__).parents[2] / "corpus" / "resp" / "seeds"


def chain(seed: int, count: int, data: bytes, max_size: int = 4096) -> list[bytes]:
    """`count` mutations of `data`, each of the one before or of `data` again."""
    draw = random.Random(seed)
    found = [data]
    for at in range(count):
        found.append(grammar.mutate(found[-1] if at % 4 else data, max_size, draw))
    return found


def test_the_same_random_state_gives_the_same_bytes() -> None:
    """Runs can be repeated."""
    data = b"*2\r\n+a\r\n$1\r\nb\r\n"
    assert chain(1, 200, data) == chain(1, 200, data)
    assert chain(1, 200, data) != chain(2, 200, data)


def test_the_size_is_kept() -> None:
    """No result is longer than asked for, from any seed."""
    for path in sorted(SEEDS.iterdir()):
        for size in (0, 1, 17, 300):
            assert all(len(data) <= size for data in chain(3, 20, path.read_bytes(), size)[1:])


def test_it_takes_any_bytes() -> None:
    """Streams that are no streams are mutated too."""
    draw = random.Random(4)
    for _ in range(2000):
        grammar.mutate(draw.randbytes(draw.randrange(40)), 4096, draw)


def test_it_makes_aggregates_the_keys_of_maps() -> None:
    """A map whose key is an array comes soon from seeds that have none."""
    draw = random.Random(5)
    pool = [path.read_bytes() for path in sorted(SEEDS.iterdir())]
    pool = [data for data in pool if not has_aggregate_key(data)]
    found = sum(
        has_aggregate_key(grammar.mutate(draw.choice(pool), 4096, draw)) for _ in range(3000)
    )
    assert found > 20


def has_aggregate_key(data: bytes) -> bool:
    units = scan(data[:4000], resp3=True)
    return any(token.key and token.kind in b"*~%" for unit in units for token in unit.tokens)


def test_it_reaches_limits_and_depths() -> None:
    """Counts at their limits, and nests at and beyond theirs, all come from a small stream."""
    reasons = {
        unit.refusal.partition(":")[0]
        for data in chain(6, 6000, b"*1\r\n$1\r\na\r\n")
        for unit in scan(data, resp3=True)[-1:]
    }
    assert {
        "array nesting deeper than 32 levels",
        "invalid multibulk length",
        "invalid bulk length",
        "invalid integer",
        "unexpected type byte",
        "invalid verbatim string",
        "invalid boolean",
    } <= reasons


def test_it_is_fast() -> None:
    """At least 20,000 mutations a second of a small stream: the best of three, on any machine."""
    data = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"
    draw = random.Random(7)

    def once() -> float:
        start = time.perf_counter()
        for _ in range(2000):
            grammar.mutate(data, 4096, draw)
        return time.perf_counter() - start

    assert 2000 / min(once() for _ in range(3)) > 20_000


def test_no_seed_kills_hiredis_3_1_by_itself() -> None:
    """The seeds hold no map with an aggregate as key: the mutator has to find it."""
    assert not [path.name for path in SEEDS.iterdir() if has_aggregate_key(path.read_bytes())]
