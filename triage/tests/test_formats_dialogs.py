"""Dialogs made small against a real server on loopback that dies of two of thirty messages."""

from __future__ import annotations

import contextlib
import random
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from triage.minimize.formats.dialogs import Dialog, Message, minimize_dialog, read, write


class Handler(socketserver.StreamRequestHandler):
    """Lines: `login NAME` once, `quota N`; a quota below zero after a login breaks the server."""

    def handle(self) -> None:
        """Answer every line; the bug closes the connection without an answer."""
        user = b""
        for line in self.rfile:
            words = line.split()
            if words[:1] == [b"login"] and len(words) > 1:
                user = words[1]
            if words[:1] == [b"quota"] and len(words) > 1 and user and words[1][:1] == b"-":
                return
            self.wfile.write(b"ok " + b" ".join(words[:1]) + b"\n")


class Server(socketserver.ThreadingTCPServer):
    """On any free port of loopback."""

    allow_reuse_address = True
    daemon_threads = True


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """A running server's address."""
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        host, port = server.server_address[:2]
        yield str(host), int(port)
        server.shutdown()
        thread.join(5)


def breaks(dialog: Dialog, address: tuple[str, int]) -> bool:
    """Whether the server hangs up before it answered all lines that were sent."""
    sent = b"".join(one.data for one in dialog if one.direction == "send")
    lines = sent.count(b"\n")
    with socket.create_connection(address, timeout=5) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        answers = bytearray()
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(65536):
                answers += chunk
    return answers.count(b"\n") < lines


def thirty() -> list[Message]:
    """Thirty messages and what was received for each; the 9th and the 24th make the crash."""
    rng = random.Random(3)
    dialog = []
    for number in range(30):
        text = b"%s %d %s\n" % (
            rng.choice((b"get", b"put", b"list")),
            number,
            bytes(rng.choices(b"abcdef", k=rng.randrange(5, 40))),
        )
        text = {9: b"login somebody with-a-long-name\n", 24: b"quota -12345 gigabytes\n"}.get(
            number, text
        )
        dialog += [Message("send", text), Message("receive", b"ok\n")]
    return dialog


def test_two_messages_of_thirty_are_left(address: tuple[str, int]) -> None:
    """Messages are dropped, the two that matter shortened and merged into one."""
    dialog = thirty()
    assert breaks(tuple(dialog), address)
    result, complete = minimize_dialog(dialog, lambda some: breaks(some, address))
    assert complete
    assert result == (Message("send", b"login 0\nquota -\n"),)


def test_a_dialog_goes_through_its_lines() -> None:
    """What is written is read back, any bytes in it."""
    dialog = (*thirty(), Message("receive", bytes(range(256))), Message("send", b""))
    assert read(write(dialog)) == dialog
    assert write(dialog[:1]).startswith(b'{"send": "')


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b'{"send": 1}', b'{"send": "*"}', b'{"say": ""}', b"{}", b"[" * 5000, b"\xff"],
)
def test_a_line_that_is_no_message_is_named(line: bytes) -> None:
    """A broken file gives the number of its line."""
    with pytest.raises(ValueError, match="line 2 is no message"):
        read(b'{"send": ""}\n' + line + b"\n")


def test_a_dialog_that_breaks_nothing_is_refused(address: tuple[str, int]) -> None:
    """Nothing is reduced to nothing in silence."""
    with pytest.raises(ValueError, match="does not fail"):
        minimize_dialog([Message("send", b"get 1\n")], lambda some: breaks(some, address))
