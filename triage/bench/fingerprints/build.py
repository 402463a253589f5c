"""Builds the labelled set: draws the sightings, installs the packages once with uv, makes all."""

from __future__ import annotations

import concurrent.futures
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from targets.errors import MissingError
from triage.bench.fingerprints import scene
from triage.bench.fingerprints.labelled import LABELS, Sighting, save
from triage.bench.fingerprints.planted import Bug, Package
from triage.bench.fingerprints.scene import LAYOUTS, Plan, make, read_routes

TOOLS = ("pytest==8.4.2", "hypothesis==6.140.3")
"""What some drivers use."""
COMMITS: Mapping[str, float] = {
    "base": 62,
    "shifted": 11,
    "reformatted": 4,
    "edited": 4,
    "hoisted": 4,
    "renamed": 6.5,
    "extracted": 4.5,
    "decorated": 3,
    "rethrown": 2,
    "silenced": 0.5,
}
"""How often each commit is drawn."""
DIRECT = 0.85
"""How often a bug with a direct entry is reached by it."""
MEAN = 9
"""Sightings of a bug, on average."""


def plans(
    packages: Sequence[Package], seed: int, pythons: Sequence[tuple[pathlib.Path, str]]
) -> list[Plan]:
    """The sightings of every bug, the same for the same seed."""
    routes, found = read_routes(), list[Plan]()
    for package in packages:
        for bug in package.bugs:
            rng = random.Random(f"{seed} {package.name} {bug.name}")
            fitting = {
                name: float(route["weight"])
                for name, route in routes.items()
                if bug.kind in route.get("kinds", ("exception", "oracle", "death"))
            }
            for _ in range(max(3, round(bug.share * rng.gammavariate(2.5, MEAN / 2.5)))):
                python, version = rng.choice(pythons)
                found.append(
                    Plan(
                        name=f"{len(found):04d}",
                        package=package,
                        bug=bug,
                        commit=_drawn(rng, COMMITS),
                        route=_drawn(rng, fitting),
                        entry=_entry(bug, rng),
                        layout=_drawn(rng, {name: item[0] for name, item in LAYOUTS.items()}),
                        python=python,
                        version=version,
                        data=_input(rng, rng.choice(bug.inputs)).encode(package.encoding),
                        seed=rng.randrange(1 << 30),
                    )
                )
    return found


def build(plans: Sequence[Plan], folder: pathlib.Path, cache: pathlib.Path) -> list[str]:
    """Make every sighting and write the set into `folder`; what did not fail as planted, in lines.

    MissingError when the packages cannot be installed.
    """
    for name in ("texts", "live"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    (folder / LABELS).unlink(missing_ok=True)
    for package in {plan.package.name: plan.package for plan in plans}.values():
        install(package.requirements, cache / "installed" / package.name)
    install(TOOLS, cache / "installed" / "_tools")
    scratch = cache / f"scratch-{os.getpid()}"
    try:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            made = list(pool.map(lambda plan: make(plan, folder, cache, scratch), plans))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    save(folder, [item for item in made if isinstance(item, Sighting)])
    return [item for item in made if isinstance(item, str)]


def install(requirements: Sequence[str], folder: pathlib.Path) -> None:
    """Install into a folder, once, and compile; MissingError when that fails."""
    stamp = folder / "requirements.txt"
    wanted = "\n".join(requirements)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    uv = shutil.which("uv") or shutil.which("uv", path=str(pathlib.Path(sys.executable).parent))
    if uv is None:
        raise MissingError("uv is not installed: it fetches the packages that bugs are planted in")
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target"]
    done = subprocess.run(
        [*command, str(folder), "--", *requirements], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["uv failed"])[-1]
        raise MissingError(f"cannot install {', '.join(requirements)}: {reason[:300]}")
    stamp.write_text(wanted, encoding="utf-8")


def _entry(bug: Bug, rng: random.Random) -> str:
    return "direct" if bug.direct and rng.random() < DIRECT else rng.choice(bug.entries)


def _drawn(rng: random.Random, weights: Mapping[str, float]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def _input(rng: random.Random, template: Any) -> str:
    if not isinstance(template, str):
        before, repeated, times, after = template
        template = before + repeated * (times + rng.randrange(times // 8 + 1)) + after
    letters = "abcdefghijklmnopqrstuvwxyz"
    text = str(template)
    while "«w»" in text:
        text = text.replace("«w»", "".join(rng.choices(letters, k=rng.randrange(3, 9))), 1)
    while "«n»" in text:
        text = text.replace("«n»", str(rng.randrange(2, 9000)), 1)
    return text


def stamp(packages: Iterable[Package], seed: int, pythons: Sequence[tuple[Any, str]]) -> str:
    """Differs when a set built now would differ."""
    digest = hashlib.sha256()
    for part in _parts(packages, seed, pythons):
        digest.update(part)
    return digest.hexdigest()[:16]


def _parts(
    packages: Iterable[Package], seed: int, pythons: Sequence[tuple[Any, str]]
) -> Iterator[bytes]:
    yield repr((seed, list(packages), [version for _, version in pythons])).encode()
    made_by = ("build.py", "scene.py", "commits.py", "routes.toml", "recorder/sitecustomize.py")
    for path in (*(scene.HERE / name for name in made_by), scene.ROOT / "harness" / "failure.py"):
        yield path.read_bytes()


def version_of(python: pathlib.Path) -> str:
    """`3.11` of an interpreter; MissingError when it does not run."""
    if python == pathlib.Path(sys.executable):
        return f"{sys.version_info[0]}.{sys.version_info[1]}"
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingError(f"--python {python}: it does not run ({error})") from error
    return done.stdout.strip()
