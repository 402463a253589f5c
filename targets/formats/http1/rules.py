"""What RFC 9110 and 9112 say of every construct that a message may hold wrongly, or oddly."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Rule = Literal["bad", "may", "free", "take", "ignore"]
"""bad: it must be refused. may: it may be refused, or read as the reference reads it. free: the
RFC leaves more choices than these, so nothing is said from this message on. take: it must be read
as the reference reads it. ignore: what the construct is in is dropped without a look at it."""

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        # RFC 9112 section 2.2, 3 and 4: lines and start lines
        "bare LF as a line end": "may",
        "bare CR in a line": "bad",
        "empty line before the start line": "may",
        "start line with too many or too few words": "bad",
        "blanks other than one space in the start line": "free",
        "request line without a version": "free",
        "method that is no token": "bad",
        "method with lower case": "may",
        "method of an odd length or with odd characters": "may",
        "control character in the target": "bad",
        "byte above 127 in the target": "free",
        "target of no known form": "free",
        "target with an odd authority": "may",
        "target with characters to be escaped": "may",
        "malformed version": "bad",
        "version other than 1.0 and 1.1": "free",
        "status that is not three digits": "bad",
        "status out of range": "may",
        "status line without a space behind the status": "may",
        "switching protocols that nobody asked for": "may",
        "control character in the reason": "free",
        "blank around the reason": "free",
        # RFC 9112 section 5, RFC 9110 section 5: fields
        "blank before the first field": "bad",
        "line without a colon": "bad",
        "blank before the colon": "bad",
        "empty field name": "bad",
        "field name that is no token": "bad",
        "field name with an underscore": "take",
        "folded line": "may",
        "NUL in a field value": "bad",
        "control character in a field value": "free",
        "byte above 127 in a field value": "take",
        # RFC 9110 section 7.2, 10.1
        "no Host": "may",
        "more than one Host": "may",
        "odd Host": "may",
        "repeated field that must be single": "may",
        "field that changes how the rest is read": "free",
        "expectation": "may",
        "trailer field that must not be one": "may",
        # RFC 9112 section 6: bodies
        "framing field in several lines": "take",
        "Content-Length that is not digits": "bad",
        "Content-Length with different values": "bad",
        "Content-Length repeated alike": "may",
        "Content-Length of many digits": "may",
        "Transfer-Encoding beside Content-Length": "may",
        "Transfer-Encoding in HTTP/1.0": "free",
        "Transfer-Encoding of a request with an empty element": "may",
        "Transfer-Encoding of a response with an empty element": "free",
        "Transfer-Encoding that is malformed": "bad",
        "Transfer-Encoding with a parameter": "free",
        "Transfer-Encoding that is empty": "free",
        "chunked twice": "bad",
        "chunked not last": "bad",
        "request without chunked as the last coding": "bad",
        "coding beside chunked": "may",
        "response without chunked as the last coding": "may",
        "odd framing where there is no body": "may",
        "body of a CONNECT request": "free",
        # RFC 9112 section 7.1: chunks
        "chunk size that is not hexadecimal": "bad",
        "chunk size of many digits": "may",
        "blank behind a chunk size": "may",
        "blank in a chunk extension": "may",
        "malformed chunk extension": "may",
        "control character in a chunk extension": "may",
        "chunk line ended by a bare LF": "bad",
        "chunk extension ended by a bare LF": "bad",
        "chunk line with a bare CR": "bad",
        "chunk extension with a bare CR": "bad",
        "chunk data ended by a bare LF": "bad",
        "chunk data without CRLF behind": "bad",
        "malformed trailer": "bad",
    }
)
