"""A labelled set of crash sightings of planted bugs in real packages, and rules scored on it."""
