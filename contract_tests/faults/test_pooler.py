"""A pooler between the server and PostgreSQL: it is noticed, because it would have to give each connection a session."""

import logging
import socket
import threading
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from models.base.database import Database

KEY_DATA = b"K\x00\x00\x00\x0c"  # the message that tells a client the process ID of its session


class Pooler:
    """Passes every byte on, but for the process ID, in whose place a pooler puts one of its own."""

    def __init__(self, path, target):
        self.target = target
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:  # closed
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            for source, sink, edit in ((client, server, bytes), (server, client, _renumbered)):
                threading.Thread(target=_pump, args=(source, sink, edit), daemon=True).start()


def _renumbered(data):
    before, key_data, after = data.partition(KEY_DATA)
    return before + key_data + (b"\x00\x00\x00\x01" + after[4:] if key_data else after)


def _pump(source, sink, edit):
    while data := source.recv(65_536):
        sink.sendall(edit(data))
    sink.close()


@pytest.fixture
def pooled_url(database_url, tmp_path):
    address = urlsplit(database_url)
    folder = parse_qs(address.query)["host"][0]
    pooler = Pooler(tmp_path / ".s.PGSQL.5432", f"{folder}/.s.PGSQL.5432")
    yield address._replace(query=f"host={quote(str(tmp_path), safe='')}&port=5432").geturl()
    pooler.listener.close()


@pytest.mark.parametrize("is_pooled", [True, False])
def test_a_pooler_in_between_is_told_of_once(pooled_url, database_url, caplog, is_pooled):
    of_the_server = Database()
    of_the_server.configure(pooled_url if is_pooled else database_url, row_security=True)
    with caplog.at_level(logging.WARNING, "remit.database"):
        for _ in range(2):
            with of_the_server.connection_context():
                assert of_the_server.rows("select 1") == [(1,)]
    assert [record.message for record in caplog.records if record.name == "remit.database"] == [
        "pooled"
    ] * is_pooled
