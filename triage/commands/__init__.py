"""One file per verb of `triage`, each with its `command`."""
