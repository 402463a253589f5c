"""Passes for inputs that have a structure: documents, lines, tokens, brackets, checksums."""

from __future__ import annotations

from triage.minimize.formats import brackets, documents, pieces, trees
from triage.minimize.formats.checksums import CHECKSUMS
from triage.minimize.passes.sequences import blocks, cut_head, cut_tail, pairs, windows
from triage.minimize.passes.values import zeros
from triage.minimize.problem import Hints, Pass, Problem, compose


def structural(hints: Hints) -> tuple[Pass[bytes], ...]:
    """All passes that see an input through a format, coarse to fine.

    A pass whose format an input does not have costs one attempt to parse it.
    """
    lines = pieces.Row("lines", pieces.lines)
    tokens = pieces.Row("tokens", pieces.tokens)
    own: tuple[Pass[bytes], ...] = ()
    if hints.split is not None:
        grammar = pieces.Row("grammar", hints.split)
        passes = (blocks, pieces.counted, windows, pieces.forget, pieces.rename, pieces.swap)
        own = tuple(compose(grammar, pass_) for pass_ in passes)
    return (
        checksums,
        compose(pieces.Row("paragraphs", pieces.paragraphs), blocks),
        compose(lines, cut_tail),
        compose(lines, blocks),
        *own,
        *(
            compose(documents.JSON, pass_)
            for pass_ in (trees.shed(documents.JSON), trees.hoist(documents.JSON))
        ),
        compose(documents.JSON, documents.simpler),
        *_nested(brackets.BRACKETS),
        compose(brackets.BRACKETS, brackets.plainer),
        *_nested(brackets.ANGLES),
        compose(tokens, blocks),
        compose(tokens, pieces.forget),
        compose(tokens, pieces.rename),
        compose(tokens, pieces.swap),
        compose(tokens, windows),
        compose(tokens, pairs),
    )


def _nested(grammar: brackets.Brackets) -> tuple[Pass[bytes], ...]:
    return tuple(compose(grammar, make(grammar)) for make in (trees.shed, trees.hoist))


def checksums(problem: Problem[bytes]) -> None:
    """Make the payload smaller where the rest of the input is a right checksum of it."""
    for format_ in CHECKSUMS:
        try:
            format_.parse(problem.current)
        except ValueError:
            continue
        for pass_ in (cut_tail, cut_head, blocks, windows, zeros):
            compose(format_, pass_)(problem)
