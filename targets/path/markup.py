"""Finds what a page makes of text that should have stayed text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

CANARY: Final = "x-canary"
"""Tag and attribute that only a request can bring into a page."""
_WORTH_IT: Final = re.compile(rb"<x-canary|x-canary=|<img src=x", re.IGNORECASE)


class _Reader(HTMLParser):
    """Notes tags and attributes that no page means to have."""

    def __init__(self) -> None:
        super().__init__()
        self.found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See whether the tag is one of ours."""
        if tag.startswith(CANARY) or any(CANARY in name for name, _ in attrs):
            self.found = "the request"
        elif tag == "img" and any(value == "x" for _, value in attrs):
            self.found = self.found or "a file's name"


def injected(page: bytes) -> str:
    """Whose text became markup in an HTML page: the request, a file's name, or nobody's ("")."""
    if not _WORTH_IT.search(page):
        return ""
    reader = _Reader()
    reader.feed(page.decode("utf-8", "replace"))
    return reader.found
