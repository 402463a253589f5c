"""Check: an input is accepted iff a second parser or a strict grammar accepts it, as one value."""

from __future__ import annotations

import collections
from typing import Final

from targets.formats.flat import brief, difference
from targets.formats.implementation import (
    Implementation,
    Outcome,
    Partner,
    Silent,
    modes,
    outcome,
)
from targets.oracles import Violation

fired: Final[collections.Counter[str]] = collections.Counter()
"""How often each exemption excused a difference in this process."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation when verdict or value differ and no exemption applies."""
    for variant in modes(subject, data):
        if variant.compare is not None:
            variant.compare(data)
        if not variant.partners:
            continue
        mine = outcome(variant.decode, data)
        for partner in variant.partners:
            try:
                theirs = outcome(partner.decode, data)
            except Silent:
                continue
            found = _compare(mine, theirs, variant, partner)
            if found is None or _excused(data, mine, theirs, partner):
                continue
            raise Violation(f"agree: {variant.name} {found[0]}", found[1])


def _compare(
    mine: Outcome, theirs: Outcome, subject: Implementation, partner: Partner
) -> tuple[str, str] | None:
    """What differs, and details; None: nothing."""
    if mine.accepted and not theirs.accepted:
        return (
            f"accepts what {partner.name} refuses: {theirs.refused}",
            f"as {brief(mine.value)}",
        )
    if theirs.accepted and not mine.accepted:
        return (
            f"refuses what {partner.name} accepts: {mine.refused}",
            f"as {brief(theirs.value)}",
        )
    if not mine.accepted or partner.verdict_only:
        return None
    found = difference(subject.normal(mine.value), partner.normal(theirs.value))
    if found is None:
        return None
    return f"reads another value than {partner.name}: {found[0]}", found[1]


def _excused(data: bytes, mine: Outcome, theirs: Outcome, partner: Partner) -> bool:
    for exemption in partner.exemptions:
        if exemption.applies(data, mine, theirs):
            fired[exemption.name] += 1
            return True
    return False
