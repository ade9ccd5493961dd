"""The mutation harness: applies a mutant, runs its check, and judges whether the right assertion caught it."""

from collections.abc import Callable
from typing import Any

from contract_tests.contract.mutants.mutant import Proof
from contract_tests.contract.mutants.scenes import Scene

EXPLANATION = (
    "\nassert "  # begins what pytest adds to the message of an assertion: the values that were compared
)


def assert_caught(proof: Proof, scene: Scene) -> None:
    """The mutant of ``proof`` is caught by the assertion that the proof names."""
    reason = why_not_caught(proof, scene)
    assert reason is None, (
        f"{proof.check.__name__} does not prove that {proof.mutant.name} is caught: {reason}"
    )


def assert_passes_unchanged(check: Callable[[Scene], Any], scene: Scene) -> None:
    """The check passes, and the server logs no error, where no mutant is applied, or has left anything behind."""
    with scene.unchanged():
        assert failures_of(check, scene) == [], f"{check.__name__} fails although nothing was changed"
    assert scene.errors.messages == [], "the server logs an error although nothing was changed"


def why_not_caught(proof: Proof, scene: Scene) -> str | None:
    """Why the check does not prove that the mutant is caught; None when it does.

    The check has to fail by an AssertionError whose message contains ``proof.message``, every function that the mutant has
    patched has to be called, and the server has to log no other error.  A check or a server that stumbles over a mutant
    proves nothing: it would stumble over any.
    """
    try:
        with scene.changed_by(proof.mutant) as context:
            failures = failures_of(proof.check, scene)
            never_ran = context.never_ran if context else set()
            server_errors = [error for error in scene.errors.messages if proof.message not in error]
    except Exception as error:
        return f"the mutant cannot be applied: {type(error).__name__}: {error}"
    return _why_not(proof.message, failures, server_errors, never_ran)


def _why_not(
    message: str, failures: list[BaseException], server_errors: list[str], never_ran: set[str]
) -> str | None:
    if not failures:
        return "the check passes: the mutant survives"
    for failure in failures:
        if not isinstance(failure, AssertionError):
            return f"the check fails by {type(failure).__name__}, and not by an assertion: {failure}"
    messages = [str(failure).partition(EXPLANATION)[0] for failure in failures]
    if not any(message in text for text in messages):
        return f"the check fails, but not by {message!r}: {messages}"
    if server_errors:
        return f"the server stumbles over the mutant, and not as the mutant says: {server_errors}"
    if never_ran:
        return f"dead code was patched; nothing calls {', '.join(sorted(never_ran))}"
    return None


def failures_of(check: Callable[[Scene], Any], scene: Scene) -> list[BaseException]:
    """The exceptions by which a check fails; Schemathesis collects several in a group."""
    try:
        check(scene)
    except (Exception, BaseExceptionGroup) as error:
        return _each(error)
    return []


def _each(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _each(inner)]
    return [error]
