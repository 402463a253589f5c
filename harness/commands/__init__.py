"""One file per verb of the `fuzz` command: its options and one call."""
