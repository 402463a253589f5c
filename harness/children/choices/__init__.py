"""The choices engine: coverage-guided mutation of the choices that a Hypothesis test draws."""
