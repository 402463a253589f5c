"""MySQL packets in both directions: the farm's reference and the clients written in Python."""

from __future__ import annotations

from targets.kinds import Fault, Fuzz, Subject, Target

MUTATE = "targets.mysql.grammar:mutate"
STRATEGY = "targets.mysql.grammar:strategy"
TOKENS = "targets.mysql.grammar:tokens"
CLIENTS = ("reference", "pymysql", "mysql-connector-python", "aiomysql", "asyncmy")

TARGET = Target(
    subjects={
        "reference": Subject(
            adapter="targets.mysql.clients:reference",
            summary="the farm's own client: packets, handshake, results, prepared statements",
            instrument=(
                "targets.mysql.reference",
                "targets.mysql.literals.reference",
                "targets.mysql.memory.reference",
            ),
        ),
        "pymysql": Subject(
            adapter="targets.mysql.clients:pymysql",
            summary="PyMySQL on a socket in memory",
            package="PyMySQL",
            instrument=("pymysql",),
            requires=("PyMySQL>=0.9",),
        ),
        "mysql-connector-python": Subject(
            adapter="targets.mysql.connector:mysql_connector",
            summary="mysql-connector-python, the implementation in Python, on a socket in memory",
            package="mysql-connector-python",
            instrument=(
                "mysql.connector.protocol",
                "mysql.connector.network",
                "mysql.connector.connection",
                "mysql.connector.conversion",
                "mysql.connector.cursor",
                "mysql.connector.utils",
            ),
            requires=("mysql-connector-python>=8.0.23",),
        ),
        "aiomysql": Subject(
            adapter="targets.mysql.async_clients:aiomysql",
            summary="aiomysql on an event loop in memory",
            package="aiomysql",
            instrument=("aiomysql", "pymysql"),
            requires=("aiomysql>=0.0.21",),
            pins={"<0.1": ("PyMySQL>=0.9,<1.0",), ">=0.1": ("PyMySQL>=1.0,<1.3",)},
        ),
        "asyncmy": Subject(
            adapter="targets.mysql.async_clients:asyncmy",
            summary="asyncmy, compiled, on an event loop in memory; the reference guides",
            package="asyncmy",
            # C code gives no coverage: the reference reads the same bytes beside it (`guide`).
            instrument=("targets.mysql.reference",),
            requires=("asyncmy>=0.2.5",),
        ),
        "mysql-mimic": Subject(
            adapter="targets.mysql.mimic.server:mysql_mimic",
            summary="mysql-mimic, a server, on a stream in memory",
            package="mysql-mimic",
            instrument=("mysql_mimic",),
            requires=("mysql-mimic>=2",),
            # A later sqlglot has not what old releases use of it: each has that of its time.
            pins={
                "<2.2": ("sqlglot>=10,<11",),
                ">=2.2,<2.3": ("sqlglot>=11,<12",),
                ">=2.3,<2.4": ("sqlglot>=16,<17",),
                ">=2.4,<2.5": ("sqlglot>=18,<19",),
                ">=2.5,<2.5.4": ("sqlglot>=20,<21",),
                ">=2.5.4": ("sqlglot>=20",),
            },
        ),
        "mysql-replication": Subject(
            adapter="targets.mysql.binlog.replication:mysql_replication",
            summary="python-mysql-replication: its classes for events of the binary log",
            package="mysql-replication",
            instrument=("pymysqlreplication",),
            requires=("mysql-replication>=0.24",),
            pins={
                "<1.0": ("PyMySQL>=1.0,<1.1.1",),
                ">=1.0,<1.0.9": ("PyMySQL>=1.1,<1.1.1", "packaging>=24"),
                ">=1.0.9": ("PyMySQL>=1.1", "packaging>=24"),
            },
        ),
        "sqlparse": Subject(
            adapter="targets.mysql.clients:sqlparse",
            summary="the kind of a statement as sqlparse names it",
            package="sqlparse",
            instrument=("sqlparse",),
            requires=("sqlparse>=0.4",),
        ),
    },
    checks={
        "packets": Fuzz(
            check="targets.mysql.packets:check",
            summary="only documented errors, no hang, memory by the bytes received",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=CLIENTS,
        ),
        "split": Fuzz(
            check="targets.mysql.split:check",
            summary="however the stream is cut, the conversation is the same",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=CLIENTS,
        ),
        "roundtrip": Fuzz(
            check="targets.mysql.roundtrip:check",
            summary="client and server understand each other, values and commands, both protocols",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=CLIENTS,
            weight=2.0,
        ),
        "escape": Fuzz(
            check="targets.mysql.escape:check",
            summary="each parameter becomes one SQL literal of its value, in any charset and mode",
            mutate="targets.mysql.literals.grammar:mutate",
            strategy="targets.mysql.literals.grammar:strategy",
            tokens="targets.mysql.literals.cases:tokens",
            subjects=CLIENTS,
            seeds="parameters",
            dictionary="parameters.txt",
            max_size_bytes=1024,
            weight=1.5,
            sensitive=True,
        ),
        "rogue": Fuzz(
            check="targets.mysql.rogue:check",
            summary="a scripted server gets no file, no password in clear, and confuses no answers",
            mutate="targets.mysql.memory.grammar:mutate",
            strategy="targets.mysql.memory.grammar:strategy",
            tokens="targets.mysql.memory.script:tokens",
            subjects=CLIENTS,
            seeds="rogue",
            dictionary=None,
            max_size_bytes=96,
            weight=1.0,
            sensitive=True,
        ),
        "commands": Fuzz(
            check="targets.mysql.commands:check",
            summary="a server answers each command once, with its session's values, however cut",
            mutate="targets.mysql.binlog.grammar:mutate",
            strategy="targets.mysql.binlog.grammar:strategy",
            tokens="targets.mysql.binlog.grammar:tokens",
            subjects=("mysql-mimic",),
            seeds="commands",
            dictionary=None,
            max_size_bytes=1024,
            timeout_s=2.0,
        ),
        "session": Fuzz(
            check="targets.mysql.session:check",
            summary="a server's session remembers what was set and answers what servers know",
            mutate="targets.mysql.binlog.grammar:mutate",
            strategy="targets.mysql.binlog.grammar:strategy",
            tokens="targets.mysql.binlog.grammar:tokens",
            subjects=("mysql-mimic",),
            seeds="session",
            dictionary=None,
            max_size_bytes=256,
        ),
        "gtids": Fuzz(
            check="targets.mysql.gtids:check",
            summary="sets of global transaction numbers are what sets are, in text and bytes",
            mutate="targets.mysql.binlog.grammar:mutate",
            strategy="targets.mysql.binlog.grammar:strategy",
            tokens="targets.mysql.binlog.grammar:tokens",
            subjects=("mysql-replication", "asyncmy"),
            seeds="gtids",
            dictionary=None,
            max_size_bytes=64,
            weight=0.2,
        ),
        "events": Fuzz(
            check="targets.mysql.events:check",
            summary="events of the binary log are read with the values that they were built with",
            mutate="targets.mysql.binlog.grammar:mutate",
            strategy="targets.mysql.binlog.grammar:strategy",
            tokens="targets.mysql.binlog.grammar:tokens",
            subjects=("mysql-replication",),
            seeds="events",
            dictionary=None,
            max_size_bytes=1024,
        ),
        "classify": Fuzz(
            check="targets.mysql.classify:check",
            summary="read, write, begin or end: as the contract says, and as sqlparse says",
            mutate="targets.mysql.statements:mutate",
            strategy="targets.mysql.statements:strategy",
            tokens="targets.mysql.statements:tokens",
            subjects=("reference", "sqlparse"),
            seeds="statements",
            dictionary="statements.txt",
            max_size_bytes=1024,
            weight=0.5,
        ),
    },
    faults={
        "claimed-length": Fault(
            "memory for a packet is taken by its claimed length, before its bytes arrive",
            checks=("packets",),
        ),
        "greeting-cut": Fault(
            "a greeting without its last fixed bytes is read past its end", checks=("packets",)
        ),
        "short-statement": Fault(
            "the number of a statement is read from less than five bytes", checks=("packets",)
        ),
        "three-byte-length": Fault("lengths of three bytes lose the third", checks=("packets",)),
        "length-251": Fault("251 is written as one byte, which means NULL", checks=("packets",)),
        "torn-header": Fault("a header that comes in two pieces is dropped", checks=("split",)),
        "continuation": Fault(
            "a packet of 2^24-1 bytes is taken for a whole one", checks=("roundtrip",)
        ),
        "first-eof": Fault("a result ends at the first EOF packet", checks=("roundtrip",)),
        "one-result": Fault("further results are left on the wire", checks=("roundtrip",)),
        "end-of-rows": Fault(
            "a row that begins with 0xFE ends the rows, whatever its length", checks=("roundtrip",)
        ),
        "null-bits": Fault(
            "NULL bits of binary rows are read two too early", checks=("roundtrip",)
        ),
        "error-state": Fault(
            "an error without a state loses the start of its text", checks=("roundtrip",)
        ),
        "sequence-255": Fault("the sequence number does not wrap at 256", checks=("packets",)),
        "escape-dict-in-list": Fault("a dict in a list is written as its text", ("escape",)),
        "escape-wide-charset": Fault("the second byte of a character is a quote", ("escape",)),
        "escape-mode-ignored": Fault("NO_BACKSLASH_ESCAPES is not heeded", ("escape",)),
        "escape-raw-bytes": Fault("bytes are quoted in the connection's charset", ("escape",)),
        "escape-negative-time": Fault("a negative time is complemented by parts", ("escape",)),
        "escape-batch-loses-row": Fault(
            "executemany drops the row that does not fit any more", ("escape",)
        ),
        "escape-procedure": Fault("the name of a procedure is not quoted", ("escape",)),
        "rogue-infile": Fault("any file that the server asks for is sent", ("rogue",)),
        "rogue-clear-password": Fault("the password is sent in clear when asked for", ("rogue",)),
        "rogue-stale-answer": Fault(
            "further results are left, and taken for the next answer", ("rogue",)
        ),
        "first-word": Fault("only blanks end the first word of a statement", checks=("classify",)),
        "lock-case": Fault("a lock in small letters is overlooked", checks=("classify",)),
    },
)
