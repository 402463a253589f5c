"""Crashes that come from elsewhere: homes, artifacts of CI, exports, other fuzzers' crash files."""
