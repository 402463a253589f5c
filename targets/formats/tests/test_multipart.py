"""The strict reader of forms speaks of plain forms only, and what differs from it is caught."""

from __future__ import annotations

import dataclasses
import random

import pytest

from targets import resource
from targets.drawing import from_random
from targets.formats import agree, linear, reuse, total
from targets.formats.grammar import richest_line
from targets.formats.implementation import Implementation, Partner, Refused, Silent
from targets.formats.multipart import grammar, reference
from targets.formats.multipart.forms import Form, split
from targets.formats.multipart.subjects import FormStream, reference_forms
from targets.oracles import Violation

TYPE = b"multipart/form-data; boundary=x\r\n"
FIELD = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
FILE = b'--x\r\nContent-Disposition: form-data; name=f; filename="g h"\r\n\r\n\xff\r\n\r\n'
LAST = b"--x--\r\n"
ONE = TYPE + FIELD + LAST


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (ONE, Form(((b"a", b"b"),))),
        (TYPE + FIELD + FILE + b"--x--", Form(((b"a", b"b"),), ((b"f", b"g h", b"\xff\r\n"),))),
        (ONE.replace(b"b\r\n--x--", b"\r\n--\r\n--x--"), Form(((b"a", b"\r\n--"),))),
        (b"application/x-www-form-urlencoded\r\na=b&c=%64+e", Form(((b"a", b"b"), (b"c", b"d e")))),
        (b"application/x-www-form-urlencoded\r\na;b=c", Form(((b"a;b", b"c"),))),
    ],
)
def test_plain_forms_are_read(data: bytes, form: Form) -> None:
    """Fields and files in order, with every byte of their contents."""
    assert reference.read(data) == form


@pytest.mark.parametrize(
    "data",
    [
        ONE.replace(b"form-data; b", b"mixed; b"),
        ONE[:-7],
        ONE.replace(b"--x\r\n", b"--x \r\n"),
        ONE.replace(b"--x\r\n", b"--x\n"),
        ONE.replace(b"--x--", b"--x--y"),
        ONE.replace(b'"a"', b'"a\\"'),
        ONE.replace(b'"a"', b'"a"; name=b'),
        ONE.replace(b'name="a"', b'filename="a"'),
        ONE.replace(b"\r\n\r\n", b"\r\nX\r\n\r\n"),
        TYPE + b"preamble\r\n" + FIELD + LAST,
        b"application/x-www-form-urlencoded\r\na=%4",
        b"",
    ],
)
def test_nothing_is_said_of_others(data: bytes) -> None:
    """What readers may take in their own way is no matter for a comparison."""
    with pytest.raises(Silent):
        reference.read(data)


def test_of_two_file_names_the_plain_one_counts_where_that_is_promised() -> None:
    """RFC 7578 section 4.2 forbids the extended one."""
    data = TYPE + FILE.replace(b'"g h"', b"g; filename*=utf-8''i") + LAST
    assert reference.read(data, plain_name_wins=True).files[0][1] == b"g"
    with pytest.raises(Silent):
        reference.read(data)


class _ToTheLineEnd(FormStream):
    """Forgets what of a delimiter came in an earlier chunk."""

    def __init__(self) -> None:
        super().__init__(lambda _content_type, give: lambda chunk: give(chunk.count(b"\r\n")))

    def close(self) -> list[object]:
        return [sum(event for event in super().close() if isinstance(event, int))]


def test_a_reader_that_forgets_between_chunks_is_caught() -> None:
    """A line end cut in two is still one."""
    subject = dataclasses.replace(reference_forms(), stream=_ToTheLineEnd)
    with pytest.raises(Violation, match="in chunks"):
        reuse.check(b"x\n" + b"\r\n" * 9, subject)


def test_a_reader_of_other_values_is_caught() -> None:
    """Another value, a form refused: each is a violation."""

    def other(_data: bytes) -> object:
        return Form(())

    def refuse(_data: bytes) -> object:
        raise Refused("too strict")

    for decode, words in ((other, "another value"), (refuse, "refuses what RFC 7578 accepts")):
        subject = Implementation(
            "other", decode, lambda value: value, (Partner("RFC 7578", reference.read, _same),)
        )
        with pytest.raises(Violation, match=words):
            agree.check(ONE, subject)


def _same(value: object) -> object:
    return value


def test_the_grammar_makes_plain_forms_and_odd_ones() -> None:
    """A tenth of the inputs at least is plain, and most of the others are near to it."""
    draw = from_random(random.Random(1))
    plain = 0
    for _ in range(2000):
        data = grammar.form(draw)
        try:
            reference.read(data)
        except Silent:
            continue
        plain += 1
    assert 200 < plain < 1500


def test_the_reference_keeps_all_checks() -> None:
    """It is what the others are held against."""
    rng = random.Random(2)
    subject = reference_forms()
    data = ONE
    for _ in range(500):
        data = grammar.mutate(data, 2048, rng)
        for check in (total.check, agree.check, reuse.check):
            check(data, subject)


def test_an_input_is_a_type_and_a_body() -> None:
    """Apart at the first line end."""
    assert split(b"a; b=c\r\nd\r\ne") == (b"a; b=c", b"d\r\ne")
    assert split(b"a\nb") == (b"a", b"b")
    assert b"".join(grammar.tokens(bytes(range(256)))) == bytes(range(256))


def _looks_back_in_each_line(data: bytes) -> object:
    for line in data.splitlines():
        for at in range(len(line)):
            line.rfind(b"\0\1", 0, at)
    return data


def test_a_line_is_grown_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a long line costs is seen, although the form around it is short."""
    monkeypatch.setattr(resource, "every", 1)
    slow = Implementation(
        name="slow",
        decode=_looks_back_in_each_line,
        normal=lambda value: value,
        cuts=lambda data: [len(data)],
        payload=richest_line,
    )
    with pytest.raises(Violation, match="linear in a payload: time grows"):
        linear.check(ONE, slow)
    linear.check(ONE, dataclasses.replace(slow, payload=None))


def test_the_richest_line_is_put_back_longer() -> None:
    """With the line itself the input is what it was; one without punctuation has none."""
    found = richest_line(ONE)
    assert found is not None
    line, whole = found
    assert line == FIELD.splitlines()[1]
    assert whole(line) == ONE
    assert whole(line + b"!") == ONE.replace(line, line + b"!")
    assert richest_line(b"a\r\nb") is None


def test_what_decoding_did_beside_its_value_is_for_total_alone() -> None:
    """A flood of log records on every input would hide all that the other checks look for."""

    def flooded(data: bytes) -> None:
        raise Violation("total: a flood", str(len(data)))

    form = dataclasses.replace(reference_forms(), aftermath=flooded)
    with pytest.raises(Violation, match="a flood"):
        total.check(ONE, form)
    for check in (agree.check, linear.check):
        check(ONE, form)
