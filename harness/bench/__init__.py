"""Measures the farm against the usual way, side by side, on planted bugs and real parsers."""
