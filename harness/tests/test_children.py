"""The parts of a child process, each for itself; those around libFuzzer in a process of their own."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.children import instrument, last_input
from harness.children.channel import Channel
from harness.children.coverage import Incidence, cover
from harness.children.keeper import IMPROVEMENTS, Keeper
from harness.children.watch import SUSPECT_S, TICK_S, Watch
from harness.failure import Hang
from harness.tests.farm import ROOT, Example, write_project
from harness.tests.test_worker import hear
from harness.children.spec import Spec
from harness.worker import Worker


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that finds the rooms."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


# watch


class Watched:
    """A watch around `execute`, in this process."""

    def __init__(self, timeout_s: float, known_hangs: set[str], *outside: CodeType) -> None:
        self.executions = 0
        self.ticks = 0
        code: Any = self.execute
        self.watch = Watch(
            timeout_s,
            lambda: self.executions,
            code.__func__.__code__,
            self.tick,
            known_hangs,
            outside,
        )
        self.watch.start()

    def tick(self) -> None:
        self.ticks += 1

    def execute(self, run: Callable[[], object]) -> object:
        self.executions += 1
        return run()


WatchIn = Callable[..., Watched]


@pytest.fixture
def watch_in() -> Iterator[WatchIn]:
    """Starts a watch; afterwards the signals are as before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGVTALRM, signal.SIGUSR1)}

    def begin(timeout_s: float, *outside: CodeType, known: set[str] | None = None) -> Watched:
        return Watched(timeout_s, known or set(), *outside)

    yield begin
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    for number, handler in before.items():
        signal.signal(number, handler)


def burn(cpu_s: float = 60.0) -> None:
    """Use so many CPU seconds of this process."""
    end_s = time.process_time() + cpu_s
    while time.process_time() < end_s:
        pass


def test_an_endless_loop_is_interrupted(watch_in: WatchIn) -> None:
    """Where it hangs, after its CPU seconds; the next execution runs as if nothing was."""
    watched = watch_in(0.2)
    with pytest.raises(Hang, match=r"0\.2 s") as caught:
        watched.execute(burn)
    assert "burn" in [entry.name for entry in caught.traceback]
    assert 0.2 - TICK_S <= watched.watch.slowest_s <= 0.2 + TICK_S
    assert watched.ticks >= 0.2 / TICK_S
    assert watched.execute(lambda: 7) == 7


def test_a_known_path_is_cut_short(watch_in: WatchIn) -> None:
    """Who hangs where another worker hung already is not waited for; elsewhere it is."""
    first = watch_in(0.3)
    with pytest.raises(Hang):
        first.execute(burn)
    known = first.watch.known_hangs
    assert len(known) == 1
    second = watch_in(30.0, known=known)
    began_s = time.process_time()
    with pytest.raises(Hang):
        second.execute(burn)
    assert SUSPECT_S - TICK_S <= time.process_time() - began_s < 1.0
    second.execute(lambda: burn(3 * SUSPECT_S))


def test_sleeping_is_no_hang_until_it_is_said(watch_in: WatchIn) -> None:
    """Waiting uses no CPU time; SIGUSR1, which a silent worker gets, ends it."""
    watched = watch_in(0.1)
    watched.execute(lambda: threading.Event().wait(0.3))
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    with pytest.raises(Hang, match="waits or sleeps"):
        watched.execute(lambda: threading.Event().wait(20))
    timer.join()
    os.kill(os.getpid(), signal.SIGUSR1)  # outside of an execution it means nothing


def test_a_swallowed_hang_is_raised_again(watch_in: WatchIn) -> None:
    """Code that catches everything once does not get away."""

    def stubborn() -> None:
        with contextlib.suppress(BaseException):
            burn()
        burn()

    watched = watch_in(0.2)
    began_s = time.process_time()
    with pytest.raises(Hang):
        watched.execute(stubborn)
    assert time.process_time() - began_s < 1.0


def test_slow_code_elsewhere_is_no_hang(watch_in: WatchIn) -> None:
    """Neither between executions, nor in what an execution calls to keep a failure."""
    watched = watch_in(0.1, burn.__code__)
    burn(0.3)
    watched.execute(lambda: burn(0.3))
    assert watched.watch.known_hangs == set()


def test_an_execution_inside_of_another_is_watched(watch_in: WatchIn) -> None:
    """Measuring a corpus executes from within an execution."""

    def measuring() -> None:
        watched.execute(burn)

    watched = watch_in(0.1, measuring.__code__)
    with pytest.raises(Hang):
        watched.execute(measuring)


