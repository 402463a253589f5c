"""Adapters of the subjects, one module each; packages are imported only when asked for."""
