"""Crashes for other programs: a stand-alone test, JSON, SARIF, JUnit XML, Markdown."""
