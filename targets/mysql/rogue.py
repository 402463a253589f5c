"""Check: a server that answers anything at any time gets no file, no password and no confusion.

The user connects, asks three things and closes; the server follows a script (`memory/script.py`).
Never may the server see a file that is the client's own affair, nor the password in clear; the
client ends, as the server closes when the script does; and where the server keeps to the protocol,
each answer belongs to its question.
"""

from __future__ import annotations

import contextlib
import functools
import pathlib
import tempfile
import warnings
from collections.abc import Iterator
from typing import Final

from targets.mysql.implementation import Implementation
from targets.mysql.memory.peer import Refused, Session, Settings
from targets.mysql.memory.script import Script, Scripted, read
from targets.oracles import Violation

PASSWORD: Final = "Correct-Horse-77"
SECRET: Final = b"canary: a file of the client's own"
STRICT: Final = frozenset({"reference"})
"""Clients that promise to send only files that the user's statement names. Others, once the user
allows local files, send what the server asks for, as libmysqlclient does: MySQL 8.0 Reference
Manual, 8.1.6, warns of that (a declared exception)."""
QUESTIONS: Final = 3


def check(data: bytes, subject: Implementation) -> None:
    """Violation when a promise is broken; what the client raises is the business of `packets`."""
    if subject.connect is None:
        return
    script = read(data)
    peer = Scripted(script, _secret().encode())
    settings = Settings(password=PASSWORD, local_infile=script.local_infile)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _any_error():
            session = subject.connect(peer, settings)
            try:
                _converse(session, script, peer)
            finally:
                session.close()
    _require_kept(subject, script, bytes(peer.sent))


@contextlib.contextmanager
def _any_error() -> Iterator[None]:
    """What a client may raise at a server like this: anything but a broken promise."""
    try:
        yield
    except Violation:
        raise
    except Exception as error:
        # Which errors are documented is judged by the check `packets`, on the same replies.
        if isinstance(error, (RecursionError, MemoryError)):
            raise


def _converse(session: Session, script: Script, peer: Scripted) -> None:
    if script.loads:
        with _any_error():
            session.execute(f"LOAD DATA LOCAL INFILE '{_allowed()}' INTO TABLE t", None)
    for number in range(QUESTIONS):
        marker = f"marker-{number}"
        try:
            found = session.execute(f"SELECT '{marker}'", None)
        except Refused:
            continue
        except ValueError:
            # A value that cannot be read; the user goes on with the connection.
            continue
        if peer.lawful:
            _require_own(marker, found)
        if number == 1:
            with _any_error():
                session.reset()


def _require_own(marker: str, found: object) -> None:
    others = {f"marker-{number}" for number in range(QUESTIONS)} - {marker}
    told = _texts(found)
    if told & others:
        raise Violation(
            "rogue: an answer is taken for that of a later question", f"{sorted(told)} for {marker}"
        )


def _texts(found: object) -> set[str]:
    if isinstance(found, (list, tuple)):
        return {text for item in found for text in _texts(item)}
    if isinstance(found, (bytes, bytearray)):
        return {bytes(found).decode("latin-1")}
    return {found} if isinstance(found, str) else set()


def _require_kept(subject: Implementation, script: Script, sent: bytes) -> None:
    if PASSWORD.encode() in sent:
        raise Violation("rogue: the password is sent in clear, without TLS")
    if SECRET not in sent:
        return
    if not script.local_infile:
        raise Violation("rogue: a file is sent although local files are not allowed")
    if subject.name in STRICT:
        raise Violation("rogue: a file is sent that no statement named")


@functools.cache
def _folder() -> pathlib.Path:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fuzzfarm-rogue-"))
    (folder / "secret").write_bytes(SECRET)
    (folder / "allowed").write_bytes(b"1\n")
    return folder


def _secret() -> str:
    return str(_folder() / "secret")


def _allowed() -> str:
    return str(_folder() / "allowed")
