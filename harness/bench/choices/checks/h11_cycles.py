"""A server's connection: requests that are right are never refused, however it answers."""

import contextlib

import h11
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule


class Machine(RuleBasedStateMachine):
    """What a server and its client can do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.server = h11.Connection(h11.SERVER)

    @rule(method=st.sampled_from((b"GET", b"HEAD")))
    def request(self, method: bytes) -> None:
        self.server.receive_data(method + b" / HTTP/1.1\r\nHost: a\r\n\r\n")

    @rule()
    def pull(self) -> None:
        try:
            self.server.next_event()
        except h11.RemoteProtocolError:
            assert self.server.our_state is h11.ERROR, "a good request is refused"

    @rule(status=st.integers(100, 599), length=st.integers(0, 3))
    def respond(self, status: int, length: int) -> None:
        kind = h11.InformationalResponse if status < 200 else h11.Response
        headers = [("Content-Length", str(length))] if status >= 200 else []
        with contextlib.suppress(h11.LocalProtocolError):
            self.server.send(kind(status_code=status, headers=headers))

    @rule(data=st.binary(max_size=3))
    def data(self, data: bytes) -> None:
        with contextlib.suppress(h11.LocalProtocolError):
            self.server.send(h11.Data(data=data))

    @rule()
    def finish(self) -> None:
        with contextlib.suppress(h11.LocalProtocolError):
            self.server.send(h11.EndOfMessage())

    @rule()
    def again(self) -> None:
        with contextlib.suppress(h11.LocalProtocolError):
            self.server.start_next_cycle()
