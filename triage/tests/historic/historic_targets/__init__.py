"""Targets of this project for the farm: every package in here is one."""
