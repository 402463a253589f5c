"""Passes over bytes, and over any sequence; see `triage.minimize.problem`."""
