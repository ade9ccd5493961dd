"""Upgrades, over a real connection: they are ignored, and the body of the request belongs to the request (RFC 9110 §7.8)."""

import shutil
import socket
import subprocess
import time
from urllib.parse import urlsplit

import pytest

from contract_tests.faults.good_requests import GOOD, UPGRADE
from contract_tests.faults.hostile_requests import HOSTILE
from contract_tests.faults.test_hostile_connections import HEAD, ask
from contract_tests.faults.wire import answers, wire
from contract_tests.support.operations import BY_ID

JAVA = """
import java.net.URI;
import java.net.http.*;

class Story {
    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();  // of HTTP/2 by default: it asks for an upgrade
        for (String method : new String[] {"POST", "PATCH", "GET"}) {
            String url = arguments[0] + (method.equals("POST") ? "/organizations" : "/users/me");
            String type = method.equals("PATCH") ? "application/merge-patch+json" : "application/json";
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "Bearer " + arguments[1]);
            if (method.equals("GET")) request.GET();
            else request.header("Content-Type", type)
                .method(method, HttpRequest.BodyPublishers.ofString("{\\"name\\": \\"Java\\"}"));
            HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            System.out.println(method + " " + answer.statusCode() + " " + answer.version());
        }
    }
}
"""


@pytest.fixture(scope="module")
def token(world):
    return world.clients["owner"].token


@pytest.mark.parametrize("pause", [0, 0.05])
def test_one_request_that_asks_for_an_upgrade_has_one_answer(served, world, token, pause):
    """Its body, which looks like a request of somebody else, is not executed."""
    creating = wire(world.request(BY_ID["create_organization"]), token)
    inner = f"{HEAD}Authorization: Bearer {token}\r\n\r\n".encode()
    head, _, _ = bytes(creating.sending(inner)).partition(b"\r\n\r\n")
    head = head.replace(b"Connection: close", UPGRADE.rstrip())
    host = urlsplit(served.host_url)
    with socket.create_connection((host.hostname, host.port), timeout=20) as connection:
        connection.sendall(head + b"\r\n\r\n")
        time.sleep(pause)
        connection.sendall(inner + f"{HEAD}Request-Id: next\r\nConnection: close\r\n\r\n".encode())
        received = answers(connection, 3)
    assert [answer.status for answer in received] == [400, 401]
    assert (received[0].json()["code"], received[1].headers["request-id"]) == ("malformed_json", "next")


@pytest.mark.parametrize("name", [name for name in GOOD if "upgrade" in name or "chunks" in name])
def test_good_requests_are_answered_one_by_one(served, name):
    """None of these addresses exists: there are as many answers as requests, all of the edge."""
    data, expected = GOOD[name]
    assert [answer.status for answer in ask(served, data, len(expected))] == [404] * len(expected)


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.endswith("after a good one")][::7])
def test_what_follows_a_good_request_is_refused_in_its_turn(served, name):
    data, expected = HOSTILE[name]
    received = ask(served, data, 3)
    assert [answer.status for answer in received] in ([404, expected[1]], [404])


def test_the_http_client_of_java_works_as_it_is(served, token, tmp_path):
    (tmp_path / "Story.java").write_text(JAVA)
    java = shutil.which("java")
    if java is None:  # its bytes are those of the requests above
        return
    ended = subprocess.run(
        [java, str(tmp_path / "Story.java"), served.base_url, token],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.stdout.split("\n")[:3] == ["POST 201 HTTP_1_1", "PATCH 200 HTTP_1_1", "GET 200 HTTP_1_1"], (
        ended.stderr
    )
