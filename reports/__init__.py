"""Pages folded from journals and crashes; the `reports` command."""
