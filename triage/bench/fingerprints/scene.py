"""One sighting: a commit of a package with its bug, laid out and driven as on some machine.

A child is really run; the paths in what it printed are written as if its tree were the root.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from typing import Any

import harness
from harness.failure import from_death, to_record
from triage.bench.fingerprints import commits
from triage.bench.fingerprints.labelled import Sighting, live_file, text_file
from triage.bench.fingerprints.planted import Bug, Package, planted

HERE = pathlib.Path(__file__).parent
ROOT = pathlib.Path(harness.__file__).parents[1]
"""Where the farm's own rooms are imported from."""
TIMEOUT_S = 60.0
"""Of one child; most need a tenth of a second."""
_HOME = "/" + "home"
LAYOUTS: Mapping[str, tuple[float, str, str]] = {
    "venv": (
        40,
        f"{_HOME}/dev/project/.venv/lib/python{{v}}/site-packages",
        f"{_HOME}/dev/project",
    ),
    "tox": (20, f"{_HOME}/ci/b-17/.tox/py/lib/python{{v}}/site-packages", f"{_HOME}/ci/b-17/tests"),
    "image": (20, "/usr/local/lib/python{v}/site-packages", "/app"),
    "bare": (5, "/opt/service/lib/python{v}/site-packages", "/opt/service"),
    "source": (9, "/app/src", "/app/tools"),
    "build": (10, "/tmp/build-4711/{package}", "/tmp/build-4711"),
}
"""How often each is drawn, where the package is in it, and where the driver.

In `bare` the package is without its source: its tracebacks have no source lines.
"""
WORDS = ("load", "read", "handle", "process", "check", "parse_one", "ingest", "convert", "fetch")
JOBS = ("intake", "nightly", "report", "sync", "upload", "crawl", "index", "preview", "feed")


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """One sighting to be made: every choice drawn beforehand, so that the order does not matter."""

    name: str
    package: Package
    bug: Bug
    commit: str
    route: str
    entry: str
    layout: str
    python: pathlib.Path
    version: str
    data: bytes
    seed: int


def make(
    plan: Plan, folder: pathlib.Path, cache: pathlib.Path, scratch: pathlib.Path
) -> Sighting | str:
    """Run one sighting's driver in its tree; the label, or why there is none."""
    sighting = Sighting(
        name=plan.name,
        bug=f"{plan.package.name}:{plan.bug.name}",
        package=plan.package.name,
        part=plan.package.part,
        expected=plan.bug.type,
        own=plan.package.own,
        commit=plan.commit,
        route=plan.route,
        entry=plan.entry,
        layout=plan.layout,
        python=plan.version,
        live=False,
    )
    root, record = scratch / plan.name / "root", scratch / plan.name / "record.json"
    try:
        site, driver = _tree(plan, cache, root)
        text, code = _run(plan, cache, site, driver, record)
        text = _as_if_at_root(text, plan, cache, root)
        if not _is_planted(plan, text):
            end = (text.strip().splitlines() or ["(nothing)"])[-1]
            return (
                f"{plan.name} {sighting.bug} {plan.commit} {plan.route}: exit {code}: {end[:150]}"
            )
        text_file(folder, sighting).write_text(text, encoding="utf-8")
        if plan.bug.kind == "death":
            roots = [_site(plan)]
            failure = to_record(from_death(plan.bug.type, text, roots))
            live_file(folder, sighting).write_text(json.dumps(failure), encoding="utf-8")
        elif record.exists() and record.stat().st_size:
            written = _as_if_at_root(record.read_text(encoding="utf-8"), plan, cache, root)
            live_file(folder, sighting).write_text(written, encoding="utf-8")
    finally:
        shutil.rmtree(scratch / plan.name, ignore_errors=True)
    return dataclasses.replace(sighting, live=live_file(folder, sighting).exists())


