"""An exchange: one request and what becomes known of it on its way from the edge to the frame."""

import re

from werkzeug.sansio.http import parse_cookie

from models.base.settings import is_loopback

FORWARDED = (b"forwarded", b"x-forwarded", b"x-real-ip", b"via", b"client-cert")
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?")


def host_of(authority):
    """The name in ``Host`` or in the authority of a URL, without the port; empty when it is none."""
    found = HOST.fullmatch(authority)
    return found[1].strip("[]").lower() if found else ""


class Exchange:
    """Made by the edge, completed by routing, authentication and validation, answered by the frame."""

    __slots__ = (
        "address",
        "answer",
        "arguments",
        "body",
        "certificate",
        "credential",
        "faults",
        "headers",
        "media_type",
        "method",
        "outside",
        "parameters",
        "path",
        "path_values",
        "plan",
        "query",
        "refusal",
        "repeated",
        "request_id",
        "sound_body",
        "unsound",
    )

    def __init__(self, method, path, query, headers, request_id, address):
        self.method = method
        self.path = path
        self.query = query  # bytes, as sent
        self.headers = headers  # {lower-case bytes: bytes}; of a repeated one the values as one list
        self.request_id = request_id
        self.address = address
        self.certificate = None  # the fingerprint of the client's, when a trusted proxy tells of one
        self.body = b""
        self.plan = None
        self.answer = None
        self.path_values = ()
        self.media_type = None  # what was negotiated for a successful answer
        self.credential = None
        self.arguments = {}  # what the handler takes: path and query parameters, and the body
        self.parameters = {}  # what the frame takes: the headers that the contract names, by lower-case name
        self.faults = []
        self.sound_body = None  # of a body with faults, the properties without any, converted
        self.unsound = frozenset()  # the names of the others
        self.repeated = None  # the name of a header that was sent twice and has one value
        self.outside = None  # what the operation asked of the outside world before its transaction
        self.refusal = None  # a body that cannot be read: refused after authentication

    @property
    def has_password(self):
        """Whether the body has a password, which takes long to check."""
        return not self.plan.passwords.isdisjoint(self.arguments.get("body") or ())

    @property
    def authorization(self):
        """The header ``Authorization`` as it was sent, or None; for clients that do not authenticate as a caller."""
        sent = self.headers.get(b"authorization")
        return sent and sent.decode("latin-1")

    @property
    def is_local(self):
        """Whether it comes from this machine, to a name of this machine, and was forwarded by nobody.

        The name is looked at because a browser of this machine sends the requests of any page whose name leads here.
        """
        name = self.headers.get(b"host", b"").decode("latin-1")
        is_forwarded = any(one.startswith(FORWARDED) for one in self.headers)
        return is_loopback(self.address) and is_loopback(host_of(name)) and not is_forwarded

    @property
    def cookies(self):
        """The cookies by name (RFC 6265 §5.4); of one that is sent twice the first.  Only pages of people read them."""
        return parse_cookie(self.headers.get(b"cookie", b"").decode("utf-8", "replace")).to_dict()
