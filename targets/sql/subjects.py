"""Adapters of the reference and of sqlparse, imported only when asked for."""

from __future__ import annotations

from targets.oracles import Violation
from targets.sql.implementation import Choices, Implementation


def reference() -> Implementation:
    """The farm's own normalizer."""
    from targets.sql.reference import LABEL_BYTES, Normalizer

    normalizer = Normalizer()

    def digest(text: str, _choices: Choices) -> str:
        return normalizer.digest(text)

    def label(text: str, _choices: Choices) -> str:
        label = normalizer.label(text)
        if len(label.encode("utf-8")) > LABEL_BYTES:
            raise Violation("total: the label of a digest is too long", repr(label))
        return label

    return Implementation(
        name="reference",
        operations={"digest": digest, "label": label},
        digest=normalizer.digest,
        folds=True,
        modules=("targets.sql.reference", "sqlparse.lexer"),
    )


def sqlparse() -> Implementation:
    """All that sqlparse documents: lexer, splitter, parser, tree, formatter."""
    from targets.sql.sqlparse_operations import operations

    return Implementation(name="sqlparse", operations=operations(), modules=("sqlparse",))
