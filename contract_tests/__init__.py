"""Proof: that the contract is valid, that the server keeps it, and that the tests could fail."""
