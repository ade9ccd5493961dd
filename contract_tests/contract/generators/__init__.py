"""Generators of clients, each declared once: how it generates and compiles, who tells its story, and where it fails itself.

``openapi-python-client``, ``openapi-typescript``, and ``openapi-generator go`` run with every ``scripts/test``; all of them, from
both published documents, with ``--long``.  What they then find is kept in ``results.json`` and read in ``RESULTS.md``.
A change of the contract makes it stale, which fails the long run alone.  To renew it, in about twenty minutes:

    scripts/publish clients             all of them
    scripts/publish clients -k kotlin   those whose names say so
"""

from contract_tests.contract.generators import compiled, jvm, python, rust, typescript

GENERATORS = (
    *python.GENERATORS,
    *typescript.GENERATORS,
    *compiled.GENERATORS,
    *jvm.GENERATORS,
    *rust.GENERATORS,
)
EVERY_RUN = (
    ("openapi-python-client", "3.1"),
    ("openapi-typescript + openapi-fetch", "3.0"),
    ("openapi-generator go", "3.1"),
)


def named(name):
    return next(each for each in GENERATORS if each.name == name)


def every():
    """Each generator with each document, in the order of the table."""
    from contract_tests.contract.generators.declared import DOCUMENTS

    return [(each.name, document) for each in GENERATORS for document in DOCUMENTS]
