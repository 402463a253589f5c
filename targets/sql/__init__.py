"""SQL: a normalizer that makes digests, and parsers and formatters of every dialect."""

from __future__ import annotations

from typing import Final

from targets.kinds import Fault, Fuzz, Inputs, Subject, Target

MUTATE: Final = "targets.sql.grammar:mutate"
STRATEGY: Final = "targets.sql.grammar:strategy"
MUTATE_BRIEF: Final = "targets.sql.grammar:mutate_brief"
STRATEGY_BRIEF: Final = "targets.sql.grammar:strategy_brief"
TOKENS: Final = "targets.sql.grammar:tokens"
DIGESTS: Final = ("reference",)
"""Subjects that make digests."""
DIALECTS: Final = Inputs(
    name="dialects",
    mutate="targets.sql.sqlglot_inputs:mutate",
    strategy="targets.sql.sqlglot_inputs:strategy",
    tokens="targets.sql.sqlglot_inputs:tokens",
    seeds="dialects",
    dictionary=None,
)
STATEMENTS: Final = Inputs(
    name="statements",
    mutate="targets.sql.metadata_inputs:mutate",
    strategy="targets.sql.metadata_inputs:strategy",
    tokens="targets.sql.sqlglot_inputs:tokens",
    seeds="dialects",
    dictionary=None,
)
ROWS: Final = Inputs(
    name="rows",
    mutate="targets.sql.rows:mutate",
    strategy="targets.sql.rows:strategy",
    tokens="targets.sql.sqlglot_inputs:tokens",
    seeds="rows",
    dictionary=None,
)
JSONPATHS: Final = Inputs(
    name="jsonpaths",
    mutate="targets.sql.jsonpaths:mutate",
    strategy="targets.sql.jsonpaths:strategy",
    seeds="jsonpaths",
    dictionary=None,
)

TARGET = Target(
    subjects={
        "reference": Subject(
            adapter="targets.sql.subjects:reference",
            summary="the farm's own normalizer, on sqlparse's lexer",
            instrument=("targets.sql.reference", "sqlparse.lexer"),
            requires=("sqlparse>=0.4.4",),
        ),
        "sqlparse": Subject(
            adapter="targets.sql.subjects:sqlparse",
            summary="sqlparse: lexer, splitter, parser, token tree, formatter",
            package="sqlparse",
            instrument=("sqlparse",),
            requires=("sqlparse>=0.2",),
        ),
        "sqlglot-parse": Subject(
            adapter="targets.sql.sqlglot_parse:sqlglot_parse",
            summary="sqlglot: every dialect parsed, written and parsed again, and into another",
            package="sqlglot",
            # Nothing is instrumented: the grammars know more of what to write than coverage does,
            # and dozens of modules are slow to instrument and slow to run then.
            requires=("sqlglot>=10",),
            inputs=DIALECTS,
        ),
        "sqlglot-jsonpath": Subject(
            adapter="targets.sql.sqlglot_jsonpath:sqlglot_jsonpath",
            summary="sqlglot: JSONPath parsed, written, and in the SQL of every dialect",
            package="sqlglot",
            instrument=("sqlglot.jsonpath",),
            requires=("sqlglot>=22",),
            inputs=JSONPATHS,
        ),
        "sqlglot-optimize": Subject(
            adapter="targets.sql.sqlglot_optimize:sqlglot_optimize",
            summary="sqlglot: a query optimized, as a whole or by one rule, has the same rows",
            package="sqlglot",
            instrument=("sqlglot.optimizer.simplify", "sqlglot.optimizer.unnest_subqueries"),
            requires=("sqlglot>=10",),
            inputs=ROWS,
        ),
        "sql-metadata": Subject(
            adapter="targets.sql.sql_metadata:sql_metadata",
            summary="sql-metadata: every attribute, and the same for the same statement",
            package="sql-metadata",
            instrument=("sql_metadata",),
            requires=("sql-metadata>=2",),
            inputs=STATEMENTS,
        ),
    },
    checks={
        "total": Fuzz(
            check="targets.sql.total:check",
            summary="any text gets an answer or the documented error; no statement an empty one",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=(
                "reference",
                "sqlparse",
                "sqlglot-jsonpath",
                "sqlglot-optimize",
                "sql-metadata",
            ),
            max_size_bytes=16 * 1024,
            timeout_s=10.0,
            weight=4.0,
        ),
        "documented": Fuzz(
            check="targets.sql.total:check",
            summary="what a vendor documents is read, written, and read again as the same",
            mutate=DIALECTS.mutate,
            strategy=DIALECTS.strategy,
            tokens=DIALECTS.tokens,
            subjects=("sqlglot-parse",),
            seeds=DIALECTS.seeds,
            dictionary=None,
            max_size_bytes=16 * 1024,
            timeout_s=10.0,
            # More than the other subjects of sqlglot together, which discover features and so have
            # three times the time for their weight.
            weight=36.0,
        ),
        "bounds": Fuzz(
            check="targets.sql.bounds:check",
            summary="a digest is no longer than its text, but for a constant",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=DIGESTS,
            weight=0.5,
        ),
        "literals": Fuzz(
            check="targets.sql.literals:check",
            summary="other literals, comments, blanks give the same digest; no literal shows in it",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=DIGESTS,
        ),
        "idempotent": Fuzz(
            check="targets.sql.idempotent:check",
            summary="the digest of a digest is the same",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=DIGESTS,
            weight=0.5,
        ),
        "agree": Fuzz(
            check="targets.sql.agree:check",
            summary="a parser sees the kind and the tables that are in a statement",
            mutate="targets.sql.sqlglot_inputs:mutate",
            strategy="targets.sql.sqlglot_inputs:strategy",
            tokens="targets.sql.sqlglot_inputs:tokens",
            subjects=("sql-metadata",),
            seeds="dialects",
            dictionary=None,
            weight=0.5,
        ),
        "linear": Fuzz(
            check="targets.sql.linear:check",
            summary="time grows no faster than a text of which parts are repeated",
            mutate=MUTATE_BRIEF,
            strategy=STRATEGY_BRIEF,
            tokens=TOKENS,
            subjects=("reference", "sqlparse", "sql-metadata"),
            max_size_bytes=1024,
            timeout_s=10.0,
            weight=2.5,
        ),
    },
    faults={
        "lists-reread": Fault("each list behind IN costs another look at all before", ("linear",)),
        "open-comment-rescans": Fault("a comment never closed is looked for again", ("linear",)),
        "open-comment-leaks": Fault("its last letter shows in the digest", ("literals",)),
        "list-marker-grows": Fault("a folded list is marked with dots", ("bounds",)),
        "tight-list-stays": Fault("a list without blanks is not folded", ("literals",)),
        "label-cuts-letters": Fault("a label ends inside a letter of several bytes", ("total",)),
        "quoted-names-vanish": Fault("a statement of a quoted name only becomes empty", ("total",)),
        "nesting-recurses": Fault("brackets are closed by recursion", ("total", "linear")),
        "escape-ends-text": Fault("an escaped quote ends a text", ("literals",)),
        "exponent-leaks": Fault("the sign of an exponent shows in the digest", ("literals",)),
        "hexadecimal-leaks": Fault("hexadecimal digits show in the digest", ("literals",)),
    },
)
