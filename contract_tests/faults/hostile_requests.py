"""Requests that RFC 9112 does not allow, or that two recipients could read in two ways.

Each entry is the bytes, and what must come of them: for each request in turn ``METHOD target body`` of what the application
was given, or the status of the refusal, which is always the last.
"""

from contract_tests.faults.good_requests import CHUNKED, GET, SMUGGLED, A


def refused(status, *lines, body=b""):
    """A request that is refused; what follows on the connection is not read."""
    return b"\r\n".join(lines) + b"\r\n\r\n" + body + SMUGGLED, [status]


def _get(status, *fields):
    return refused(status, b"GET /a HTTP/1.1", b"Host: x", *fields)


def _post(status, *fields, body=b"hello"):
    return refused(status, b"POST /b HTTP/1.1", b"Host: x", *fields, body=body)


def _line(status, line):
    return refused(status, line, b"Host: x")


TE, CL = b"Transfer-Encoding: chunked", b"Content-Length: 5"
HOSTILE = {
    "no Host": refused(400, b"GET /a HTTP/1.1", b"Accept: */*"),
    "two Hosts": _get(400, b"Host: x"),
    **{
        f"Host {host!r}": refused(400, b"GET /a HTTP/1.1", b"Host: " + host)
        for host in (b"", b"a b/c", b"a/b", b"u@x", b"x:y", b"x, y", b"[::1", b"x:80:90", b"a%zz", b"x\\y")
    },
    "two hosts in HTTP/1.0": refused(400, b"GET /a HTTP/1.0", b"Host: x", b"Host: x"),
    "two lengths": _post(400, CL, CL),
    "two lengths in one": _post(400, b"Content-Length: 5, 5"),
    "a length and chunks": _post(400, CL, TE, body=b"0\r\n\r\n"),
    "chunks and a length": _post(400, TE, CL, body=b"0\r\n\r\n"),
    **{
        f"length {length!r}": _post(400, b"Content-Length: " + length)
        for length in (b"", b"+5", b"-5", b"5 5", b"0x5", b"5.0", b"five", b"\xb2")
    },
    "a length beyond numbers": _post(413, b"Content-Length: " + b"9" * 30),
    "gzip, chunked": _post(501, b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "gzip and chunked": _post(501, b"Transfer-Encoding: gzip", TE, body=b"0\r\n\r\n"),
    **{
        f"coding {coding!r}": _post(400, b"Transfer-Encoding: " + coding, body=b"0\r\n\r\n")
        for coding in (
            b"",
            b"gzip",
            b"identity",
            b"chunked, chunked",
            b"chunked, gzip",
            b"xchunked",
            b"chunked;a=b",
            b"chunked,",
            b", chunked",
            b"gzip, , chunked",
            b"\x0bchunked",
        )
    },
    "a coding in HTTP/1.0": refused(400, b"POST /b HTTP/1.0", b"Host: x", TE, body=b"0\r\n\r\n"),
    "a folded field": _get(400, b"Colour: red", b" green"),
    "a folded coding": _post(400, b"Transfer-Encoding:", b" chunked"),
    "a field that begins with a space": refused(400, b"GET /a HTTP/1.1", b" Host: x"),
    "a space before the colon": _post(400, b"Content-Length : 5"),
    "a name with a space": _get(400, b"my colour: red"),
    "no name": _get(400, b": red"),
    "no colon": _get(400, b"colour"),
    "NUL": _get(400, b"Colour: r\0d"),
    "a control character": _get(400, b"Colour: r\x01d"),
    "CR in a value": _get(400, b"Colour: r\rd"),
    "LF in a value": _get(400, b"Colour: red\nX: y"),
    "LF at the ends of lines": (b"GET /a HTTP/1.1\nHost: x\n\n" + SMUGGLED, [400]),
    "LF after the request line": (b"GET /a HTTP/1.1\nHost: x\r\n\r\n" + SMUGGLED, [400]),
    "CR at the ends of lines": (b"GET /a HTTP/1.1\rHost: x\r\r" + SMUGGLED, [400]),
    "LF before it": (b"\n" + SMUGGLED, [400]),
    "HTTP/0.9": (b"GET /a\r\n" + SMUGGLED, [400]),
    **{
        f"line {line!r}": _line(400, line)
        for line in (
            b"GET  /a HTTP/1.1",
            b"GET /a  HTTP/1.1",
            b" GET /a HTTP/1.1",
            b"GET\t/a HTTP/1.1",
            b"GET /a HTTP/1.1 ",
            b"GET /a http/1.1",
            b"GET HTTP/1.1",
            b"GET a HTTP/1.1",
            b"GET /a b HTTP/1.1",
            b"GET /a#b HTTP/1.1",
            b"GET /\xe4 HTTP/1.1",
            b"GET /a HTTP/1",
            b"GET /a HTTP/1.10",
            b"GET /a HTTP/11",
            b"GET * HTTP/1.1",
            b"GET http:///a HTTP/1.1",
            b"GET http://u@x/a HTTP/1.1",
            b"GET ftp://x/a HTTP/1.1",
            b"G@T /a HTTP/1.1",
            b"hello",
            b"",
            b"GET x:80 HTTP/1.1",
        )
    },
    **{
        f"line {line!r}": _line(501, line)
        for line in (
            b"FROB /a HTTP/1.1",
            b"get /a HTTP/1.1",
            b"Get /a HTTP/1.1",
            b"PROPFINDS /a HTTP/1.1",
            b"GETX /a HTTP/1.1",
            b"CONNECT x:80 HTTP/1.1",
        )
    },
    **{
        f"line {line!r}": _line(505, line)
        for line in (b"GET /a HTTP/2.0", b"GET /a HTTP/0.9", b"GET /a HTTP/9.9")
    },
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", [505]),
    "the greeting of TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)), [400]),
    **{
        f"chunks {chunks!r}": (CHUNKED + chunks + SMUGGLED, [400])
        for chunks in (
            b"zz\r\n",
            b"-1\r\n",
            b"0x5\r\nhello\r\n0\r\n\r\n",
            b"5\r\nhello!\r\n0\r\n\r\n",
            b"5\nhello\r\n0\r\n\r\n",
            b"5\r\nhello\n0\r\n\r\n",
            b"5\r\nhello\r\n0\n\n",
            b"5;a\nhello\r\n0\r\n\r\n",
            b"f" * 17 + b"\r\n",
            b"\r\n",
            b"0\r\nColour : red\r\n\r\n",
            b"0\r\n folded\r\n\r\n",
            b"0\r\nContent-Length: 5\r\n\r\n",
            b"0\r\n\n",
            b"0\r\nX: y\n\r\n",
            b"5\r\r\nhello\r\n0\r\n\r\n",
        )
    },
}
# What comes before stays what it was.
HOSTILE |= {
    f"{name}, after a good one": (GET + b"\r\n" + data, [A, *outcome])
    for name, (data, outcome) in HOSTILE.items()
    if data
}
