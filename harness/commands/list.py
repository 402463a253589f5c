"""`fuzz list`: what can be tested."""

from __future__ import annotations

import json
from typing import Any

import click

from targets.registry import Found, Registry


@click.command("list")
@click.argument("selections", nargs=-1, metavar="[SELECTION]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def command(selections: tuple[str, ...], as_json: bool) -> None:
    """Show targets with their checks and subjects; all, or those that match a SELECTION.

    A SELECTION is target[:check][@subject], with globs: resp, 'resp:*', '*@hiredis'.
    """
    from targets import registry

    known = registry.discover()
    targets = [_record(found, shown) for found, shown in _shown(selections, known)]
    broken = [{"name": item.name, "error": str(item.error)} for item in known.broken]
    if as_json:
        click.echo(json.dumps({"targets": targets, "broken": broken}, indent=2, ensure_ascii=False))
        return
    click.echo("\n\n".join(_text(target) for target in targets))
    for item in broken:
        click.echo(f"broken: {item['name']}: {item['error']}", err=True)


def _shown(selections: tuple[str, ...], known: Registry) -> list[tuple[Found, set[str] | None]]:
    """Targets to show, each with the names of its checks and subjects to show; None: all."""
    from targets import selection

    if not selections:
        return [(found, None) for found in known.found.values()]
    # Where no subject is written, a list shows all of them, not only the default.
    texts = [text if "@" in text or not text else f"{text}@*" for text in selections]
    shown: dict[str, set[str]] = {}
    for item in selection.select(texts, known):
        names = shown.setdefault(item.found.name, set())
        names.update((f":{item.check_name}", f"@{item.subject_name}"))
    return [(known.found[name], names) for name, names in shown.items()]


def _record(found: Found, shown: set[str] | None) -> dict[str, Any]:
    from targets.requirements import check_requirements, installed
    from targets.selection import applicable

    return {
        "name": found.name,
        "summary": found.summary,
        "module": found.module,
        "on_purpose": found.target.on_purpose,
        "checks": [
            {
                "name": name,
                "kind": type(check).__name__.lower(),
                "summary": check.summary,
                "subjects": applicable(found, check),
            }
            for name, check in found.target.checks.items()
            if shown is None or f":{name}" in shown
        ],
        "subjects": [
            {
                "name": name,
                "selected": f"{name}://{subject.argument}" if subject.argument else name,
                "summary": subject.summary,
                "package": subject.package,
                "version": installed(subject.package) if subject.package else None,
                "missing": check_requirements(subject),
            }
            for name, subject in found.target.subjects.items()
            if shown is None or f"@{name}" in shown
        ],
    }


def _text(target: dict[str, Any]) -> str:
    rows = [(f":{check['name']}", check["kind"], check["summary"]) for check in target["checks"]]
    rows += [
        (f"@{subject['selected']}", _version(subject), subject["summary"])
        for subject in target["subjects"]
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{target['name']}  {target['summary']}".rstrip()]
    lines += [f"  {name:{widths[0]}}  {what:{widths[1]}}  {text}" for name, what, text in rows]
    return "\n".join(lines)


def _version(subject: dict[str, Any]) -> str:
    if subject["selected"] != subject["name"]:
        return "yours"
    if subject["missing"]:
        return f"missing {', '.join(subject['missing'])}"
    if subject["package"] is None:
        return "in the target"
    return f"{subject['package']} {subject['version'] or 'missing'}"
