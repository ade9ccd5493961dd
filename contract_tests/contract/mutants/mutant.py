"""Mutants, and the proofs that each is caught by the assertion that names it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from contract_tests.contract.mutants.scenes import TenantScene

MUTANTS: dict[str, "Mutant"] = {}
PROOFS: list["Proof"] = []
SHORTEST_MESSAGE = 4  # characters: what is shorter names no assertion


class Mutant(NamedTuple):
    """A fault: ``change`` takes the document of the contract if ``in_contract``, else a :class:`MutantContext`."""

    name: str
    change: Callable[[Any], object]
    in_contract: bool


class Proof(NamedTuple):
    """``check`` catches the mutant: it fails by an assertion whose message contains ``message``.

    A check takes a scene, and passes on the unchanged server.
    """

    mutant: Mutant
    check: Callable[[Any], object]
    message: str

    def __str__(self) -> str:
        return f"{self.mutant.name}-{self.check.__name__}"


def in_contract(check: Callable, message: str) -> Callable:
    """Register a mutant of the contract that the server is compiled from: a function that changes the document."""
    return _caught_by(check, message, in_contract=True)


def in_code(check: Callable, message: str) -> Callable:
    """Register a mutant of the code or the database: a function that changes a :class:`MutantContext`.

    Repeated on one function, it is one more proof of the same mutant.
    """
    return _caught_by(check, message, in_contract=False)


def _caught_by(check: Callable, message: str, *, in_contract: bool) -> Callable:
    if len(message) < SHORTEST_MESSAGE:
        raise ValueError(f"{message!r} names no assertion.")

    def register(change: Callable) -> Callable:
        mutant = MUTANTS.setdefault(change.__name__, Mutant(change.__name__, change, in_contract))
        if mutant.change is not change:
            raise ValueError(f"Two mutants are called {change.__name__}.")
        PROOFS.append(Proof(mutant, check, message))
        return change

    return register


def proofs_of(scene: type) -> list[Proof]:
    """The proofs whose checks run in this kind of scene: a check says so by its ``scene``; most run in a tenant's."""
    return [proof for proof in PROOFS if getattr(proof.check, "scene", TenantScene) is scene]
