"""How soon a known deep bug is found: our choices engine against the usual ways, CPU for CPU."""
