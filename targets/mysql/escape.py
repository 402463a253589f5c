"""Check: every value given as a parameter becomes one SQL literal (or a list of them), its own.

The statements that a client sends are read by `literals/lexer.py`, which knows no client. Around
the values they must be what the user wrote, and each value must be a literal that means it. What
goes wrong is told of the one value, charset and call that it takes, as the rest is chance.
"""

from __future__ import annotations

import atexit
import dataclasses
import datetime
import decimal
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from targets.mysql.implementation import Implementation
from targets.mysql.literals import wordings
from targets.mysql.literals.cases import Call, Case, read
from targets.mysql.literals.expected import (
    Wrong,
    codecs_of,
    encoded,
    is_finite,
    kind_of,
    read_value,
)
from targets.mysql.literals.lexer import Lexer, NotALiteral, skip_blanks
from targets.mysql.memory.peer import Refused, Session, Settings
from targets.mysql.memory.polite import Polite
from targets.oracles import Violation

SHORT_BYTES: Final = 80
CONTAINERS: Final = (list, tuple, set, frozenset, dict)
PLAIN: Final = (
    *(type(None), bool, int, float, str, bytes, decimal.Decimal),
    *(datetime.datetime, datetime.date, datetime.time, datetime.timedelta),
)
"""Types that PEP 249 expects every client to take; others may be refused."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation when a parameter is not one literal with its value; undocumented errors escape."""
    if subject.connect is None:
        return
    case = read(data)
    wrong = _wrong(subject, case)
    if wrong is not None:
        case, wrong = _alone(subject, case) or (case, wrong)
        where = _where(subject, case, wrong)
        raise Violation(f"escape: {wrong.place} {wrong.what}{where}", wrong.detail)


_SHAPES: Final[tuple[Callable[[object], object], ...]] = (
    lambda leaf: leaf,
    lambda leaf: [leaf],
    lambda leaf: {leaf},
    lambda leaf: (leaf,),
)
"""What a value can be in; a client may take tuples and no lists."""


def _alone(subject: Implementation, case: Case) -> tuple[Case, Wrong] | None:
    """The first value that goes wrong also without the others, and how."""
    leaves = [leaf for row in case.rows for value in row for leaf in _leaves(value)]
    for shape in _SHAPES:
        for leaf in leaves:
            try:
                rows = ((shape(leaf),),)
            except TypeError:  # no set can hold it
                continue
            alone = dataclasses.replace(case, rows=rows, call=Call.EXECUTE, wording=0)
            wrong = _wrong(subject, alone)
            if wrong is not None:
                return alone, wrong
    return None


def _leaves(value: object) -> Iterator[object]:
    """What is inside of containers; a dict is one thing, as no literal can hold it."""
    if isinstance(value, (list, tuple, set, frozenset)) and not isinstance(value, time.struct_time):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _wrong(subject: Implementation, case: Case) -> Wrong | None:
    """What is wrong with the statements sent for a case."""
    opened = _open(subject, case)
    if opened is None:
        return None
    peer, session = opened
    peer.statements.clear()
    try:
        _call(session, case)
    except (Refused, TypeError, ValueError) as error:
        _drop(_key(subject, case))
        return _refusal(case, error)
    except BaseException:
        _drop(_key(subject, case))
        raise
    try:
        lexer = Lexer(case.charset, case.backslash_escapes)
        _read(case, lexer, peer.statements, subject.percent)
    except Wrong as wrong:
        return wrong
    return None


def _where(subject: Implementation, case: Case, wrong: Wrong) -> str:
    """What it takes, beside the value, to go wrong so: the fewest of charset, mode and call.

    What else goes wrong with fewer of them is another bug, and would name this one wrongly.
    """
    parts: dict[str, dict[str, Any]] = {
        "by executemany" if case.call in (Call.ROWS, Call.MANY) else "by callproc": {
            "call": Call.EXECUTE,
        },
        "with NO_BACKSLASH_ESCAPES": {"backslash_escapes": True},
        "in a charset of wide characters": {"charset": "utf8mb4"},
    }
    for size in range(len(parts)):
        for kept in itertools.combinations(parts, size):
            simpler = case
            for name, change in parts.items():
                if name not in kept:
                    simpler = dataclasses.replace(simpler, **change)
            found = _wrong(subject, simpler)
            if found is not None and (found.place, found.what) == (wrong.place, wrong.what):
                return "".join(f" {name}" for name in kept)
    return "".join(f" {name}" for name in parts)