def sources(plan: Plan, read: Mapping[str, str]) -> dict[str, str]:
    """The files that the bug and the commit change, from the released ones in `read`."""
    bug, rng = plan.bug, random.Random(plan.seed)
    texts = planted(bug, read.__getitem__)
    first, name = bug.edits[0].file, bug.function
    if plan.commit == "extracted":
        texts[first] = commits.extracted(texts[first], f"_{rng.choice(WORDS)}_{rng.choice(JOBS)}")
    elif plan.commit == "hoisted":
        texts[first] = commits.hoisted(texts[first], rng.choice(("found", "part", "current")))
    texts = {file: commits.unmarked(text) for file, text in texts.items()}
    if plan.commit == "edited":
        texts[first] = commits.edited(texts[first], name, rng)
    elif plan.commit == "decorated":
        texts[first] = commits.decorated(texts[first], name)
    elif plan.commit in ("rethrown", "silenced"):
        how = "from error" if plan.commit == "rethrown" else "from None"
        for guard in plan.package.guards:
            file, _, function = guard.partition(":")
            texts[file] = commits.rethrown(texts.get(file, read[file]), function, how)
    elif plan.commit == "renamed":
        texts |= commits.renamed({**read, **texts}, bug.rename)
    if plan.commit == "reformatted":
        return {file: commits.reformatted(text) for file, text in texts.items()}
    if plan.commit != "base":
        everything = {**read, **texts}
        # The same later revision of all files, whichever sighting meets it.
        for file, text in everything.items():
            texts[file] = commits.shifted(text, random.Random(f"{plan.commit} {file}"))
    return texts


def read_routes() -> dict[str, dict[str, Any]]:
    """The ways to call a package, by name."""
    return tomllib.loads((HERE / "routes.toml").read_text(encoding="utf-8"))


