"""A crash keeps the ids that older versions of the fingerprint gave it, as aliases."""

from __future__ import annotations

from harness.failure import Failure, Frame
from harness.fingerprint import fingerprint, former

OWN = ("subject",)


def test_the_name_of_an_oracle_counts_to_its_end() -> None:
    """Two oracles that differ behind a digit or a quote are two; each keeps its older id."""

    def named(about: str) -> Failure:
        return Failure("oracle", "Violation", f"{about}: 3 rows", about=about)

    missing, failing = named("serve: has status 404 for a file"), named("serve: has status 500")
    assert fingerprint(missing, OWN) == "v2|oracle|Violation|serve: has status 404 for a file"
    assert fingerprint(missing, OWN) != fingerprint(failing, OWN)
    assert (
        former(missing, OWN)[0]
        == former(failing, OWN)[0]
        == "v2|oracle|Violation|serve: has status"
    )
    plain = named("chunks differ")
    assert all(line.startswith("v1|") for line in former(plain, OWN))


def test_older_versions_are_known() -> None:
    """The lines by which a failure was known before, the newest first."""
    frames = tuple(Frame("subject", name, 3) for name in ("parse", "Reader.read", "number"))
    failure = Failure("exception", "ValueError", "…", frames=frames)
    assert former(failure, OWN) == (
        "v1|exception|ValueError|subject.parse > subject.Reader.read > subject.number",
    )