_sessions: Final[dict[tuple[str, str, bool, bool], tuple[Polite, Session] | None]] = {}
"""Connections kept from input to input; one that raised is made anew."""


def _drop(key: tuple[str, str, bool, bool]) -> None:
    """Close a connection that is kept."""
    kept = _sessions.pop(key, None)
    if kept is not None:
        kept[1].close()


@atexit.register
def _drop_all() -> None:
    for key in list(_sessions):
        _drop(key)


def _key(subject: Implementation, case: Case) -> tuple[str, str, bool, bool]:
    return subject.name, case.charset, case.backslash_escapes, case.short


def _open(subject: Implementation, case: Case) -> tuple[Polite, Session] | None:
    """A connection with the server's notes; None where the client does not know the charset."""
    key = _key(subject, case)
    if key not in _sessions:
        assert subject.connect is not None, "checked before"
        peer = Polite(backslash_escapes=case.backslash_escapes)
        settings = Settings(charset=case.charset, statement_bytes=SHORT_BYTES if case.short else 0)
        try:
            _sessions[key] = (peer, subject.connect(peer, settings))
        except (Refused, LookupError, AttributeError):
            _sessions[key] = None
    return _sessions[key]


def _call(session: Session, case: Case) -> None:
    if case.call is Call.PROCEDURE:
        name, arguments = _procedure(case)
        session.callproc(name, arguments)
    elif case.call is Call.EXECUTE:
        wording = wordings.of_query(case.wording)
        query = wording.query(len(case.rows[0]), named=case.named)
        session.execute(query, wordings.arguments(case.rows[0], named=case.named))
    else:
        rows = _rows(case)
        wording = wordings.of_many(case)
        query = wording.query(len(rows[0]), named=case.named)
        session.executemany(query, [wordings.arguments(row, named=case.named) for row in rows])


def _rows(case: Case) -> list[tuple[object, ...]]:
    """The rows, all as wide as the first."""
    width = len(case.rows[0])
    return [(*row, *(None,) * (width - len(row)))[:width] for row in case.rows]


def _procedure(case: Case) -> tuple[str, tuple[object, ...]]:
    """Its name, the first value where that is a text, and its arguments."""
    # Containers are left out: some clients take a pair as value and type of an argument.
    arguments = tuple(value for value in case.rows[0] if not isinstance(value, CONTAINERS))
    if (
        arguments
        and type(arguments[0]) is str
        and arguments[0]
        and encoded(arguments[0], case.charset)
    ):
        return arguments[0], arguments[1:]
    return "p", arguments


def _refusal(case: Case, error: BaseException) -> Wrong | None:
    """Whether it is wrong that the client refuses."""
    values = [value for row in _rows(case) for value in row]
    if not isinstance(error, (Refused, TypeError, UnicodeError)):
        place = "parameters" if case.call is not Call.PROCEDURE else "name of a procedure"
        return Wrong(place, f"raises an undocumented {type(error).__name__}", str(error)[:300])
    if case.call is Call.PROCEDURE and _procedure(case)[0] != "p":
        return None
    name = error.reason if isinstance(error, Refused) else type(error).__name__
    if case.charset != "utf8mb4" and name.startswith("Unicode"):
        return None
    if all(_is_plain(value, case.charset) for value in values):
        kinds = sorted({kind_of(value) for value in values})
        place = kinds[0] if len(kinds) == 1 else "a parameter of a plain type"
        return Wrong(place, f"is refused by {name}", str(error)[:300])
    return None


def _is_plain(value: object, charset: str) -> bool:
    if isinstance(value, str) and not _is_writable(value, charset):
        return False
    if isinstance(value, (float, decimal.Decimal)) and not is_finite(value):
        return False
    return type(value) in PLAIN


def _is_writable(text: str, charset: str) -> bool:
    surrogates = any("\ud800" <= letter <= "\udfff" for letter in text)
    return not surrogates and all(_is_in(text, codec) for codec in codecs_of(charset))


