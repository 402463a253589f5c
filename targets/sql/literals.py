"""Check: other literals, comments and blanks give the same digest, and no literal shows in it.

What is a literal is found by `scan`, which shares no code with any subject.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from targets.oracles import Violation
from targets.sql import scan
from targets.sql.implementation import Implementation, read
from targets.sql.scan import Piece

WORDS: Final = ("zqvjx", "wkzpq", "xjqwz", "qzkvw")
"""What stands in the literals that are put in; the first that the text does not hold is taken."""
NUMBERS: Final = ("7316529", "9461738", "8253947", "6172839")
FORMS: Final = ("{}", "{}.25", "{}e7", "{}.5E-3", "{}e+12")
"""Numbers of every form are of one kind."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation when the digest depends on a literal or repeats it."""
    text, _ = read(data)
    digest = subject.digest(text) if subject.digest else None
    if subject.digest is None or digest is None:
        return
    pieces = scan.scan(text)
    word, number = _absent(WORDS, text), _absent(NUMBERS, text)
    other = _Other(word, number, FORMS[zlib.crc32(data) % len(FORMS)])
    changed = "".join(map(other, pieces))
    changed_digest = subject.digest(changed)
    if changed_digest is not None:
        for kind, marker in (("text", word), ("number", number)):
            if marker in changed_digest:
                raise Violation(f"literals: a {kind} shows in the digest", repr(changed[:120]))
    if changed_digest != digest:
        kind = _guilty(pieces, other, digest, subject)
        raise Violation(
            f"literals: another {kind} changes the digest",
            f"{text[:80]!r} and {changed[:80]!r}: {digest[:80]!r}",
        )
    if subject.folds:
        _require_folded(pieces, digest, subject)


class _Other:
    """Puts another literal, comment or blank of the same kind into the place of one."""

    def __init__(self, word: str, number: str, form: str) -> None:
        self._word = word
        self._number = number
        self._form = form

    def __call__(self, piece: Piece) -> str:
        """What stands there instead; names, words and operators stay."""
        text = piece.text
        if piece.kind in (scan.TEXT, scan.QUOTED_TEXT, scan.PREFIXED_TEXT):
            opening = text[:2] if piece.kind == scan.PREFIXED_TEXT else text[0]
            return opening + self._word + ("" if piece.open else opening[-1])
        if piece.kind == scan.DOLLAR_TEXT:
            tag = text[: text.index("$", 1) + 1]
            return tag + self._word + ("" if piece.open else tag)
        if piece.kind == scan.NUMBER:
            return f".{self._number}" if text[0] == "." else self._form.format(self._number)
        if piece.kind == scan.HEX:
            return text[:2] + self._number
        if piece.kind == scan.LINE_COMMENT:
            return f"-- {self._word}" + ("" if piece.open else "\n")
        if piece.kind == scan.COMMENT:
            return f"/* {self._word}" + ("" if piece.open else " */")
        return "\t \n" if piece.kind == scan.BLANK else text


def _absent(markers: Iterable[str], text: str) -> str:
    """The first marker that is not in `text`; if all are, one that is longer than it."""
    last = ""
    for marker in markers:
        if marker not in text:
            return marker
        last = marker
    return last * (len(text) // len(last) + 1)


def _guilty(pieces: list[Piece], other: _Other, digest: str, subject: Implementation) -> str:
    """The kind whose change alone makes another digest."""
    assert subject.digest is not None
    for kind in dict.fromkeys(piece.kind for piece in pieces):
        changed = (other(piece) if piece.kind == kind else piece.text for piece in pieces)
        if subject.digest("".join(changed)) != digest:
            return kind
    return "set of literals"


def _require_folded(pieces: list[Piece], digest: str, subject: Implementation) -> None:
    assert subject.digest is not None
    for what, longer in _longer(pieces):
        if subject.digest(longer) != digest:
            raise Violation(
                f"literals: another number of {what} changes the digest",
                f"{longer[:120]!r}: {digest[:80]!r}",
            )


def _longer(pieces: list[Piece]) -> Iterator[tuple[str, str]]:
    """The statement with one constant more in its first list behind IN, and with one row more."""
    meaning = [index for index, piece in enumerate(pieces) if piece.kind not in scan.IGNORED]
    for place, index in enumerate(meaning):
        word = pieces[index].text.lower()
        if pieces[index].kind != scan.WORD or word not in ("in", "values"):
            continue
        found = _list_of_constants(pieces, meaning[place + 1 :])
        if found is None:
            continue
        first, last = found
        end = last if word == "in" else last + 1
        items = pieces[last - 1 : last] if word == "in" else pieces[first : last + 1]
        if word == "in" and pieces[last - 1].kind in scan.IGNORED:
            items = [Piece(scan.NUMBER, "1")]
        added = "".join(piece.text for piece in items)
        before = "".join(piece.text for piece in pieces[:end])
        behind = "".join(piece.text for piece in pieces[end:])
        yield ("constants" if word == "in" else "rows"), f"{before},{added}{behind}"
        return


def _list_of_constants(pieces: list[Piece], meaning: list[int]) -> tuple[int, int] | None:
    """Where the bracket opens and closes, if these pieces begin with a list of constants."""
    if not meaning or pieces[meaning[0]].text != "(":
        return None
    wants_constant = True
    for index in meaning[1:]:
        piece = pieces[index]
        if wants_constant and (piece.kind in scan.LITERALS or piece.kind == scan.PLACEHOLDER):
            wants_constant = False
        elif not wants_constant and piece.text == ",":
            wants_constant = True
        elif not wants_constant and piece.text == ")":
            return meaning[0], index
        else:
            return None
    return None
