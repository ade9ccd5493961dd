"""Arithmetic and state machines."""
