"""The reference resolves paths as its contract says, step by step."""

from __future__ import annotations

import dataclasses
import random

import pytest

from targets.path import grammar
from targets.path.reference import Config, Resolver
from targets.path.request import parse
from targets.path.rules import Rules
from targets.path.servers.reference import config
from targets.path.site import make

SETTINGS = config(make())


def status(data: bytes, **changes: object) -> int:
    """The status of the answer to a request."""
    settings: Config = dataclasses.replace(SETTINGS, **changes)  # type: ignore[arg-type]
    return Resolver(settings).answer(parse(data)).status


@pytest.mark.parametrize(
    "path",
    [
        *(
            b"/%",
            b"/%2",
            b"/%zz",
            b"/a%2fb",
            b"/a%5Cb",
            b"/..",
            b"/%2e%2e/",
            b"/.%2e",
            b"/a\\..\\b",
        ),
        *(b"/C%0/", b"/%C0%AE", b"/\xff", b"hello.txt", b"*", b"http://localhost/"),
    ],
)
def test_an_ambiguous_path_is_refused(path: bytes) -> None:
    """Escapes that are broken, encoded separators, bad UTF-8, dot segments, other target forms."""
    assert status(b"GET " + path) == 400


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        *((b"/a..b.txt", 200), (b"/...", 403), (b"/%252e", 404), (b"/x%00.php", 404), (b"/", 200)),
        *((b"/hello.txt", 200), (b"/docs", 200), (b"/docs/.", 200), (b"/hello.txt/.", 404)),
        (b"/" + b"./" * 2040 + b"hello.txt", 200),
        *((b"/.env", 403), (b"/vendor", 403), (b"/vendor/lib.txt", 403), (b"/wp-config.php", 403)),
        *((b"/uploads/e.php", 403), (b"/uploads/picture.png", 200), (b"/app.php", 200)),
        *((b"/lib/tool.php", 403), (b"/link-file.txt", 403), (b"/link-in.txt", 200)),
        *((b"/link-vendor/lib.txt", 403), (b"/_farm/health", 200), (b"/link-dir/x", 404)),
        *((b"/.well-known/acme-challenge/token-1", 200), (b"/.well-known/x", 403)),
    ],
)
def test_a_path_has_its_status(path: bytes, wanted: int) -> None:
    """Served, missing, or refused by the step that is for it."""
    assert status(path, sites=None) == wanted


@pytest.mark.parametrize("spelling", [b"//%b", b"/./%b", b"/%%2e/%b", b"//.//%b"])
@pytest.mark.parametrize("name", [b"vendor/lib.txt", b"wp-config.php", b"uploads/e.php"])
def test_all_spellings_of_a_file_get_one_verdict(spelling: bytes, name: bytes) -> None:
    """Empty and single-dot segments lead past no rule."""
    assert status(spelling % name) == 403


@pytest.mark.parametrize(
    "host", [b"..", b"a..b", b".localhost", b"[::1]:80", b"x" * 256, b"../../x"]
)
def test_a_host_that_cannot_be_one_is_not_found(host: bytes) -> None:
    """Before any directory is looked at."""
    assert status(b"/hello.txt\nHost: " + host) == 404


@pytest.mark.parametrize("host", [b"a.example", b"A.Example.", b"a.example.:80", b"a.example.test"])
def test_spellings_of_a_host_are_one_site(host: bytes) -> None:
    """Letters, dots at the end, port and suffix do not matter."""
    answer = Resolver(SETTINGS).answer(parse(b"/who.txt\nHost: " + host))
    assert answer.body.startswith(b"~Ha~")


def test_settings_are_kept() -> None:
    """Trusted hosts, and the three ways to treat hidden names."""
    assert status(b"/hello.txt", trusted=frozenset({b"a.example"})) == 421
    assert status(b"/_farm/health", trusted=frozenset({b"a.example"})) == 200
    assert status(b"/.env", hidden="ignore") == 404
    assert status(b"/.env", hidden="allow") == 200


def test_two_readings_of_the_contract_agree() -> None:
    """The resolver and the rules give the same answer to whatever the grammar makes."""
    resolver, rules = Resolver(SETTINGS), Rules(SETTINGS)
    rng = random.Random(7)
    data = b"/hello.txt"
    for _ in range(3000):
        data = grammar.mutate(data, 1024, rng)
        request = parse(data, make())
        answer, wanted = resolver.answer(request), rules.expected(request)
        assert wanted is not None
        assert (answer.status, answer.body) == (wanted.status, wanted.body), data
