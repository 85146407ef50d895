"""The rules: pure functions and frozen records; no Home Assistant, no I/O, the time is an argument."""
