"""cron-descriptor: words for an expression, with all its options and locales."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from targets.scheduler.cron.dialects import DESCRIPTOR
from targets.scheduler.cron.wording import Wording
from targets.scheduler.implementation import Cron, Options, Refused
from targets.scheduler.subjects.releases import release_of

_ERRORS: Final = ("FormatException", "MissingFieldException", "FormatError", "MissingFieldError")
"""Of an expression that cannot be read, in all releases."""


def subject() -> Cron:
    """The installed release."""
    import cron_descriptor

    adapter = _Adapter(cron_descriptor)
    return Cron(
        name="cron-descriptor",
        dialect=DESCRIPTOR,
        parse=adapter.parse,
        describe=adapter.describe,
        offers=frozenset({"wording"}),
        modules=("cron_descriptor",),
        release=adapter.release,
        package=cron_descriptor,
    )


class _Adapter:
    """Knows which options and errors the release has."""

    def __init__(self, package: Any) -> None:
        self.release = release_of("cron-descriptor")
        self.package = package
        from cron_descriptor import Exception as errors

        self.refusals = tuple(getattr(errors, name) for name in _ERRORS if hasattr(errors, name))

    def parse(self, text: str, _options: Options) -> object:
        """By describing it in full."""
        return self.describe(text, Wording())

    def describe(self, text: str, wording: object) -> str:
        """Refused: its two errors for an expression that it cannot read."""
        assert isinstance(wording, Wording)
        options = self.package.Options()
        for field in dataclasses.fields(wording):
            value = getattr(wording, field.name)
            if field.name == "casing_type":
                value = getattr(self.package.CasingTypeEnum, value)
            if hasattr(options, field.name) and field.name != "part":
                setattr(options, field.name, value)
        part = getattr(self.package.DescriptionTypeEnum, wording.part)
        try:
            made = self.package.ExpressionDescriptor(text, options)
            return str(made.get_description(part))
        except self.refusals as refused:
            raise Refused(f"{type(refused).__name__}: {refused}") from refused