@functools.cache
def _released(folder: pathlib.Path, own: tuple[str, ...]) -> Mapping[str, str]:
    """The texts of the package's own modules that a commit may change."""
    found = {}
    for module in own:
        single = folder / f"{module}.py"
        for path in [single] if single.exists() else sorted((folder / module).rglob("*.py")):
            if path.stat().st_size < 200_000:  # larger ones are tables
                found[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
    return found


def _tree(plan: Plan, cache: pathlib.Path, root: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """Lay out the package and the driver; where the package is, and the driver's file."""
    installed = cache / "installed" / plan.package.name
    site = root / _site(plan).lstrip("/")
    for module in plan.package.own:
        source = installed / module
        if source.is_dir():
            shutil.copytree(source, site / module, copy_function=os.link)
        else:
            site.mkdir(parents=True, exist_ok=True)
            os.link(installed / f"{module}.py", site / f"{module}.py")
    for file, text in sources(plan, _released(installed, plan.package.own)).items():
        (site / file).unlink()
        (site / file).write_text(text, encoding="utf-8")
    if plan.layout == "bare":
        command = [str(plan.python), "-m", "compileall", "-q", "-b", str(site)]
        subprocess.run(command, check=True, timeout=TIMEOUT_S, env={"PYTHONHASHSEED": "0"})
        for path in site.rglob("*.py"):
            path.unlink()
    rng = random.Random(f"driver {plan.seed}")
    word, job = rng.choice(WORDS), rng.choice(JOBS)
    route = read_routes()[plan.route]
    stem = f"test_{job}" if route.get("pytest") or plan.route == "unittest" else f"{job}_{word}"
    driver = root / LAYOUTS[plan.layout][2].lstrip("/") / f"{stem}.py"
    driver.parent.mkdir(parents=True, exist_ok=True)
    driver.write_text(_driver(plan, route["body"], word, job, rng), encoding="utf-8")
    (root / "input").write_bytes(plan.data)
    return site, driver


def _site(plan: Plan) -> str:
    return LAYOUTS[plan.layout][1].format(v=plan.version, package=plan.package.name)


def _driver(plan: Plan, body: str, word: str, job: str, rng: random.Random) -> str:
    direct = plan.entry == "direct"
    expression = (plan.bug.direct if direct else plan.package.entries[plan.entry]).strip()
    if plan.commit == "renamed":
        expression = commits.renamed({"": expression}, plan.bug.rename).get("", expression)
    lines = expression.splitlines() if "\n" in expression else [f"return {expression}"]
    uses_text = re.search(r"\btext\b", expression) is not None
    decode = ['text = data.decode("utf-8", "surrogateescape")'] if uses_text else []
    define = "\n    ".join([f"def {word}(data):", *decode, *lines])
    work = rng.choice([item for item in ("work", "run", "step", "do_it", job) if item != word])
    values = {
        "imports": plan.package.imports.strip(),
        "define": define,
        "call": word,
        "work": work,
        "job": job,
        "Job": job.capitalize(),
        "seconds": f"{rng.uniform(0.15, 0.5):.2f}",
    }
    return re.sub(r"@(\w+)@", lambda found: values[found[1]], body).lstrip()


def _run(
    plan: Plan, cache: pathlib.Path, site: pathlib.Path, driver: pathlib.Path, record: pathlib.Path
) -> tuple[str, int]:
    """What the driver printed on both streams, and its exit code."""
    installed = cache / "installed"
    places = (site, installed / plan.package.name, installed / "_tools", HERE / "recorder", ROOT)
    data = next(parent for parent in driver.parents if (parent / "input").exists()) / "input"
    route = read_routes()[plan.route]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(map(str, places)),
        "PYTHONHASHSEED": "0",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHON_COLORS": "0",
        "INPUT": str(data),
        "RECORD": str(record) if route.get("live", True) else "",
    }
    command = [str(plan.python), "-B", "-W", "ignore"]
    if plan.bug.kind == "death":
        command += ["-X", "faulthandler"]
    if route.get("pytest"):
        command += ["-m", "pytest", "-q", "--tb=native", "-p", "no:cacheprovider", "-c", os.devnull]
        command += [f"--rootdir={driver.parent}"]
    try:
        done = subprocess.run(
            [*command, str(driver), *([] if route.get("pytest") else [str(data)])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=driver.parent,
            env=environment,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return f"no end after {late.timeout} s", -1
    text = done.stdout.decode("utf-8", "replace")
    return _shown(text, route.get("form", ""), plan.seed), done.returncode


def _shown(text: str, form: str, seed: int) -> str:
    """The text as a container's log or a dated one shows it."""
    if form == "container":
        return "".join(f"web-{seed % 3 + 1}  | {line}\n" for line in text.splitlines())
    if form == "dated":
        lines = enumerate(text.splitlines(), seed % 40_000)
        stamp = "2026-03-04T{:02d}:{:02d}:{:02d}.{:06d}Z stderr F "
        return "".join(
            stamp.format(n // 3600, n // 60 % 60, n % 60, n * 7919 % 1_000_000) + f"{line}\n"
            for n, line in lines
        )
    return text


def _as_if_at_root(text: str, plan: Plan, cache: pathlib.Path, root: pathlib.Path) -> str:
    libraries = _site(plan)
    if "site-packages" not in libraries:
        libraries = f"/usr/local/lib/python{plan.version}/site-packages"
    text = text.replace(str(root), "")
    for folder in (cache / "installed" / plan.package.name, cache / "installed" / "_tools"):
        text = text.replace(str(folder), libraries)
    text = text.replace(str(ROOT), "/opt/farm")
    return re.sub(r"(?<=[\"' ])/[^\"'\s]*/lib/python3\.\d+/(?!site-)", _standard(plan), text)


def _standard(plan: Plan) -> str:
    return f"/usr/local/lib/python{plan.version}/"


def _is_planted(plan: Plan, text: str) -> bool:
    """Whether it shows the planted failure, and no other."""
    match plan.bug.kind:
        case "death":
            return "Fatal Python error" in text
        case "hang":
            return "Timeout (" in text or "harness.failure.Hang" in text
        case _:
            if plan.commit == "silenced" and "RuntimeError" in text:
                return True
            return re.search(rf"\b{re.escape(plan.bug.type)}\b", text) is not None
