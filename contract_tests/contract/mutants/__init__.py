"""Mutation tests: a mutant is a known fault in the contract, the code or the database, and a check has to catch it.

``mutant`` has the mutants and what proves that each is caught, ``context`` what a mutant can change, ``scenes`` where checks
run, ``harness`` how a mutant is judged.  Each other module has the mutants of one kind, and ``checks`` the checks of that kind.
"""
