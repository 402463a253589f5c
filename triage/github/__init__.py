"""Crashes as GitHub issues: what to do is decided by pure functions, done by a thin edge."""
