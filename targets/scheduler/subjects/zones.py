"""The same time zone in the libraries that packages of different ages work with."""

from __future__ import annotations

import datetime
import functools
import importlib.util
import zoneinfo
from typing import Any


@functools.lru_cache(maxsize=8)
def has(library: str) -> bool:
    """Whether it is installed beside the subject."""
    return importlib.util.find_spec(library.partition(".")[0]) is not None


def key_of(moment: datetime.datetime) -> str:
    """The name of a moment's zone; empty: it has none."""
    zone = moment.tzinfo
    return zone.key if isinstance(zone, zoneinfo.ZoneInfo) and zone.key else ""


@functools.lru_cache(maxsize=256)
def zone_in(library: str, key: str) -> Any:
    """The zone of this name as an object of `zoneinfo`, `pytz` or `dateutil`."""
    match library:
        case "pytz":
            import pytz

            return pytz.timezone(key)
        case "dateutil":
            import dateutil.tz

            return dateutil.tz.gettz(key)
        case _:
            return zoneinfo.ZoneInfo(key)


def moved(moment: datetime.datetime, library: str) -> datetime.datetime:
    """The same instant in a zone of that library; without a zone it stays as it is."""
    key = key_of(moment)
    if not key or library == "zoneinfo":
        return moment
    return moment.astimezone(zone_in(library, key))
