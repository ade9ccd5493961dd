"""What ``scripts/serve`` says when it serves, to people and in ``serve.json``."""

import json
import os
import time


def announce(data, database_url, told, metrics_url, started, say):
    public = os.environ["REMIT_PUBLIC_URL"]
    found = {
        "base_url": f"{public}/api/v1",
        "portal_url": f"{public}/docs",
        "openapi_url": f"{public}/openapi.json",
        "mailbox_url": f"{public}/mailbox" if has_mailbox() else None,
        "metrics_url": metrics_url,
        "database_url": database_url,
        "api_key": told["api_key"],
        "users": told["users"],
        "samples": told["samples"],
    }
    path = data / "serve.json"
    draft = path.with_name("serve.json.new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")
    draft.replace(path)
    say(f"\nRemit serves after {time.monotonic() - started:.1f} s.  Ctrl-C ends it.\n")
    say(f"  Portal    {found['portal_url']}")
    say(f"  API       {found['base_url']}")
    say(f"  Contract  {found['openapi_url']}")
    if found["mailbox_url"]:
        say(f"  Mailbox   {found['mailbox_url']}")
    if metrics_url:
        say(f"  Metrics   {metrics_url}")
    if told["users"]:
        say(f"  API key   {found['api_key']}\n")
        width = max(len(one["email"]) for one in told["users"])
        for one in told["users"]:
            say(f"  {one['role']:<12} {one['email']:<{width}}  {one['password']}  {one['organization']}")
    say(f"\nThe same is in {path}\n")


def has_mailbox():
    from models.base.settings import settings

    has_mails = settings().mailbox_page and not settings().smtp_url.get_secret_value()
    return has_mails and settings().is_reached_locally
