"""Heads of requests: the request line and the header fields, read strictly (RFC 9112 §2 to §7) before the parser sees them.

The parser is lenient where a recipient may be.  Two recipients that are lenient in different ways can disagree on where a
request ends, so that what is doubtful is refused here, and what needs no doubt is passed on in one form.
"""

import re
from typing import NamedTuple

from handlers.http.refusals import (
    BodyTooLarge,
    HeadTooLarge,
    HttpVersionNotSupported,
    MalformedRequest,
    MethodNotImplemented,
    TransferCodingNotImplemented,
    UriTooLong,
)

END = b"\r\n\r\n"
MAX_UNREAD_BYTES = 65_536  # of a head that has not ended
# Those of HTTP, and extension methods of the IANA registry that the parser knows: no address has these, which is told by 405
# (RFC 9110 §15.5.6).  Whatever is not known is 501.
METHODS = frozenset(
    b"GET HEAD POST PUT PATCH DELETE OPTIONS TRACE ACL BIND CHECKOUT COPY LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE"
    b" PROPFIND PROPPATCH QUERY REBIND REPORT SEARCH UNBIND UNLINK UNLOCK".split()
)
MINOR_VERSIONS = (b"1", b"0")
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
REQUEST_LINE = re.compile(rb"(" + TOKEN + rb") ([!-\"$-~]+) HTTP/([0-9])\.([0-9])")
FIELDS = re.compile(rb"(?:" + TOKEN + rb":[\t -~\x80-\xff]*+\r\n)*+\r\n")
# Fields that decide how the request is read.
DECISIVE = re.compile(rb"\n(Host|Content-Length|Transfer-Encoding|Upgrade|Expect):([^\r]*)", re.I)
BROKEN_LINE = re.compile(rb"(?<!\r)\n|\r(?=[^\n])|\0")
EMPTY_LINES = re.compile(rb"(?:\r\n)*")
AUTHORITY = (
    rb"(?:\[(?:[0-9A-Fa-f:.]+|[vV][0-9A-Fa-f]+\.[!$&'()*+,;=:\w.~-]+)\]"
    rb"|(?:[!$&'()*+,;=0-9A-Za-z._~-]|%[0-9A-Fa-f]{2})+)(?::[0-9]*)?"
)
HOST = re.compile(AUTHORITY)
ABSOLUTE = re.compile(rb"https?://(" + AUTHORITY + rb")(/.*|\?.*)?", re.I)


class Head(NamedTuple):
    """A head as the parser reads it, and what follows: ``length`` bytes of body, or chunks (None)."""

    data: bytes
    length: int | None


def read(raw: bytes) -> Head:
    """The :class:`Head` in ``raw``, which ends with the empty line.  Refused when any part of it is doubtful."""
    start = raw.index(b"\r\n")
    method, target, version = _request_line(raw[:start])
    if not FIELDS.fullmatch(raw, start + 2):
        raise MalformedRequest("A header field is not `name: value` on one line.")
    hosts, lengths, codings, dropped = [], [], [], []
    for name, value in DECISIVE.findall(raw, start):
        name, value = name.lower(), value.strip(b" \t")
        if name == b"host":
            hosts.append(value)
        elif name == b"content-length":
            lengths.append(value)
        elif name == b"transfer-encoding":
            codings.append(value)
        elif name == b"upgrade" or version == b"0":
            dropped.append(name)  # an upgrade is ignored (RFC 9110 §7.8), and HTTP/1.0 has no 100 (Continue)
    needs_host = hosts or version != b"0"
    if needs_host and (len(hosts) != 1 or not HOST.fullmatch(hosts[0])):
        raise MalformedRequest("HTTP/1.1 requires exactly one `Host`, with a hostname and an optional port.")
    length = _length(lengths, codings, version) if lengths or codings else 0
    if dropped or version not in MINOR_VERSIONS or not target.startswith(b"/"):
        raw = _rewritten(raw, method, _origin_form(method, target), version, dropped)
    return Head(raw, length)


def refuse_early(raw: bytes, start: int) -> None:
    """Refuse the beginning of a head that no more bytes can make right; before ``start`` it has been looked at."""
    first, ended, _ = raw.partition(b"\r\n")
    if ended:
        _request_line(first)
    if BROKEN_LINE.search(raw, start):
        raise MalformedRequest("A line does not end with CRLF, or contains NUL.")
    if len(raw) >= MAX_UNREAD_BYTES and not ended:
        raise UriTooLong("The URL is longer than 8192 bytes.")
    if len(raw) >= MAX_UNREAD_BYTES:
        raise HeadTooLarge("The header is larger than 32768 bytes.")


def _request_line(line: bytes) -> tuple[bytes, bytes, bytes]:
    """``(method, target, minor version)``."""
    match = REQUEST_LINE.fullmatch(line)
    if not match:
        raise MalformedRequest("The request line is not `method target HTTP/1.1`.")
    method, target, major, minor = match.groups()
    if major != b"1":
        raise HttpVersionNotSupported("Only HTTP/1.1 is supported.")
    if method not in METHODS:
        raise MethodNotImplemented()
    if (
        not target.startswith(b"/")
        and not ABSOLUTE.fullmatch(target)
        and (method, target) != (b"OPTIONS", b"*")
    ):
        raise MalformedRequest("The request target is neither a path nor an absolute URL.")
    return method, target, minor


def _length(lengths: list[bytes], codings: list[bytes], version: bytes) -> int | None:
    """How much body follows (RFC 9112 §6.3): bytes, or None for chunks."""
    if codings:
        names = [name.strip(b" \t").lower() for name in b",".join(codings).split(b",")]
        is_last = names[-1] == b"chunked" and names.count(b"chunked") == 1
        if lengths or version == b"0" or not is_last or b"" in names:
            raise MalformedRequest("The length of the body is ambiguous. Send `Content-Length` or chunks.")
        if len(names) > 1:
            raise TransferCodingNotImplemented()
        return None
    if len(lengths) > 1 or not re.fullmatch(rb"[0-9]+", lengths[0]):
        raise MalformedRequest("`Content-Length` is not a single number.")
    digits = lengths[0].lstrip(b"0")
    if len(digits) > 18:
        raise BodyTooLarge("`Content-Length` exceeds the largest limit.")
    return int(digits or b"0")


def _origin_form(method: bytes, target: bytes) -> bytes:
    """The target as a path.  The host of an absolute URL stands in place of ``Host``, and neither is used here."""
    match = ABSOLUTE.fullmatch(target)
    if not match:
        return target
    rest = match[2] or b""
    if not rest and method == b"OPTIONS":
        return b"*"  # RFC 9112 §3.2.4
    return rest if rest.startswith(b"/") else b"/" + rest


def _rewritten(raw: bytes, method: bytes, target: bytes, version: bytes, dropped: list[bytes]) -> bytes:
    fields = [line for line in raw.split(b"\r\n")[1:-2] if line.partition(b":")[0].lower() not in dropped]
    # A later version is read as the highest that is supported (RFC 9110 §2.5).
    minor = version if version in MINOR_VERSIONS else b"1"
    return b"\r\n".join([b"%s %s HTTP/1.%s" % (method, target, minor), *fields]) + END
