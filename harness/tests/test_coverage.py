"""What executions reach: counted, measured and instrumented, beside the real libFuzzer."""

from __future__ import annotations

import collections
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.children import instrument
from harness.children.coverage import Incidence, cover
from harness.tests.test_children import python
from targets.errors import FarmError


def bucket(hits: int) -> int:
    """libFuzzer's: 1, 2, 3, 4–7, 8–15, 16–31, 32–127, 128 and more."""
    return sum(hits >= start for start in (1, 2, 3, 4, 8, 16, 32, 128))


@given(st.lists(st.binary(max_size=12), max_size=12))
def test_incidence_agrees_with_sets(samples: list[bytes]) -> None:
    """Features seen, and seen once, as a naive count has them; the number of edges may grow."""
    incidence = Incidence()
    naive: collections.Counter[tuple[int, int]] = collections.Counter()
    for counters in samples:
        incidence.add(counters)
        naive.update({(edge, bucket(hits)) for edge, hits in enumerate(counters) if hits})
    assert incidence.sampled == len(samples)
    assert incidence.seen == len(naive)
    assert incidence.singletons == sum(1 for count in naive.values() if count == 1)


FEATURES = st.sets(st.tuples(st.integers(0, 12), st.sampled_from([1, 2, 4])))


@given(st.dictionaries(st.text("abc", max_size=3), st.tuples(st.integers(0, 9), FEATURES)))
def test_a_cover_reaches_everything(
    features_of: dict[str, tuple[int, set[tuple[int, int]]]],
) -> None:
    """All features, no input that adds nothing, the same result in any order."""
    kept = cover(features_of)
    reached = [features_of[name][1] for name in kept]
    assert set().union(*reached) == set().union(*(features for _, features in features_of.values()))
    for at, features in enumerate(reached):
        assert not features <= set().union(*reached[:at])
    assert cover(dict(reversed(features_of.items()))) == kept
    assert cover({name: features_of[name] for name in kept}) == kept


FUZZ = """
import json, pathlib, sys
import atheris
from harness.children import coverage, instrument

forgets, folder = sys.argv[1] == "forgets", pathlib.Path(sys.argv[2])
instrument.install(["targets.canary.reference"])
from targets.canary.reference import Canary
import targets.canary.sing
canary, said = Canary(), {"early": coverage.find_counters() is None, "forgot": True}

def run(data):
    if data[:2] not in (b"HA", b"ME"):
        canary.sing(data)

def execute(data):
    try:
        run(data)
    except LookupError:
        counters = coverage.find_counters()
        said["counted"] = any(counters.copy())
        if forgets:
            counters.forget()
            said["forgot"] = not any(counters.copy())
    if "features" not in said:
        hook = atheris._trace_branch
        said["features"] = [sorted(coverage.measure(run, b)) for b in (b"a", b"E", b"a")]
        said["hook"] = atheris._trace_branch is hook
        (folder / "said").write_text(json.dumps(said))
    if data[:2] == b"EX":
        (folder / "said").write_text(json.dumps(said))

corpus, seeds = folder / "corpus", folder / "seeds"
corpus.mkdir(), seeds.mkdir()
(seeds / "0").write_bytes(b"a")
atheris.Setup(
    ["x", "-runs=300", "-seed=1", "-max_len=8", str(corpus), str(seeds)],
    execute,
    custom_mutator=lambda data, size, seed: b"EX" if seed & 1 else b"EY",
)
atheris.Fuzz()
"""


@pytest.mark.parametrize("way", ["forgets", "remembers"])
def test_a_failing_input_is_not_kept(tmp_path: Path, way: str) -> None:
    """libFuzzer keeps what reaches something new; what was forgotten reached nothing.

    And without forgetting it does, so the counters are the right ones.
    """
    done = python(FUZZ, way, str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    kept = [path.read_bytes() for path in (tmp_path / "corpus").iterdir()]
    assert kept == [b"EX" if way == "remembers" else b"EY"]
    said = json.loads((tmp_path / "said").read_text())
    assert said["early"], "there are no counters before fuzzing begins"
    assert said["counted"]
    assert said["forgot"]
    plain, near, again = said["features"]
    assert plain == again != near
    assert plain
    assert said["hook"], "measuring gives the hook back"


def test_a_finder_covers_modules_by_prefix() -> None:
    """A module and what is below it, no namesake; what has no source is left to others."""
    finder = instrument.Finder(("json", "xml.dom", "math"))
    for name in ("json", "json.decoder", "xml.dom.minidom"):
        assert finder.covers(name)
    for name in ("jsonx", "xml", "xml.domx", "simplejson"):
        assert not finder.covers(name)
        assert finder.find_spec(name, None) is None
    found = finder.find_spec("json", None)
    assert found is not None
    assert type(found.loader) is instrument._Loader
    assert finder.find_spec("math", None) is None
    assert finder.find_spec("json.absent", None) is None


def test_what_is_imported_already_cannot_be_instrumented() -> None:
    """Its coverage would silently be missing; the line names the module, nothing is installed."""
    before = list(sys.meta_path)
    with pytest.raises(FarmError, match=r"json\.decoder.*imported before the subject"):
        instrument.install(["json"])
    assert sys.meta_path == before


def test_exactly_the_named_modules_are_instrumented() -> None:
    """Also when Python has their bytecode in its cache; and the cache stays clean."""
    code = """
    import dis, importlib, sys
    from harness.children import instrument
    instrument.install(["wsgiref.util"])
    import wsgiref.util, wsgiref.headers
    for module in (wsgiref.util.guess_scheme, wsgiref.headers._formatparam):
        names = {str(step.argval) for step in dis.get_instructions(module)}
        consts = repr(module.__code__.co_consts)
        print(any("trace" in name for name in names) or "trace" in consts)
    """
    for _ in range(2):
        assert python(code).stdout.split() == ["True", "False"]
