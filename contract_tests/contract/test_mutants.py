"""The proof that the proof can fail: mutants of the contract and of the code are caught by the assertions that name them."""

import pytest

from contract_tests.contract.mutants import every_module  # noqa: F401
from contract_tests.contract.mutants.harness import assert_caught, assert_passes_unchanged
from contract_tests.contract.mutants.mutant import proofs_of
from contract_tests.contract.mutants.scenes import TenantScene

PROOFS = proofs_of(TenantScene)
CHECKS = list(dict.fromkeys(proof.check for proof in PROOFS))
FEWEST_MUTANTS = 45


@pytest.fixture(scope="module")
def scene(live, contract):
    return TenantScene(live, contract)


@pytest.mark.parametrize("proof", PROOFS, ids=str)
def test_F14_a_mutant_is_caught_by_the_assertion_that_names_it(proof, scene):
    assert_caught(proof, scene)


# After the mutants: it is the server as it was, of which a mutant must leave nothing behind.
@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
def test_a_check_passes_on_the_unchanged_server(check, scene):
    assert_passes_unchanged(check, scene)


def test_F14_there_are_enough_mutants():
    assert len({proof.mutant.name for proof in PROOFS}) >= FEWEST_MUTANTS
