"""Health: whether the service runs, is ready, and which version it is."""

import pytest

from models.base import breakers


def test_health_tells_the_versions_of_the_service_and_the_contract(anonymous):
    health = anonymous.get("/health").json()
    contract = anonymous.get("/openapi.json").json()
    assert health["status"] == "ok"
    assert health["contract_version"] == contract["info"]["version"]


def test_the_process_is_alive(anonymous):
    assert anonymous.get("/health/live").json() == {"status": "ok"}


def test_the_service_is_ready_with_its_database_and_tables(anonymous):
    ready = {"status": "ok", "database": "ok", "migrations": "ok", "unavailable_services": []}
    assert anonymous.get("/health/ready").json() == ready


def test_readiness_names_the_external_services_that_keep_failing(anonymous):
    """The server is ready all the same: what does not need them works."""
    breaker = breakers.BREAKERS["erp"] = breakers.Breaker("erp", failures=1)
    with pytest.raises(OSError), breaker.call(lambda error: True):
        raise OSError
    answer = anonymous.get("/health/ready")
    assert (answer.status_code, answer.json()["unavailable_services"]) == (200, ["erp"])
    breaker.reset()
    assert anonymous.get("/health/ready").json()["unavailable_services"] == []


@pytest.mark.parametrize("probe", ["/health", "/health/live", "/health/ready"])
def test_probes_answer_at_the_host_without_authentication(anonymous, live, probe):
    assert anonymous.get(live.host_url + probe).json() == anonymous.get(probe).json()


@pytest.mark.parametrize("probe", ["/health", "/health/live", "/health/ready"])
def test_the_head_of_a_probe_is_that_of_the_probe(anonymous, probe):
    head, whole = anonymous.request("HEAD", probe), anonymous.get(probe)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


def test_liveness_promises_no_refusal_for_want_of_room(contract):
    """It answers also when the service is overloaded; the others may be refused then."""
    paths = contract.document["paths"]
    assert "503" not in paths["/health/live"]["get"]["responses"]
    assert "503" in paths["/health/ready"]["get"]["responses"]
