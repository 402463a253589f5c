"""A strict reader of HTTP/1.1 connections, written from RFC 9110 and RFC 9112."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from targets.formats.http1 import chunked, framing
from targets.formats.http1.messages import SERVER, End, Message, Reading, is_response
from targets.formats.http1.oddness import oddness
from targets.formats.http1.rules import RULES, Rule

Fields = list[tuple[bytes, bytes]]

_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VERSION: Final = re.compile(rb"HTTP/[0-9]\.[0-9]")
_PLAIN_METHOD: Final = re.compile(rb"[A-Z]{3,20}")
_PATH: Final = re.compile(rb"/[A-Za-z0-9\-._~:@!$&'()*+,;=/?]*(?:%[0-9A-Fa-f]{2}[^%]*)*")
_ABSOLUTE: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*://[^/?#\s]+.*")
_AUTHORITY: Final = re.compile(rb"[A-Za-z0-9.\-]+:[0-9]{1,5}")
_HOST: Final = re.compile(rb"[A-Za-z0-9.\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?|")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_BLANK: Final = re.compile(rb"[ \t\x0b\x0c\r]")
_SINGLE: Final = frozenset(
    b"content-location content-range content-type etag max-forwards server user-agent".split()
)
_CHANGING: Final = frozenset(b"sec-websocket-key1 http2-settings proxy-connection".split())


class _Ended(Exception):
    """Reading ends here: why, and the construct."""

    def __init__(self, end: End, reason: str) -> None:
        super().__init__(reason)
        self.end = end
        self.reason = reason


class Reader:
    """The messages of one connection, seen by a server or by a client that sent `view`."""

    def __init__(
        self, stream: bytes, view: str = SERVER, rules: Mapping[str, Rule] = RULES
    ) -> None:
        self._stream = stream
        self._at = 0
        self._view = view
        self._rules = rules
        self._may = ""

    def read(self) -> Reading:
        """Everything up to the first construct that must be refused, or left open."""
        messages: list[Message] = []
        while True:
            self._may = ""
            try:
                if self._at >= len(self._stream):
                    return Reading(tuple(messages), "done")
                message = self._message()
            except _Ended as ended:
                return Reading(tuple(messages), ended.end, ended.reason)
            messages.append(message)
            if message.last:
                return Reading(tuple(messages), "done")

    def note(self, construct: str, detail: str = "") -> None:
        """Say that `construct` was met; ends reading if its rule says so.

        `detail` belongs to the reason: two ways to write one construct wrongly are two bugs, and
        may have a rule of its own.
        """
        reason = f"{construct} ({detail})" if detail else construct
        rule = self._rules.get(reason, self._rules[construct])
        if rule in ("bad", "free"):
            raise _Ended("bad" if rule == "bad" else "free", reason)
        if rule == "may" and not self._may:
            self._may = construct

    def missing(self, what: str) -> _Ended:
        """What to raise where bytes are missing."""
        return _Ended("open", what)

    def line(self, what: str) -> bytes:
        """The next line of a head, without its end."""
        line = self._line(what)
        if b"\r" in line:
            self.note("bare CR in a line")
        return line

    def _line(self, what: str) -> bytes:
        end = self._stream.find(b"\n", self._at)
        if end < 0:
            raise self.missing(what)
        line = self._stream[self._at : end]
        self._at = end + 1
        if line.endswith(b"\r"):
            return line[:-1]
        self.note("bare LF as a line end")
        return line

    def _words(self, what: str) -> list[bytes]:
        """The words of a start line, which single spaces part: three, or two."""
        line = self._line(what)
        words = line.split(b" ", 2)
        strict = words[:2] if self._view else words
        if any(not word or _BLANK.search(word) for word in strict):
            loose = line.split()
            if len(loose) == 3 or (self._view and len(loose) > 1):
                self.note("blanks other than one space in the start line")
            if len(loose) == 2:
                self.note("request line without a version")
            self.note("start line with too many or too few words")
        return words

    def rest(self) -> bytes:
        """All bytes up to the end of the stream."""
        data = self._stream[self._at :]
        self._at = len(self._stream)
        return data

    def take(self, size: int, what: str) -> bytes:
        """The next `size` bytes."""
        if len(self._stream) - self._at < size:
            raise self.missing(what)
        data = self._stream[self._at : self._at + size]
        self._at += size
        return data

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, or what there is of them, without taking them."""
        return self._stream[self._at : self._at + size]

    def find(self, needle: bytes) -> int:
        """How far away `needle` is; negative: nowhere."""
        at = self._stream.find(needle, self._at)
        return at - self._at if at >= 0 else -1

    def fields(self, what: str) -> Fields:
        """Field lines up to the empty line."""
        fields: Fields = []
        while line := self.line(what):
            if line[:1] in b" \t":
                if not fields:
                    self.note("blank before the first field")
                    continue
                self.note("folded line")
                name, value = fields.pop()
                fields.append((name, (value + b" " + self._value(line)).strip(b" \t")))
                continue
            name, colon, value = line.partition(b":")
            self._check_name(name, colon)
            fields.append((name.lower().rstrip(b" \t"), self._value(value)))
        return fields

    def trailers(self) -> Fields:
        """Field lines up to the empty line, in the place of trailers."""
        if self._rules["malformed trailer"] == "ignore":
            end = 0 if self.peek(2) == b"\r\n" else self.find(b"\r\n\r\n") + 2
            if end == 1:
                raise self.missing("trailers")
            self.take(end + 2, "trailers")
            return []
        try:
            return self.fields("trailers")
        except _Ended as ended:
            if ended.end != "bad":
                raise
            self.note("malformed trailer", ended.reason.partition(" (")[0])
            raise

    def _check_name(self, name: bytes, colon: bytes) -> None:
        if not colon:
            self.note("line without a colon")
        if not name:
            self.note("empty field name")
        bare = name.rstrip(b" \t")
        if bare != name:
            self.note("blank before the colon")
        if bare and _TOKEN.fullmatch(bare) is None:
            self.note("field name that is no token", oddness(bare))
        if b"_" in name:
            self.note("field name with an underscore")

    def _value(self, value: bytes) -> bytes:
        value = value.strip(b" \t")
        if b"\0" in value:
            self.note("NUL in a field value")
        if _CONTROL.search(value):
            self.note("control character in a field value")
        if not value.isascii():
            self.note("byte above 127 in a field value")
        return value

    def _message(self) -> Message:
        while self.peek(2) == b"\r\n" or self.peek(1) == b"\n":
            self.note("empty line before the start line")
            self.line("empty line")
            if self._at >= len(self._stream):
                raise _Ended("done", "")
        start = self._status_line() if self._view else self._request_line()
        fields = self.fields("head")
        self._check_fields(start, fields)
        if self._view:
            body, last = self._response_body(start, fields)
        else:
            body, last = self._request_body(start, fields)
        return Message(start, tuple(fields), body, self._may, last)

    def _request_line(self) -> tuple[bytes, ...]:
        words = self._words("request line")
        if len(words) == 2:
            self._check_target(*words)
            self.note("request line without a version")
        if len(words) != 3:
            self.note("start line with too many or too few words")
            raise _Ended("free", "start line")
        method, target, version = words
        if _TOKEN.fullmatch(method) is None:
            self.note("method that is no token", oddness(method))
        if method != method.upper():
            self.note("method with lower case")
        elif _PLAIN_METHOD.fullmatch(method) is None:
            self.note("method of an odd length or with odd characters")
        self._check_version(version)
        self._check_target(method, target)
        return method, target, version[5:]

    def _check_version(self, version: bytes) -> None:
        if _VERSION.fullmatch(version) is None:
            self.note("malformed version", oddness(version.removeprefix(b"HTTP/")))
        elif version not in (b"HTTP/1.0", b"HTTP/1.1"):
            self.note("version other than 1.0 and 1.1")

    def _check_target(self, method: bytes, target: bytes) -> None:
        if _CONTROL.search(target) or b"\t" in target:
            self.note("control character in the target", oddness(target))
        if not target.isascii():
            self.note("byte above 127 in the target")
        if method == b"CONNECT":
            if _AUTHORITY.fullmatch(target) is None:
                self.note("target with an odd authority")
        elif target == b"*":
            if method != b"OPTIONS":
                self.note("target of no known form")
        elif _ABSOLUTE.fullmatch(target):
            self.note("target with an odd authority")
        elif not target.startswith(b"/"):
            self.note("target of no known form")
        elif _PATH.fullmatch(target) is None:
            self.note("target with characters to be escaped")

    def _status_line(self) -> tuple[bytes, ...]:
        words = self._words("status line")
        if len(words) < 2:
            self.note("start line with too many or too few words")
            raise _Ended("free", "start line")
        version, status, reason = [*words, b""][:3]
        self._check_version(version)
        if re.fullmatch(rb"[0-9]{3}", status) is None:
            self.note("status that is not three digits")
        if not 100 <= int(status) <= 599:
            self.note("status out of range")
        if len(words) == 2:
            self.note("status line without a space behind the status")
        if _CONTROL.search(reason):
            self.note("control character in the reason")
        if reason != reason.strip(b" \t"):
            self.note("blank around the reason")
        return version[5:], status, reason

    def _check_fields(self, start: tuple[bytes, ...], fields: Fields) -> None:
        names = [name for name, _ in fields]
        for name in set(names):
            if name in _SINGLE and names.count(name) > 1:
                self.note("repeated field that must be single")
            if name in _CHANGING:
                self.note("field that changes how the rest is read")
        if self._view:
            return
        hosts = [value for name, value in fields if name == b"host"]
        if len(hosts) > 1:
            self.note("more than one Host")
        if not hosts and start[2] == b"1.1":
            self.note("no Host")
        if hosts and _HOST.fullmatch(hosts[0]) is None:
            self.note("odd Host")
        if b"expect" in names:
            self.note("expectation")

    def _request_body(self, start: tuple[bytes, ...], fields: Fields) -> tuple[bytes, bool]:
        names = {name for name, _ in fields}
        frame = framing.framing(self, start[2], fields, response=False)
        tunnel = start[0].upper() == b"CONNECT"  # some take methods in any case
        if tunnel and frame.kind != "none":
            self.note("body of a CONNECT request")
        last = tunnel or b"upgrade" in names or framing.closes(start[2], fields)
        return self._body(frame), last or frame.doubtful

    def _response_body(self, start: tuple[bytes, ...], fields: Fields) -> tuple[bytes, bool]:
        version, status, _ = start
        switches = status == b"101"
        if switches:
            self.note("switching protocols that nobody asked for")
        if self._view == "HEAD" or status[:1] == b"1" or status in (b"204", b"304"):
            try:
                framing.framing(self, version, fields, response=True)
            except _Ended:
                self.note("odd framing where there is no body")
            return b"", switches or status[:1] != b"1"
        frame = framing.framing(self, version, fields, response=True)
        # One request was sent, so what follows the final response is no message.
        return self.rest() if frame.kind in ("none", "until close") else self._body(frame), True

    def _body(self, frame: framing.Framing) -> bytes:
        if frame.kind == "chunked":
            return chunked.body(self)
        return self.take(frame.length, "body") if frame.kind == "length" else b""


def read(stream: bytes, view: str | None = None, rules: Mapping[str, Rule] = RULES) -> Reading:
    """The messages of `stream`; `view` None: GET for responses, a server for requests."""
    if view is None:
        view = "GET" if is_response(stream) else SERVER
    return Reader(stream, view, rules).read()