def test_many_quick_executions_are_no_hang(watch_in: WatchIn) -> None:
    """It is the time of one execution that counts."""
    watched = watch_in(0.1)
    end_s = time.process_time() + 0.4
    while time.process_time() < end_s:
        watched.execute(lambda: None)
    assert watched.watch.slowest_s <= 0.1


# coverage


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
    """libFuzzer keeps what reaches something new; a failure whose counters were forgotten did not.

    And without forgetting it does, so the counters are the right ones.
    """
    done = python(FUZZ, way, str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    kept = [path.read_bytes() for path in (tmp_path / "corpus").iterdir()]
    assert set(kept) == ({b"EX", b"EY"} if way == "remembers" else {b"EY"})
    said = json.loads((tmp_path / "said").read_text())
    assert said["early"], "there are no counters before fuzzing begins"
    assert said["counted"]
    assert said["forgot"]
    plain, near, again = said["features"]
    assert plain == again != near
    assert plain
    assert said["hook"], "measuring gives the hook back"


# instrument


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
    with pytest.raises(RuntimeError, match=r"imported before instrumentation: .*json\.decoder"):
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


# last input


DIES = """
import os, pathlib, signal, sys
from harness.children import last_input
memory = last_input.create(pathlib.Path(sys.argv[1]), 64)
data = os.fsencode(sys.argv[2])
if data != b"nothing":
    memory[8 : 8 + len(data)] = data
    memory[:8] = (len(data) + 1).to_bytes(8, "little")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("given", "found"), [("EX", b"EX"), ("", b""), ("y" * 64, b"y" * 64), ("nothing", None)]
)
def test_the_last_input_survives_any_death(
    tmp_path: Path, given: str, found: bytes | None
) -> None:
    """What a process executed when it was killed can be read; an empty input is an input."""
    assert last_input.read(tmp_path) is None
    assert python(DIES, str(tmp_path), given).returncode == -signal.SIGKILL
    assert last_input.read(tmp_path) == found


def test_a_damaged_last_input_is_none(tmp_path: Path) -> None:
    """A length beyond the file is not believed, a file that is too short neither."""
    for content in (b"", b"\1", (12).to_bytes(8, "little") + b"0123456789", b"\xff" * 20):
        (tmp_path / last_input.NAME).write_bytes(content)
        assert not last_input.read(tmp_path)
    (tmp_path / last_input.NAME).write_bytes((11).to_bytes(8, "little") + b"0123456789")
    assert last_input.read(tmp_path) == b"0123456789"


# limits


def test_hoarding_ends_in_a_memory_error() -> None:
    """After the limit was set, what is there already may be used, and so much more."""
    done = python(
        """
        from harness.children import limits
        limits.no_core_file()
        limits.limit_memory(64)
        hoard = []
        try:
            while True:
                hoard.append(bytearray(1 << 20))
        except MemoryError:
            count = len(hoard)
            del hoard
            print(count)
        """
    )
    assert 32 <= int(done.stdout) <= 64, done.stderr


def test_a_limit_is_only_lowered() -> None:
    """The user's own limit stays; without rights it could not be raised anyway."""
    done = python(
        """
        import resource
        from harness.children import limits
        limits.limit_memory(512)
        before = resource.getrlimit(resource.RLIMIT_AS)
        limits.limit_memory(1 << 20)
        print(resource.getrlimit(resource.RLIMIT_AS) == before)
        """
    )
    assert done.stdout == "True\n", done.stderr


def test_a_child_of_process_one_lives() -> None:
    """In a container the supervisor is process 1: that is no sign of its death."""
    done = python(
        """
        import os, select, sys
        from harness.children import limits
        read, write = os.pipe()
        if os.fork():
            os.close(write)
            os._exit(0)  # the child's parent is process 1, or who stands in for it, from now on
        os.close(write)
        os.read(read, 1)
        select.select([], [], [], 0.1)
        limits.die_with_parent()
        print("alive", flush=True)
        """
    )
    assert done.stdout == "alive\n"


# channel and keeper


class Heard:
    """A channel whose lines are read back."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        self.channel = Channel(self._write)

    def messages(self) -> list[dict[str, Any]]:
        """What was said since the last call."""
        with contextlib.suppress(BlockingIOError):
            return [json.loads(line) for line in os.read(self._read, 1 << 20).splitlines()]
        return []

    def close(self) -> None:
        for fd in (self._read, self._write):
            os.close(fd)


@pytest.fixture
def heard() -> Iterator[Heard]:
    """A channel and its other end."""
    made = Heard()
    yield made
    made.close()


def fails(data: bytes) -> None:
    """Fails in two ways, by two paths to the first of them."""
    if data.startswith(b"a"):
        raise KeyError("a")
    if data.startswith(b"b"):
        fails(b"a")
    raise LookupError(data)


def keep(keeper: Keeper, data: bytes) -> None:
    try:
        fails(data)
    except LookupError as error:
        keeper.keep(error, data)


def test_a_failure_is_kept_once_and_then_counted(tmp_path: Path, heard: Heard) -> None:
    """One sighting for each fingerprint, its input in a file; the rest is a number."""
    keeper = Keeper(heard.channel, tmp_path, (__name__,))
    for data in (b"a12", b"a34", b"x12", b"a56", b"x34"):
        keep(keeper, data)
    first, second = heard.messages()
    assert [message["kind"] for message in (first, second)] == ["sighting", "sighting"]
    assert Path(first["input"]).read_bytes() == b"a12"
    assert Path(second["input"]).read_bytes() == b"x12"
    assert first["failure"]["type"] == "KeyError"
    counts = {first["fingerprint"]: 3, second["fingerprint"]: 2}
    assert keeper.take_counts() == counts
    assert keeper.take_counts() == {}


def test_smaller_inputs_are_kept_a_few_times(tmp_path: Path, heard: Heard) -> None:
    """Each only when it is smaller than all before, and a bounded number of them."""
    keeper = Keeper(heard.channel, tmp_path, (__name__,))
    sizes = range(60, 20, -1)
    for size in sizes:
        keep(keeper, b"a" * size)
        keep(keeper, b"a" * 61)
    kept = [len(Path(message["input"]).read_bytes()) for message in heard.messages()]
    assert kept == list(sizes)[: 1 + IMPROVEMENTS]
    assert sum(keeper.take_counts().values()) == 2 * len(sizes)


def test_a_line_is_sent_whole(heard: Heard) -> None:
    """A line longer than the pipe arrives as one; a reader that is gone ends the child quietly."""
    code = """
    import os, sys
    from harness.children.channel import Channel
    channel = Channel(int(sys.argv[1]))
    channel.say("long", text="x" * 3_000_000)
    assert not channel.busy
    while True:
        channel.say("more")
    """
    ours, theirs = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(theirs)],
        pass_fds=(theirs,),
        env={"PYTHONPATH": str(ROOT)},
    )
    os.close(theirs)
    try:
        line = b""
        while b"\n" not in line:
            assert select.select([ours], [], [], 10)[0]
            line += os.read(ours, 1 << 20)
        assert len(json.loads(line.partition(b"\n")[0])["text"]) == 3_000_000
        os.close(ours)
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.wait()


HOARDER = Example(
    """
    SIZES = [1 << 20, 1 << 16, 1 << 12, 1 << 10, *range(560, 0, -16)]

    def hoard():
        lungs = None
        for size in SIZES:
            try:
                while True:
                    lungs = lungs, bytes(size)
            except MemoryError:
                pass
        while True:
            lungs = lungs, [lungs]

    def make():
        def subject(data):
            if data[:1] == b"M":
                hoard()
            if data[:1] == b"N":
                try:
                    hoard()
                except MemoryError as error:
                    raise ValueError("no memory") from error
        return subject
    """,
    seeds=(b"M", b"N"),
)


def test_the_last_byte_of_memory_ends_nothing(tmp_path: Path) -> None:
    """Failing without any memory left is recorded like any failure, and the job goes on."""
    project = write_project(tmp_path / "project", {"hoarder": HOARDER})
    (tmp_path / "corpus").mkdir()
    spec = Spec(
        "hoarder:read@own",
        "examples.hoarder",
        "read",
        "own",
        str(tmp_path / "job"),
        corpus=str(tmp_path / "corpus"),
        seeds=(str(project / "examples" / "hoarder" / "corpus" / "seeds"),),
        sys_path=(str(project),),
        executions=200,
    )
    worker = Worker("atheris", Path(sys.executable), spec)
    try:
        assert worker.wait(20)
        messages = hear(worker)
    finally:
        worker.close()
    log = (worker.folder / "log.txt").read_text()
    assert [message for message in messages if message["kind"] == "broke"] == [], log
    failures = [m["failure"] for m in messages if m["kind"] == "sighting"]
    types = {failure["type"] for failure in failures if isinstance(failure, dict)}
    assert types == {"MemoryError", "ValueError"}
