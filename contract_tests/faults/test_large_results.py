"""A large result of a job is sent in pieces, and not read into memory."""

import hashlib

import httpx
import psutil

from contract_tests.support import factories
from handlers.gateways import files
from models.base.database import database

MEGABYTES = 192


def test_a_result_is_sent_in_pieces(anonymous):
    person = factories.newcomer(anonymous)
    made = factories.job(person.person.id)
    with database.connection_context():
        ((name,),) = database.rows("select result_file from jobs where id = %s", (made,))
    path, digest = files.folder() / name, hashlib.sha256()
    with path.open("wb") as file:
        for number in range(MEGABYTES):
            piece = bytes([number]) * 2**20
            digest.update(piece)
            file.write(piece)
    headers = {"Authorization": f"Bearer {person.token}"}
    url = f"{person.http.base_url}jobs/{made}/result"
    received, size = hashlib.sha256(), 0
    with httpx.stream("GET", url, headers=headers) as answer:
        assert answer.headers["Content-Length"] == str(MEGABYTES * 2**20)
        before = _resident()
        for piece in answer.iter_bytes():
            received.update(piece)
            size += len(piece)
        after = _resident()
    assert (size, received.digest()) == (MEGABYTES * 2**20, digest.digest())
    assert after - before < MEGABYTES * 2**20 / 3
    assert httpx.head(url, headers=headers).headers["Content-Length"] == str(MEGABYTES * 2**20)
    files.remove(name)


def _resident():
    """The bytes of this process, in which client and server both are."""
    return psutil.Process().memory_info().rss
