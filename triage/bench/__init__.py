"""Measures triage itself, each time against what is usual."""
