"""A chunked body, in pieces as they come: each chunk ends with a line break, or it is refused."""

import contextlib

import h11
from hypothesis import given
from hypothesis import strategies as st

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


@given(st.binary())
def test(body: bytes) -> None:
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(HEAD + body)
    read: list[bytes] = []
    with contextlib.suppress(h11.RemoteProtocolError):
        while type(event := connection.next_event()) is not h11.EndOfMessage:
            if event in (h11.NEED_DATA, h11.PAUSED):
                return
            if isinstance(event, h11.Data):
                read.append(bytes(event.data))
        for data in read:
            assert data + b"\r\n" in body, "a chunk without a line break behind it"