def _is_in(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _read(case: Case, lexer: Lexer, statements: Sequence[bytes], percent: str) -> None:
    """Read all that was sent; Wrong."""
    if case.call is Call.PROCEDURE:
        _read_procedure(case, lexer, statements)
        return
    if case.call is Call.EXECUTE:
        wording = wordings.of_query(case.wording)
        rows = [case.rows[0]]
    else:
        wording = wordings.of_many(case)
        rows = _rows(case)
    wording = wording.sent(percent)
    pending = iter(rows)
    left = len(rows)
    for statement in statements:
        left -= _read_statement(wording, pending, lexer, statement)
    if left:
        raise Wrong("statement", "does not come for each row", f"{left} rows left")


def _read_statement(
    wording: wordings.Wording, rows: Iterator[Sequence[object]], lexer: Lexer, data: bytes
) -> int:
    """Read one statement; how many of the rows were in it."""
    at = _expect(wording.prefix, data, 0)
    count = 0
    while True:
        row = next(rows, None)
        if row is None:
            raise Wrong("statement", "has more rows than were given", repr(data[:300]))
        at = _read_row(wording, row, lexer, data, at)
        count += 1
        at = skip_blanks(data, at)
        if wording.folds and data[at : at + 1] == b",":
            at += 1
            continue
        break
    at = skip_blanks(data, _expect(wording.suffix, data, at))
    if at != len(data):
        if not wording.suffix:
            raise Wrong(kind_of(row[-1]), "is not one literal", repr(data[at : at + 300]))
        raise Wrong("statement", "goes on behind its end", repr(data[at : at + 300]))
    return count


def _read_row(
    wording: wordings.Wording, row: Sequence[object], lexer: Lexer, data: bytes, at: int
) -> int:
    at = _expect(wording.before, data, at)
    for number, value in enumerate(row):
        if number:
            at = _expect(wording.separator, data, at, value=row[number - 1])
        at = read_value(value, lexer, data, at)
    return _expect(wording.after, data, at, value=row[-1])


_FIRST: Final = object()


def _expect(text: str, data: bytes, at: int, value: object = _FIRST) -> int:
    """Where the user's own text ends; `value` is what stands in front of it."""
    wanted = text.strip().encode("ascii")
    start = skip_blanks(data, at)
    if data.startswith(wanted, start):
        return start + len(wanted)
    place = "statement" if value is _FIRST else kind_of(value)
    what = "differs from what was written" if value is _FIRST else "is not one literal"
    raise Wrong(place, what, f"{text!r}: {data[at : at + 300]!r}")


def _read_procedure(case: Case, lexer: Lexer, statements: Sequence[bytes]) -> None:
    name, arguments = _procedure(case)
    try:
        _read_settings(arguments, lexer, statements)
    except Wrong as wrong:
        if wrong.place == "statement" and not name.isidentifier():
            raise Wrong("name of a procedure", "is no name", wrong.detail) from None
        raise
    call = next((text for text in statements if text.startswith(b"CALL")), None)
    if call is None:
        raise Wrong("procedure", "is not called", repr(statements)[:300])
    _read_call(name, len(arguments), lexer, call)


def _read_settings(arguments: Sequence[object], lexer: Lexer, statements: Sequence[bytes]) -> None:
    """The arguments of a procedure, which become variables before it is called."""
    pending = list(arguments)
    for statement in itertools.takewhile(lambda text: text.startswith(b"SET "), statements):
        at = _expect("SET ", statement, 0)
        while True:
            if not pending:
                raise Wrong("procedure", "has more arguments than were given", repr(statement))
            at = _expect("=", statement, _variable(lexer, statement, at))
            at = read_value(pending.pop(0), lexer, statement, at)
            if at == len(statement):
                break
            at = _expect(",", statement, at)
    if pending:
        raise Wrong("procedure", "does not get all arguments", repr(statements)[:300])


def _read_call(name: str, count: int, lexer: Lexer, data: bytes) -> None:
    try:
        first, at = lexer.name(data, skip_blanks(data, 4))
        parts = [first]
        while data[at : at + 1] == b".":
            part, at = lexer.name(data, at + 1)
            parts.append(part)
    except NotALiteral as error:
        raise Wrong("name of a procedure", "is no name", f"{error}: {data[:300]!r}") from None
    if b".".join(parts) not in encoded(name, lexer.charset):
        raise Wrong("name of a procedure", "is another one", f"{parts!r}: {data[:300]!r}")
    at = _expect("(", data, at)
    for number in range(count):
        at = _variable(lexer, data, _expect(",", data, at) if number else at)
    if _expect(")", data, at) != len(data):
        raise Wrong("name of a procedure", "goes on behind its end", repr(data[at : at + 300]))


def _variable(lexer: Lexer, data: bytes, at: int) -> int:
    try:
        return lexer.variable(data, skip_blanks(data, at))
    except NotALiteral as error:
        raise Wrong("name of a procedure", "is no name", f"{error}: {data[:300]!r}") from None
