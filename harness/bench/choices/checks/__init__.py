"""The tests of the race, one file each, the same for all sides."""
