"""Statements that a user asks a server's session, and what each must be answered with.

The model is small: system variables of the session, the current database, and a schema of two
databases. Source: MySQL 8.0 Reference Manual, 7.1.9 (variables), 10.9.2 (hints), 15.7.6 (SET),
15.7.7 (SHOW), 14.15 (information functions).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from targets.mysql.binlog.choices import Choices

Row = tuple[str | None, ...]
SCHEMA: Final = {
    "d1": {"t1": {"c1": "INT", "c2": "TEXT"}, "Two Words": {"a": "TEXT", "key": "INT"}},
    "d2": {"t1": {"x": "INT"}, "u_1": {"Name": "TEXT", "c": "DOUBLE"}},
}
NUMBERS: Final = (
    *("wait_timeout", "net_write_timeout", "interactive_timeout", "max_execution_time"),
    *("auto_increment_increment", "net_buffer_length"),
)
TEXTS: Final = ("sql_mode", "default_storage_engine", "init_connect")
SWITCHES: Final = ("autocommit", "sql_auto_is_null")
SCOPES: Final = ("", "SESSION ", "@@", "@@session.", "LOCAL ", "@@SESSION.", "session ", "@@local.")
LEVELS: Final = ("REPEATABLE READ", "READ COMMITTED", "SERIALIZABLE")
"""Without READ UNCOMMITTED, of which the parser beside the server knows nothing."""
CHARSETS: Final = (
    ("latin1", "latin1_swedish_ci", "latin1_bin"),
    ("utf8mb4", "", "utf8mb4_bin"),
    ("ascii", "ascii_general_ci", "ascii_bin"),
)
"""Name, collation by default (empty: which one is the server's affair), and another one."""
STATEMENTS: Final = (
    "SELECT aB FROM Tt WHERE x = 'It''s'",
    "INSERT INTO t1 (c1) VALUES (1), (2)",
    "UPDATE t1 SET c1 = 2 WHERE C2 = 'x'",
    "DELETE FROM t1",
    "SELECT * FROM d2.T1 AS Q LIMIT 1",
    "SELECT `a b` FROM `Two Words`",
    "SELECT c1 FROM t1 UNION SELECT x FROM d2.t1",
    "SELECT c1 AS `DATABASE` FROM t1",
    "CREATE TABLE Nn (a INT)",
    "SELECT COUNT(*) FROM t1 JOIN d2.t1 AS o ON t1.c1 = o.x GROUP BY c2",
    "WITH s AS (SELECT c1 FROM t1) SELECT c1 FROM s",
)
EXPLAINED: Final = (
    ("a query", "SELECT c1 FROM t1"),
    ("a union", "SELECT c1 FROM t1 UNION SELECT x FROM d2.t1"),
    ("a query in parentheses", "(SELECT c1 FROM t1)"),
    ("a query of constants", "SELECT 1"),
)
OPEN: Final = "anything"
"""A cell of which nothing is said."""


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """One command and what its answer must be."""

    name: str
    text: str
    rows: tuple[Row, ...] | None = None
    """Rows of its answer; None: there are none."""
    ordered: bool = True
    test: Callable[[Sequence[Row]], bool] | None = None
    """What must hold of the rows, where they are not known before."""
    reaches: bool = False
    """The user's own session is asked; it answers with one row."""
    within: Mapping[str, object] = dataclasses.field(default_factory=dict)
    """Variables as they must be while the user's session is asked."""
    database: str | None = None
    """It is no statement: the database is chosen by the client's command for that."""


class _Model:
    """What the session remembers."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.database: str | None = None
        self.variables: dict[str, object] = {}


def draw_questions(choices: Choices, user: str) -> tuple[Question, ...]:
    """A few questions of one connection."""
    model = _Model(user)
    found: list[Question] = []
    for _ in range(choices.choice((1, 2, 3, 4, 6))):
        found += choices.choice(_KINDS)(choices, model)
    return tuple(found)


def _shown(value: object) -> str | None:
    if isinstance(value, bool):
        return str(int(value))
    return None if value is None else str(value)


def _value(choices: Choices, name: str) -> tuple[str, object]:
    """A value as it is written, and as it is then."""
    if name in NUMBERS:
        number = choices.choice((1, 2, 5, 28800, 1024, 65535))
        return str(number), number
    if name in SWITCHES:
        switch = choices.chance(0.5)
        words = ("1", "ON", "TRUE", "true") if switch else ("0", "OFF", "FALSE", "off")
        return choices.choice(words[:3]), switch
    text = choices.choice(("", "ANSI", "x", "STRICT_TRANS_TABLES,NO_ZERO_DATE", "a b", "it''s"))
    return f"'{text}'", text.replace("''", "'")


def _name(choices: Choices) -> str:
    return choices.choice((*NUMBERS, *TEXTS, *SWITCHES))


def _cased(choices: Choices, name: str) -> str:
    return name.upper() if choices.chance(0.2) else name


def _set(choices: Choices, model: _Model) -> list[Question]:
    """Set one variable, or several at once, and ask for them."""
    names = list(dict.fromkeys(_name(choices) for _ in range(choices.choice((1, 1, 2, 3)))))
    parts = []
    values: dict[str, object] = {}
    for name in names:
        known = [other for other in NUMBERS if other in model.variables]
        if name in NUMBERS and known and choices.chance(0.2):
            other = choices.choice(known)
            written, value = f"@@{other}", model.variables[other]
        else:
            written, value = _value(choices, name)
        scope = choices.choice(SCOPES)
        parts.append(f"{scope}{_cased(choices, name)} = {written}")
        values[name] = value
    model.variables |= values
    several = "several variables" if len(names) > 1 else "a variable"
    return [Question(f"SET of {several}", "SET " + ", ".join(parts)), *_get(choices, model, names)]


def _get(choices: Choices, model: _Model, names: Sequence[str] = ()) -> list[Question]:
    """Ask for variables that were set."""
    names = names or [name for name in model.variables if choices.chance(0.5)]
    if not names:
        return []
    asked = ", ".join(
        choice + _cased(choices, name)
        for name in names
        for choice in (choices.choice(("@@", "@@session.", "@@SESSION.")),)
    )
    row = tuple(_shown(model.variables[name]) for name in names)
    return [Question("SELECT of a variable", f"SELECT {asked}", (row,))]


def _show_variables(choices: Choices, model: _Model) -> list[Question]:
    """SHOW VARIABLES, whole or by a pattern."""
    name = choices.choice(tuple(model.variables) or NUMBERS[:2])
    whole = (name, f"{name[:3]}%", f"%{name[3:]}", f"{name[:-1]}_")
    part = choices.chance(0.2)
    pattern = name[:-1] if part else choices.choice(whole)
    known = dict(model.variables)
    like = re.compile(pattern.replace("%", ".*").replace("_", "."), re.IGNORECASE | re.DOTALL)

    def test(rows: Sequence[Row]) -> bool:
        found = {str(row[0]): row[1] for row in rows}
        if not all(like.fullmatch(key) for key in found):
            return False
        return all(
            isinstance(value, bool) or found.get(key) == _shown(value)
            for key, value in known.items()
            if like.fullmatch(key)
        )

    what = "SHOW VARIABLES by the start of a name" if part else "SHOW VARIABLES"
    return [Question(what, f"SHOW VARIABLES LIKE '{pattern}'", (), test=test)]


def _names(choices: Choices, model: _Model) -> list[Question]:
    """SET NAMES and SET CHARACTER SET, of charsets in which ASCII stays what it is."""
    name, default, other = choices.choice(CHARSETS)
    form = choices.integer(0, 2)
    written = choices.choice((name, f"'{name}'"))
    if form == 0:
        model.variables["character_set_connection"] = name
        model.variables["collation_connection"] = default or None
        text = f"SET NAMES {written}"
    elif form == 1:
        model.variables["character_set_connection"] = name
        model.variables["collation_connection"] = other
        text = f"SET NAMES {written} COLLATE {choices.choice((other, repr(other)))}"
    else:
        model.variables.pop("character_set_connection", None)
        model.variables.pop("collation_connection", None)
        text = f"SET CHARACTER SET {written}"
    if model.variables.get("collation_connection", "") is None:
        del model.variables["collation_connection"]
    model.variables |= {"character_set_client": name, "character_set_results": name}
    names = [key for key in model.variables if key.startswith(("char", "coll"))]
    return [Question("SET NAMES", text), *_get(choices, model, names)]


def _transaction(choices: Choices, model: _Model) -> list[Question]:
    """Begin, end, and the kind of transactions."""
    if choices.chance(0.5):
        # What begins and ends nothing here is answered all the same.
        text = choices.choice(("BEGIN", "COMMIT", "ROLLBACK", "START TRANSACTION", "begin"))
        return [Question(f"{text.upper()}", text)]
    level = choices.choice(LEVELS)
    parts = [f"ISOLATION LEVEL {level}"] if choices.chance(0.7) else []
    access = choices.choice(("READ ONLY", "READ WRITE"))
    parts += [access] if not parts or choices.chance(0.4) else []
    if parts[0] != access:
        model.variables["transaction_isolation"] = level.replace(" ", "-")
    if parts[-1] == access:
        model.variables["transaction_read_only"] = access == "READ ONLY"
    names = [name for name in model.variables if name.startswith("transaction")]
    text = f"SET SESSION TRANSACTION {', '.join(parts)}"
    return [Question("SET TRANSACTION", text), *_get(choices, model, names)]


def _use(choices: Choices, model: _Model) -> list[Question]:
    """Choose a database and ask which it is."""
    model.database = choices.choice(tuple(SCHEMA))
    asked = choices.choice(("DATABASE()", "SCHEMA()", "database()"))
    told = Question(f"SELECT {asked.upper()}", f"SELECT {asked}", ((model.database,),))
    if choices.chance(0.4):
        return [Question("the command to use a database", "", database=model.database), told]
    quoted = choices.choice((model.database, f"`{model.database}`"))
    return [Question("USE", f"USE {quoted}"), told]


def _functions(choices: Choices, model: _Model) -> list[Question]:
    """Who and when."""
    same = ("VERSION(), @@version", "USER(), SESSION_USER()")
    match choices.integer(0, 3):
        case 0:
            asked = choices.choice(same)
            return [
                Question(
                    *(f"SELECT {asked}", f"SELECT {asked}", ()),
                    test=lambda rows: len(rows) == 1 and rows[0][0] == rows[0][1] is not None,
                )
            ]
        case 1:
            asked = choices.choice(("CURRENT_USER", "CURRENT_USER()", "current_user()", "USER()"))
            user = model.user
            return [
                Question(
                    *(f"SELECT {asked.upper()}", f"SELECT {asked}", ()),
                    test=lambda rows: str(rows[0][0] or "").partition("@")[0] == user,
                )
            ]
        case 2:
            asked = choices.choice(("NOW()", "CURRENT_TIMESTAMP", "LOCALTIME()", "now()"))
            pattern = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
        case _:
            asked = choices.choice(("CURDATE()", "CURRENT_DATE", "CURRENT_DATE()"))
            pattern = re.compile(r"\d{4}-\d\d-\d\d")
    return [
        Question(
            *(f"SELECT {asked.upper()}", f"SELECT {asked}", ()),
            test=lambda rows: pattern.fullmatch(str(rows[0][0])) is not None,
        )
    ]


def _constants(choices: Choices, _model: _Model) -> list[Question]:
    """A query of no table."""
    pool = (("1", "1"), ("'a'", "a"), ("NULL", None), ("1.5", "1.5"), ("'It''s'", "It's"))
    cells = [choices.choice((*pool, ("1 + 1", "2"))) for _ in range(choices.choice((1, 1, 2, 3)))]
    # Names of columns may be needed to be different.
    asked = ", ".join(f"{written} AS k{at}" for at, (written, _) in enumerate(cells))
    limit = choices.choice(("", "", " LIMIT 1"))
    row = tuple(cell for _, cell in cells)
    return [Question("SELECT of constants", f"SELECT {asked}{limit}", (row,))]


def _statement(choices: Choices, _model: _Model) -> list[Question]:
    """A statement of the user's own tables."""
    text = choices.choice(STATEMENTS)
    return [Question("a statement", text, (("1",),), reaches=True)]


def _explain(choices: Choices, _model: _Model) -> list[Question]:
    what, text = choices.choice(EXPLAINED)
    return [Question(f"EXPLAIN of {what}", f"EXPLAIN {text}", (("1",),), reaches=True)]


def _hint(choices: Choices, model: _Model) -> list[Question]:
    """A variable for the time of one statement."""
    name = choices.choice(NUMBERS)
    value = choices.choice((9, 77))
    hint = f"/*+ SET_VAR({name}={value}) */"
    within: dict[str, object] = {name: value}
    if choices.chance(0.3):
        other = choices.choice([each for each in NUMBERS if each != name])
        hint = f"/*+ SET_VAR({name}={value}) SET_VAR({other}=3) */"
        within[other] = 3
    where, form = choices.choice(
        (
            ("", f"SELECT {hint} c1 FROM t1"),
            (" in a subquery", f"SELECT c1 FROM (SELECT {hint} c1 FROM t1) AS s"),
            (" in a subquery", f"SELECT c1 FROM t1 WHERE c1 IN (SELECT {hint} x FROM d2.t1)"),
            (" in a union", f"SELECT {hint} c1 FROM t1 UNION SELECT x FROM d2.t1"),
            (" in a subquery", f"WITH s AS (SELECT {hint} c1 FROM t1) SELECT c1 FROM s"),
        )
    )
    name_of = f"{'two hints' if len(within) > 1 else 'a hint'} SET_VAR{where}"
    asked = [Question(name_of, form, (("1",),), reaches=True, within=within)]
    return asked + (_get(choices, model, [name]) if name in model.variables else [])


def _show(choices: Choices, model: _Model) -> list[Question]:
    """What there is: databases, tables, columns."""
    database = choices.choice(tuple(SCHEMA))
    table = choices.choice(tuple(SCHEMA[database]))
    fields = tuple(SCHEMA[database][table])
    quoted = f"`{table}`" if " " in table or choices.chance(0.3) else table
    here = database == model.database
    tables = {(name,) for name in SCHEMA[database]}
    match choices.integer(0, 7):
        case 0:
            return [_listed("SHOW DATABASES", "SHOW DATABASES", {(name,) for name in SCHEMA})]
        case 1 | 2:
            words = choices.choice(("TABLES", "FULL TABLES"))
            where = "" if here and choices.chance(0.7) else f" FROM {database}"
            return [_listed(f"SHOW {words}", f"SHOW {words}{where}", tables, whole=True)]
        case 3 | 4:
            words = choices.choice(("COLUMNS", "FULL COLUMNS"))
            where = "" if here else f" FROM {database}"
            what = f"SHOW {words}{', its name quoted' if ' ' in table else ''}"
            return [_described(what, f"SHOW {words} FROM {quoted}{where}", fields)]
        case 5:
            word = choices.choice(("DESCRIBE", "DESC"))
            where = "" if here and choices.chance(0.7) else f"{database}."
            what = "another database" if where and not here else "this database"
            what += ", its name quoted" if " " in table else ""
            return [_described(f"DESCRIBE of {what}", f"{word} {where}{quoted}", fields)]
        case 6:
            prefix = choices.choice(("information_schema", "INFORMATION_SCHEMA"))
            text = (
                f"SELECT column_name FROM {prefix}.columns WHERE table_schema = '{database}' "
                f"AND table_name = '{table}' ORDER BY ordinal_position"
            )
            return [Question("information_schema", text, tuple((field,) for field in fields))]
        case _:
            word = choices.choice(("WARNINGS", "ERRORS", "STATUS"))
            return [Question(f"SHOW {word}", f"SHOW {word}", (), test=lambda _rows: True)]


def _listed(name: str, text: str, wanted: set[tuple[str]], *, whole: bool = False) -> Question:
    """A question whose rows begin with these names, in any order."""

    def test(rows: Sequence[Row]) -> bool:
        found = {(row[0],) for row in rows}
        return found == wanted if whole else found >= wanted

    return Question(name, text, (), test=test)


def _described(name: str, text: str, fields: tuple[str, ...]) -> Question:
    return Question(name, text, (), test=lambda rows: tuple(str(row[0]) for row in rows) == fields)


_KINDS: Final[tuple[Callable[[Choices, _Model], list[Question]], ...]] = (
    *(_set, _constants, _statement, _hint, _show, _use, _functions, _transaction, _names),
    *(_show_variables, _explain, _get, _set, _hint, _show, _statement),
)
