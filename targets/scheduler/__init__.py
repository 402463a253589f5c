"""Cron expressions and schedulers: the farm's own, croniter, cronsim, APScheduler, descriptions."""

from __future__ import annotations

from typing import Final

from targets.kinds import Machine, Property, Subject, Target
from targets.scheduler.reference.faults import FAULTS

ME: Final = "targets.scheduler"
QUESTIONS: Final = f"{ME}.cron.questions:strategy"

_REFERENCE: Final = ("clock", "cron", "disk", "errors", "fields", "scheduler", "store")
"""Modules of the reference but for its table of faults, which is read before any subject."""

TARGET = Target(
    subjects={
        "reference": Subject(
            adapter=f"{ME}.subjects.reference:subject",
            summary="the farm's own scheduler: expressions as croner reads them, and a job file",
            instrument=tuple(f"{ME}.reference.{name}" for name in _REFERENCE),
        ),
        "croniter": Subject(
            adapter=f"{ME}.subjects.croniter:subject",
            summary="croniter in both directions, with all its options and libraries of zones",
            package="croniter",
            instrument=("croniter",),
            requires=("croniter>=0.3.8",),
            pins={"<6.1": ("pytz>=2022",)},
        ),
        "cronsim": Subject(
            adapter=f"{ME}.subjects.cronsim:subject",
            summary="cronsim, which follows Debian's cron, in both directions, and its words",
            package="cronsim",
            instrument=("cronsim",),
            requires=("cronsim>=1",),
            pins={"<2": ("pytz>=2022",)},
        ),
        "apscheduler": Subject(
            adapter=f"{ME}.subjects.apscheduler:subject",
            summary="APScheduler: its triggers, and its scheduler under a virtual clock",
            package="APScheduler",
            instrument=("apscheduler",),
            requires=("APScheduler>=3.2,<4",),
            pins={"<3.11": ("pytz>=2022", "tzlocal<3", "six>=1.4", "setuptools<80")},
        ),
        "cron-descriptor": Subject(
            adapter=f"{ME}.subjects.cron_descriptor:subject",
            summary="cron-descriptor, with all its options, parts and locales",
            package="cron-descriptor",
            instrument=("cron_descriptor",),
            requires=("cron-descriptor>=1.2",),
        ),
    },
    checks={
        "parse": Property(
            strategy=f"{ME}.cron.parse:strategy",
            check=f"{ME}.cron.parse:check",
            summary="documented errors only; a strict grammar says what is accepted and refused",
        ),
        "next": Property(
            strategy=QUESTIONS,
            check=f"{ME}.cron.walk:check_next",
            summary="what follows is a match, moves on in absolute time, and nothing is left out",
            subjects=("reference", "croniter", "cronsim", "apscheduler"),
            weight=2.0,
        ),
        "prev": Property(
            strategy=QUESTIONS,
            check=f"{ME}.cron.walk:check_prev",
            summary="what precedes is a match, goes back in absolute time, and nothing is left out",
            subjects=("reference", "croniter", "cronsim"),
            weight=2.0,
        ),
        "match": Property(
            strategy=f"{ME}.cron.match:strategy",
            check=f"{ME}.cron.match:check",
            summary="a time is due just when the expression says so",
            subjects=("reference", "croniter"),
        ),
        "describe": Property(
            strategy=f"{ME}.cron.describe:strategy",
            check=f"{ME}.cron.describe:check",
            summary="proper expressions have words, and the words say all that is asked for",
            subjects=("cron-descriptor", "cronsim"),
            weight=2.0,
        ),
        "hashes": Property(
            strategy=f"{ME}.cron.hashes:strategy",
            check=f"{ME}.cron.hashes:check",
            summary="H and R stand for values of their range, and serve every period once",
            subjects=("croniter",),
            weight=0.5,
        ),
        "between": Property(
            strategy=f"{ME}.cron.between:strategy",
            check=f"{ME}.cron.between:check",
            summary="lists of matches between two times are whole, ordered and finite",
            subjects=("croniter",),
            weight=0.5,
        ),
        "triggers": Property(
            strategy=f"{ME}.cron.triggers:strategy",
            check=f"{ME}.cron.triggers:check",
            summary="triggers by field, interval and combination fire when they say",
            subjects=("apscheduler",),
            timeout_s=10.0,
        ),
        "folder": Property(
            strategy=f"{ME}.machine.folder:strategy",
            check=f"{ME}.machine.folder:check",
            summary="the folder of the job file does what a disk must do, and locks",
            subjects=("reference",),
            weight=0.25,
        ),
        "jobs": Machine(
            machine=f"{ME}.machine.jobs:machine",
            summary="whatever is done to jobs, crashes included, each match fires exactly once",
            subjects=("reference", "apscheduler"),
            weight=2.0,
        ),
    },
    faults=FAULTS,
)
