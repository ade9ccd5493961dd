"""The contract against its style: every rule holds, and every rule is seen to find what it is for."""

import re
import shutil

import pytest

import spec
from contract_tests.contract import (  # noqa: F401
    style_access,
    style_answers,
    style_defaults,
    style_delegation,
    style_enums,
    style_headers,
    style_language,
    style_links,
    style_names,
    style_operations,
    style_proof,
    style_shapes,
    style_texts,
    style_writes,
)
from contract_tests.contract.mutants import style, style_of_operations  # noqa: F401
from contract_tests.contract.mutants.harness import assert_caught
from contract_tests.contract.mutants.mutant import proofs_of
from contract_tests.contract.mutants.scenes import StyleScene
from contract_tests.contract.reading import RULES, Reading

PROOFS = proofs_of(StyleScene)


@pytest.fixture(scope="module")
def reading():
    return Reading(spec.load())


@pytest.mark.parametrize("rule", RULES)
def test_the_contract_keeps_its_style(rule, reading):
    complaints = list(RULES[rule](reading))
    assert not complaints, f"\n{RULES[rule].__doc__}\n" + "\n".join(
        f"- {complaint}" for complaint in complaints
    )


@pytest.mark.parametrize("proof", PROOFS, ids=[proof.mutant.name for proof in PROOFS])
def test_a_mutant_of_style_is_caught_by_its_rule(proof):
    assert_caught(proof, StyleScene())


def test_every_rule_of_style_has_a_mutant():
    without = set(RULES) - {proof.check.__name__ for proof in PROOFS}
    assert not without, f"write into mutants/style*.py what {sorted(without)} complain about"


def test_a_scope_that_is_added_raises_every_limit_that_it_counts_in(monkeypatch, tmp_path):
    folder = shutil.copytree(spec.FOLDER, tmp_path / "spec")
    more = [f"extra{number}:read" for number in range(100)]
    for path in folder.rglob("*.yaml"):
        text = path.read_text("utf-8")
        if path.name == "tasks.yaml":
            text = re.sub(
                r"(?m)^x-scopes:$", "x-scopes:\n" + "\n".join(f"  {scope}: More." for scope in more), text
            )
        path.write_text(text, "utf-8")
    before = spec.load()["components"]["schemas"]
    monkeypatch.setattr(spec, "FOLDER", folder)
    after = spec.load()["components"]["schemas"]
    for name in ("ApiKeyCreate", "ApiKeyPatch", "AppCreate", "AppPatch"):
        limits = [schemas[name]["properties"]["scopes"]["maxItems"] for schemas in (before, after)]
        assert limits[1] == limits[0] + len(more), name
    for name in ("ApiKey", "App", "Consent", "ServiceApiKey", "ServiceKey", "ServiceCertificate"):
        assert after[name]["properties"]["scopes"]["maxItems"] >= len(more) + 20, name
