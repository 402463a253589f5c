"""Check `roundtrip`: a client and a server that both keep to the protocol understand each other.

Down: what the server's packets mean is what the client says. Up: what the client sends is well
formed and means what its user asked for.
"""

from __future__ import annotations

import decimal
import re
from typing import Final

from targets.mysql import answers, meaning
from targets.mysql.answers import Answer
from targets.mysql.dialog import Dialog, Options
from targets.mysql.expected import Expected, keeps_protocol
from targets.mysql.implementation import Implementation, Outcome
from targets.mysql.parameters import SETS
from targets.mysql.reference import handshake, packets, statements
from targets.mysql.server import CHALLENGE, QUERY, QUERY_ATTRIBUTES
from targets.mysql.user import PASSWORD, user
from targets.oracles import Violation

EXECUTE: Final = 0x17
_DECIMAL: Final = re.compile(rb"-?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")


def check(data: bytes, subject: Implementation) -> None:
    """Violation for a wrong answer, a valid dialog refused, or a malformed command."""
    if subject.expect is None:
        return
    dialog = subject.read(data)
    if subject.fragile and not keeps_protocol(dialog):
        return
    if subject.guide is not None:
        subject.guide.converse(dialog, ())
    expected = subject.expect(dialog)
    if expected is None:
        return
    try:
        outcome = subject.converse(dialog, ())
    except Violation:
        raise
    except Exception:  # undocumented errors on odd packets are for check `packets` to report
        if expected.settled:
            raise
        return
    _require_answers(expected, outcome, dialog)
    _require_sent(outcome.sent, dialog, executed=expected.settled)


def _require_answers(expected: Expected, outcome: Outcome, dialog: Dialog) -> None:
    options = dialog.options
    command = options.command
    got = outcome.events
    for index, wanted in enumerate(expected.answers):
        if index >= len(got):
            if expected.settled:
                raise Violation(
                    f"roundtrip: {command}: a valid reply is refused with {outcome.error}",
                    f"after {index} of {len(expected.answers)} answers",
                )
            return
        actual = got[index]
        if not isinstance(actual, Answer):
            raise TypeError("the adapter returns events of another kind")
        what = answers.difference(wanted, actual)
        if what:
            raise Violation(
                f"roundtrip: {_where(what, options)}: {what}{_column(wanted, actual, what)} differ",
                f"expected {str(wanted)[:300]}; got {str(actual)[:300]}",
            )
    if expected.settled and len(got) > len(expected.answers):
        raise Violation(f"roundtrip: {command}: an answer to nothing", str(got[-1])[:200])
    if expected.settled and outcome.error is not None:
        raise Violation(f"roundtrip: {command}: a valid dialog ends with {outcome.error}")


def _where(what: str, options: Options) -> str:
    """Which way of reading is wrong: what concerns numbers of rows depends on the command, values
    on protocol and character set, errors on nothing."""
    if what.startswith("error"):
        return "any command"
    if what not in ("values", "names", "types", "warnings"):
        return options.command
    protocol = {"prepare": "binary", "raw": "raw"}.get(options.command, "text")
    if what == "warnings" or options.charset in ("utf8mb4", "utf8mb3", "utf8"):
        return protocol
    return f"{protocol} in {options.charset}"


def _column(wanted: Answer, actual: Answer, what: str) -> str:
    """Of values, in which type of column, and what they are instead."""
    if what != "values" or wanted.types is None:
        return ""
    column, expected, got = answers.wrong_cell(wanted, actual)
    if column < 0:
        return ""
    kind = meaning.kind(wanted.types[column])
    return f" of {kind} ({answers.kind(expected)}, {answers.kind(got)})"


def _require_sent(sent: bytes, dialog: Dialog, *, executed: bool) -> None:
    """The login and the commands say what the user said."""
    reader = packets.PacketReader()
    found = reader.feed(sent)
    if not found:
        raise Violation("roundtrip: the client sends nothing")
    flags = _require_login(found[0].payload, dialog.options)
    attributes = bool(flags & QUERY_ATTRIBUTES) and dialog.options.attributes
    values = SETS[dialog.options.parameters % len(SETS)]
    for packet in found[1:]:
        if packet.payload[:1] == bytes([EXECUTE]) and executed:
            _require_execute(packet.payload, values, attributes=attributes)
        elif packet.payload[:1] == bytes([QUERY]) and attributes and not _counts(packet.payload):
            raise Violation("roundtrip: query without the number of its attributes")
    if sent and sum(len(packet.payload) + 4 for packet in found) != len(sent):
        raise Violation("roundtrip: the last packet that the client sends is cut short")


def _counts(query: bytes) -> bool:
    """Whether it says that it has no attributes, in one set of them."""
    return query[1:3] == b"\0\x01"


def _require_login(payload: bytes, options: Options) -> int:
    try:
        login = handshake.parse_response(payload)
    except packets.ProtocolError as error:
        raise Violation(f"roundtrip: login malformed: {error}") from None
    who = user(options)
    plugin = login.plugin or b"mysql_native_password"
    attributes = dict(login.attributes)
    for what, wanted, got in (
        ("user", who.name.encode(), login.user),
        ("database", who.database.encode(), login.database),
        ("plugin", options.plugin.encode(), plugin),
        (
            "proof of the password",
            handshake.proof(plugin, PASSWORD.encode(), CHALLENGE[0] + CHALLENGE[1]),
            login.proof,
        ),
        (
            "program name",
            who.program.encode(),
            attributes.get(b"program_name", who.program.encode()),
        ),
    ):
        if wanted != got:
            raise Violation(f"roundtrip: login with another {what}", f"{got!r}, not {wanted!r}")
    return login.capabilities


def _require_execute(payload: bytes, values: tuple[object, ...], *, attributes: bool) -> None:
    try:
        got = statements.parse_execute(payload, len(values), attributes=attributes)
    except packets.ProtocolError as error:
        raise Violation(f"roundtrip: execute malformed: {error}") from None
    for wanted, found in zip(values, got, strict=True):
        if not answers.same(*_sent(wanted, found)):
            raise Violation(
                f"roundtrip: parameter differs: {answers.kind(wanted)}",
                f"{wanted!r} sent as {found!r}",
            )


def _sent(wanted: object, found: object) -> tuple[object, object]:
    """Both as they are comparable: text and decimals travel as bytes, truth as numbers."""
    if isinstance(wanted, bool):
        return int(wanted), found
    if isinstance(wanted, str):
        return wanted.encode(), found
    written = isinstance(found, bytes) and _DECIMAL.fullmatch(found) is not None
    if isinstance(wanted, decimal.Decimal) and written:
        # 1E+3 may be written as 1000: the number counts.
        # `written` says that it is bytes; the type checker does not carry that over.
        same = decimal.Decimal(str(found, "ascii")) == wanted  # type: ignore[call-overload]
        return wanted, wanted if same else found
    return wanted, found
