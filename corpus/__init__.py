"""Inputs worth remembering: seeds and dictionaries, one folder per target. Data only."""
