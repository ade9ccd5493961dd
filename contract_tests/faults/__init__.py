"""Crashes, races and hostile input."""
