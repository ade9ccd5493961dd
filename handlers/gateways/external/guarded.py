"""Calls of addresses that people give us (webhooks, imports, avatars): they lead to the public internet and nowhere else.

A name is looked up once for each attempt; all its addresses are checked, and one of those that were checked is connected to, so
that a name that changes its meaning gains nothing.  No redirect is followed and no proxy asked.
"""

import ssl
from collections.abc import Mapping
from typing import NamedTuple

from handlers.gateways.external import http, sockets
from handlers.gateways.external.deadlines import Deadline
from handlers.gateways.external.failures import Forbidden, NoAnswer
from handlers.gateways.external.http import Answer, Request
from handlers.gateways.external.services import Service
from handlers.gateways.external.streams import Backend
from models.base.public_addresses import AddressNotAllowed, AddressPolicy, policy

# Beside that of services which the settings name: who gives names that are slow to look up holds nobody else up.
RESOLVER = sockets.Resolver()


class Network(NamedTuple):
    """How names are looked up, addresses connected to, and certificates checked; ``rules`` are those of the settings unless
    others are passed."""

    rules: AddressPolicy | None = None
    resolve: sockets.Resolve = RESOLVER
    connect: sockets.Connect = sockets.connect
    context: ssl.SSLContext | None = None

    def backend(self, deadline: Deadline) -> Backend:
        rules = self.rules or policy()

        def check(addresses: list[str]) -> None:
            if not addresses or not all(rules.permits(address) for address in addresses):
                raise AddressNotAllowed("The host has an address that is not public.")

        return Backend(
            deadline, resolve=self.resolve, check=check, connect=self.connect, context=self.context
        )


def call(
    service: Service,
    method: str,
    url: str,
    *,
    seconds: float,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    is_idempotent: bool = False,
    max_bytes: int = http.MAX_ANSWER_BYTES,
    needs_body: bool = True,
    network: Network = Network(),
) -> Answer:
    """The answer, whatever its status, to one request that is over within ``seconds``, retries included.

    :class:`AddressNotAllowed` when the URL, or what its host means at this moment, may not be called;
    :class:`handlers.gateways.external.failures.NoAnswer` when there is no answer.  Neither says anything of the URL,
    which may have a secret of its owner.
    """
    deadline = Deadline(seconds)
    target = (network.rules or policy()).target(url)
    host = f"[{target.host}]" if ":" in target.host else target.host
    request = Request(
        method,
        f"{target.scheme}://{host}:{target.port}{target.path}",
        label=service.name,
        headers=headers or {},
        content=content,
        is_idempotent=is_idempotent,
        max_bytes=max_bytes,
        needs_body=needs_body,
    )
    try:
        return http.ask(service, request, deadline, network.backend)
    except Forbidden as error:
        raise AddressNotAllowed(str(error)) from None
    except NoAnswer as error:
        if error.answer is not None:
            return error.answer
        raise
