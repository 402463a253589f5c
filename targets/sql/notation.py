r"""How grammars are written down: a rule's name, and below it one alternative in each line.

    predicate =
        {value} IS [[NOT]] NULL
        {value} IN ({value,})

`{value}` is another rule or a lexical class, `{value,}` one or more with commas between, `{join*}`
any number, `{join+}` at least one. `[[…]]` may be left out; inside it `x | y` is one of them. All
else is text: a blank in it is one that is written, and that a reader may find anywhere but inside
one token: a word, a quoted text with its prefix (`N'k1'`), a name with its signs (`@k1/k2`, `#t1`,
`k1-2` before a full stop).

`name += …` adds to an inherited rule, `name -= …` takes alternatives away. An alternative that is
there twice is twice as likely. `#` starts a line of comment.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Final

from targets.sql.productions import Grammar, Lexical, Node

_RULE: Final = re.compile(r"(?P<name>[a-z][a-z0-9_]*) (?P<how>\+=|-=|=)")
_PIECE: Final = re.compile(
    r"""(?P<blank>\s*)(?:
    \{(?P<name>[a-z][a-z0-9_]*)(?P<times>[,*+]?)\} | (?P<open>\[\[) | (?P<close>\]\])
    | (?P<bar>\|(?=\s))
    | (?P<text>[qQ]'(?:\[.*?\]|\{.*?\})' | [A-Za-z]{0,2}'(?:[^']|'')*' | "[^"]*" | @?`[^`]*`
    | \$\$.*?\$\$ | [@#$]+[\w~][\w./]* | [A-Za-z]\w*(?:-\w+)+(?=\.) | \w+
    | [^\w\s'"`()\[\]{},;|]+ | \|+ | .))""",
    re.X,
)


def read(texts: tuple[str, ...], lexis: Mapping[str, Lexical]) -> Grammar:
    """The grammar of these texts, each adding to those before it. ValueError: cannot be read.

    Alternatives are special that are not in the first of several texts.
    """
    found: dict[str, list[str]] = {}
    added: set[tuple[str, str]] = set()
    for number, text in enumerate(texts):
        for name, how, alternatives in _rules(text):
            if how == "-=":
                found[name] = [kept for kept in found[name] if kept not in alternatives]
                continue
            found[name] = [*([] if how == "=" else found.get(name, [])), *alternatives]
            if number or len(texts) == 1:
                added |= {(name, alternative) for alternative in alternatives}
    rules = {
        name: _choice([_Reader(text, lexis).node() for text in alternatives])
        for name, alternatives in found.items()
    }
    special = frozenset(
        (name, number)
        for name, alternatives in found.items()
        for number, alternative in enumerate(alternatives)
        if (name, alternative) in added
    )
    return Grammar(rules, lexis, special)


def _rules(text: str) -> Iterator[tuple[str, str, list[str]]]:
    name, how = "", ""
    alternatives: list[str] = []
    for line in [*text.splitlines(), "end ="]:
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(" "):
            alternatives.append(line.strip())
            continue
        if name:
            yield name, how, alternatives
        rule = _RULE.fullmatch(line.strip())
        if rule is None:
            raise ValueError(f"not a rule: {line!r}")
        name, how, alternatives = rule["name"], rule["how"], []


class _Reader:
    """Reads one alternative."""

    def __init__(self, text: str, lexis: Mapping[str, Lexical]) -> None:
        self._text = text
        self._lexis = lexis
        self._at = 0

    def node(self) -> Node:
        node = self._sequence(glued=False)
        if self._at != len(self._text):
            raise ValueError(f"cannot read {self._text[self._at :]!r} of {self._text!r}")
        return node

    def _sequence(self, *, glued: bool, inside: bool = False) -> Node:
        items: list[Node] = []
        while self._at < len(self._text):
            piece = _PIECE.match(self._text, self._at)
            if piece is None or piece["close"] or (inside and piece["bar"]):
                break
            self._at = piece.end()
            alone = not piece["blank"] if items else glued
            items.append(self._item(piece, glued=alone))
        return items[0] if len(items) == 1 else Node("sequence", items=tuple(items))

    def _item(self, piece: re.Match[str], *, glued: bool) -> Node:
        if piece["open"]:
            return self._optional(glued=glued)
        if not piece["name"]:
            text = piece["text"] or piece["bar"]
            return Node("text", text, glued=glued, pattern=_pattern(text))
        kind = "lexical" if piece["name"] in self._lexis else "rule"
        node = Node(kind, piece["name"], glued=glued)
        if not piece["times"]:
            return node
        least = 0 if piece["times"] == "*" else 1
        separator = "," if piece["times"] == "," else ""
        inner = Node(kind, piece["name"])
        return Node("many", items=(inner,), glued=glued, least=least, separator=separator)

    def _optional(self, *, glued: bool) -> Node:
        options = []
        while True:
            options.append(self._sequence(glued=glued, inside=True))
            piece = _PIECE.match(self._text, self._at)
            if piece is None or not (piece["bar"] or piece["close"]):
                raise ValueError(f"not closed: {self._text!r}")
            self._at = piece.end()
            if piece["close"]:
                break
        inner = options[0] if len(options) == 1 else _choice(options)
        return Node("optional", items=(inner,), glued=glued)


@functools.cache  # the same words are in the grammars of all dialects
def _pattern(text: str) -> re.Pattern[str]:
    end = r"(?![A-Za-z0-9_$])" if re.search(r"\w\Z", text) else ""
    return re.compile(re.escape(text) + end, re.I)


def _choice(options: list[Node]) -> Node:
    return Node("choice", items=tuple(options))
