"""Makes the input of a crash small without changing it into another crash."""
