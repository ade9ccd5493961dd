"""The access matrix can fail: mutants of access are caught in the cells that name them."""

import pytest

from contract_tests.contract.mutants import every_module  # noqa: F401
from contract_tests.contract.mutants.harness import assert_caught, assert_passes_unchanged
from contract_tests.contract.mutants.mutant import proofs_of
from contract_tests.contract.mutants.scenes import MatrixScene

pytestmark = pytest.mark.first  # looks at every row

PROOFS = proofs_of(MatrixScene)
CHECKS = list(dict.fromkeys(proof.check for proof in PROOFS))


@pytest.fixture(scope="module")
def scene(live, contract):
    return MatrixScene(live, contract)


@pytest.mark.parametrize("proof", PROOFS, ids=str)
def test_a_mutant_is_caught_in_the_cell_that_names_it(proof, scene):
    assert_caught(proof, scene)


# After the mutants: it is the server as it was, of which a mutant must leave nothing behind.
@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
def test_the_matrix_passes_on_the_unchanged_server(check, scene):
    assert_passes_unchanged(check, scene)
