"""Runs jobs: engines, workers, supervisor, corpus, journal, replay; the `fuzz` command."""
