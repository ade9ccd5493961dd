"""Metrics: what server and worker count, for Prometheus, on an address of its own."""

import re

import httpx

from contract_tests.faults.served import Served
from contract_tests.support.previous_release import until


def samples(text, name):
    """``{labels: value}`` of a metric in the text format of Prometheus."""
    matches = re.findall(rf"^{name}{{(.*)}} (\S+)$", text, re.M)
    return {labels: float(value) for labels, value in matches}


def test_the_metrics_of_all_processes_are_on_an_address_of_their_own(tmp_path):
    tmp_path.chmod(0o755)
    options = ("--workers", "2")
    served = Served(tmp_path, *options, metrics_address="127.0.0.1:0", log_level="error").start()
    try:
        for _ in range(20):
            with httpx.Client(
                base_url=served.base_url
            ) as client:  # a connection each, so that both processes answer
                assert client.get("/health").status_code == 200
        body = {"email": "ada@example.org", "password": "Correct-horse-7", "name": "Ada"}
        assert httpx.post(f"{served.base_url}/users", json=body).status_code == 202

        def jobs():
            text = httpx.get(served.metrics_url).text
            return samples(text, "remit_jobs_total"), text

        assert until(lambda: any("mails." in labels for labels in jobs()[0])), (
            "the worker's jobs are counted too"
        )
        requests = samples(jobs()[1], "remit_requests_total")
        assert requests['operation="get_health",status="200"'] == 20
        assert httpx.get(f"{served.host_url}/metrics").status_code == 404
    finally:
        served.stop()
