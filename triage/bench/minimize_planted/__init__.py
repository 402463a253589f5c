"""Sixteen planted crashes of different shapes, for `fuzz bench minimize`."""

from targets.kinds import Fuzz, Subject, Target

_TEXTS = "triage.bench.minimize_planted.texts"
_RECORDS = "triage.bench.minimize_planted.records"
_ENDINGS = "triage.bench.minimize_planted.endings"

CHECKS = {
    "tokens": Fuzz(f"{_TEXTS}:tokens", "two words far apart, in order"),
    "nesting": Fuzz(f"{_TEXTS}:nesting", "brackets that balance, twelve deep"),
    "sql": Fuzz(f"{_TEXTS}:sql", "a comment in a quoted text"),
    "json": Fuzz(f"{_TEXTS}:json", "a wrong member of a document"),
    "header": Fuzz(f"{_TEXTS}:header", "a bad line below the right header"),
    "number": Fuzz(f"{_TEXTS}:number", "a number above a threshold"),
    "name": Fuzz(f"{_TEXTS}:name", "a name used after it was dropped"),
    "unicode": Fuzz(f"{_TEXTS}:unicode", "characters of several bytes"),
    "frames": Fuzz(
        f"{_RECORDS}:frames",
        "a command in length-prefixed frames",
        tokens="targets.resp.tokens:tokens",
    ),
    "checksum": Fuzz(f"{_RECORDS}:checksum", "a payload whose checksum is right"),
    "repeats": Fuzz(f"{_RECORDS}:repeats", "a pattern forty times"),
    "guard": Fuzz(f"{_RECORDS}:guard", "a flag without which another bug shows"),
    "hang": Fuzz(f"{_ENDINGS}:hang", "a loop without end", timeout_s=0.3),
    "abort": Fuzz(f"{_ENDINGS}:abort", "a native death"),
    "memory": Fuzz(f"{_ENDINGS}:memory", "memory without end", memory_mib=64),
    "recursion": Fuzz(f"{_ENDINGS}:recursion", "a definition of itself by itself"),
}

TARGET = Target(
    subjects={
        "planted": Subject(
            adapter="triage.bench.minimize_planted.plant:subject",
            summary="readers with a planted bug each, and others beside it to slip to",
            instrument=(_TEXTS, _RECORDS, _ENDINGS),
        ),
    },
    checks=CHECKS,
)
