"""Crashes after they were found: what was kept, and what it means; the `triage` command."""
