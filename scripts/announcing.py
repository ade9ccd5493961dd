"""What ``scripts/serve`` says when it serves, to people and in ``serve.json``."""

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def announce(
    data: Path,
    database_url: str,
    demonstration: Mapping[str, Any],
    metrics_url: str | None,
    started: float,
    say: Callable[[str], None],
) -> None:
    """Tell people and ``serve.json`` where everything is.

    ``demonstration`` has the ``users`` and the ``api_key``; ``started`` is when the start began, as ``time.monotonic`` has it.
    """
    public = os.environ["REMIT_PUBLIC_URL"]
    addresses = {
        "base_url": f"{public}/api/v1",
        "portal_url": f"{public}/docs",
        "openapi_url": f"{public}/openapi.json",
        "mailbox_url": f"{public}/mailbox" if has_mailbox() else None,
        "metrics_url": metrics_url,
        "database_url": database_url,
        "api_key": demonstration["api_key"],
        "users": demonstration["users"],
        "samples": demonstration["samples"],
    }
    path = data / "serve.json"
    draft = path.with_name("serve.json.new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(addresses, indent=2, ensure_ascii=False) + "\n", "utf-8")
    draft.replace(path)
    say(f"\nRemit serves after {time.monotonic() - started:.1f} s.  Ctrl-C ends it.\n")
    say(f"  Portal    {addresses['portal_url']}")
    say(f"  API       {addresses['base_url']}")
    say(f"  Contract  {addresses['openapi_url']}")
    if addresses["mailbox_url"]:
        say(f"  Mailbox   {addresses['mailbox_url']}")
    if metrics_url:
        say(f"  Metrics   {metrics_url}")
    if demonstration["users"]:
        say(f"  API key   {addresses['api_key']}\n")
        width = max(len(person["email"]) for person in demonstration["users"])
        for person in demonstration["users"]:
            say(
                f"  {person['role']:<12} {person['email']:<{width}}  {person['password']}  {person['organization']}"
            )
    say(f"\nThe same is in {path}\n")


def has_mailbox() -> bool:
    from models.base.settings import settings

    has_mails = settings().mailbox_page and not settings().smtp_url.get_secret_value()
    return has_mails and settings().is_reached_locally
