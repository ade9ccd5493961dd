"""A server of its own process, with an empty database of its own, for what must start from nothing."""

import contextlib
import email
import email.policy
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psycopg2

ROOT = Path(__file__).parent.parent
NEWEST = (
    "select id::text, facts->>'url' from mails where recipient = %s order by created_at desc, id desc limit 1"
)
TOKEN = re.compile(r"[#?]token=([A-Za-z0-9_-]{43})")


@contextlib.contextmanager
def lone_server(*options, environment=None):
    """Two ``httpx`` clients of a fresh ``scripts/serve --no-demo``, and its mails; everything is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="remit-lone-") as folder:
        os.chmod(folder, 0o755)  # so that the account which runs PostgreSQL can reach its data below
        process = start(Path(folder), "--no-demo", *options, environment=environment)
        try:
            told = json.loads((Path(folder) / "serve.json").read_text())
            with (
                httpx.Client(base_url=told["base_url"]) as client,
                httpx.Client(base_url=told["base_url"]) as other,
            ):
                yield client, other, Mails(Path(folder), told["database_url"])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


class Mails:
    """What a lone server has written to people: until a mail is sent its facts tell the link, afterwards its file."""

    def __init__(self, data, database_url):
        self.mailbox, self.database_url = data / "mailbox", database_url

    def token(self, address):
        """The token in the newest mail to ``address``."""
        for _ in range(200):
            if found := TOKEN.search(self._newest(address)):
                return found[1]
            time.sleep(0.05)
        raise LookupError(f"No mail to {address} has a token.")

    def _newest(self, address):
        with (
            contextlib.closing(psycopg2.connect(self.database_url)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(NEWEST, (address,))
            mail_id, url = cursor.fetchone() or ("none", None)
        files = [] if url else self.mailbox.glob(f"*-{mail_id}.eml")
        letters = [email.message_from_bytes(one.read_bytes(), policy=email.policy.default) for one in files]
        return url or "".join(one.get_body(("plain",)).get_content() for one in letters)


def start(data, *options, environment=None):
    """A process of ``scripts/serve`` that serves: its ``serve.json`` is written."""
    told = data / "serve.json"
    told.unlink(missing_ok=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REMIT_")}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "scripts" / "serve"), "--port", "0", "--data", str(data), *options],
        env={**clean, "REMIT_ENVIRONMENT": "given", "REMIT_LOG_LEVEL": "critical", **(environment or {})},
        stdout=subprocess.DEVNULL,
    )
    for _ in range(600):
        if told.exists():
            return process
        if process.poll() is not None:
            raise RuntimeError(f"scripts/serve ended with {process.returncode}.")
        time.sleep(0.05)
    process.kill()
    raise RuntimeError("scripts/serve did not begin to serve.")
