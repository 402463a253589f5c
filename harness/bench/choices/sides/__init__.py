"""The sides of the race: `python -m harness.bench.choices.sides.NAME SPEC` runs one."""
