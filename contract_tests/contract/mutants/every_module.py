"""Imports the module of every kind of mutant, so that all are registered."""

from contract_tests.contract.mutants import (  # noqa: F401
    access,
    answers,
    commits,
    constraints,
    contract,
    delegation,
    external,
    lists,
    matrix,
    oauth,
    proof,
    replays,
    requests,
    values,
    writes,
)
