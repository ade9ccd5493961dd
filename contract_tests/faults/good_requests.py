"""Requests that RFC 9112 allows, some of them unusual.

Each entry is the bytes, and what must come of them: for each request in turn ``METHOD target body`` of what the application
was given, or the status of the refusal, which is always the last.
"""

HOST = b"Host: x\r\n"
GET = b"GET /a HTTP/1.1\r\n" + HOST
POST = b"POST /b HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
A, B = "GET /a ", "POST /b "

GOOD = {
    "no body": (GET + b"\r\n", [A]),
    "two in a row": (GET + b"\r\n" + GET + b"\r\n", [A, A]),
    "a body": (POST + b"Content-Length: 5\r\n\r\nhello" + GET + b"\r\n", [B + "hello", A]),
    "a body that looks like a request": (
        POST + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        [B + SMUGGLED.decode()],
    ),
    "a length of 00": (POST + b"Content-Length: 00\r\n\r\n" + GET + b"\r\n", [B, A]),
    "a length with zeros before it": (
        POST + b"Content-Length: 005\r\n\r\nhello" + GET + b"\r\n",
        [B + "hello", A],
    ),
    "empty lines before it": (b"\r\n\r\n" + GET + b"\r\n\r\n" + GET + b"\r\n", [A, A]),
    "chunks": (CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n" + GET + b"\r\n", [B + "hello", A]),
    "empty chunks": (CHUNKED + b"0\r\n\r\n" + GET + b"\r\n", [B, A]),
    "chunks with empty lines": (
        CHUNKED + b"8\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n" + GET + b"\r\n",
        [B + "\r\n" * 4, A],
    ),
    "chunks that look like an end": (
        CHUNKED + b"5\r\n0\r\n\r\n\r\n0\r\n\r\n" + GET + b"\r\n",
        [B + "0\r\n\r\n", A],
    ),
    "extensions and trailers": (
        CHUNKED
        + b'5;a=b;c="d"\r\nhello\r\n0;e\r\nAuthorization: Bearer x\r\nHost: y\r\n\r\n'
        + GET
        + b"\r\n",
        [B + "hello", A],
    ),
    "Chunked in another case": (POST + b"transfer-encoding: Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", [B + "x"]),
    "100-continue": (
        POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello" + GET + b"\r\n",
        [B + "hello", A],
    ),
    "an upgrade to HTTP/2 with a body": (
        POST + UPGRADE + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED + GET + b"\r\n",
        [B + SMUGGLED.decode(), A],
    ),
    "an upgrade to HTTP/2 with chunks": (
        CHUNKED[:-2] + UPGRADE + b"\r\n5\r\nhello\r\n0\r\n\r\n" + GET + b"\r\n",
        [B + "hello", A],
    ),
    "an upgrade to HTTP/2 without a body": (GET + UPGRADE + b"\r\n" + GET + b"\r\n", [A, A]),
    "an upgrade to a web socket": (
        GET
        + b"connection: keep-alive, upgrade\r\nUPGRADE: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"
        + GET
        + b"\r\n",
        [A, A],
    ),
    "HTTP/1.0": (b"GET /a HTTP/1.0\r\n\r\n" + GET + b"\r\n", [A]),
    "HTTP/1.0 with a body": (
        b"POST /b HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
        [B + "hi"],
    ),
    "HTTP/1.7": (b"GET /a HTTP/1.7\r\n" + HOST + b"\r\n" + GET + b"\r\n", [A, A]),
    "close": (GET + b"Connection: close\r\n\r\n" + GET + b"\r\n", [A]),
    "an absolute URL with another host": (
        b"GET HTTP://y:80/a?b HTTP/1.1\r\n" + HOST + b"\r\n" + GET + b"\r\n",
        ["GET /a?b ", A],
    ),
    "an absolute URL without a path": (b"GET http://y?b HTTP/1.1\r\n" + HOST + b"\r\n", ["GET /?b "]),
    "everything": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", ["OPTIONS * "]),
    "hosts": (
        b"".join(
            b"GET /a HTTP/1.1\r\nHost:%s\r\n\r\n" % host
            for host in (b"x.y:80", b" [::1]:80 ", b"1.2.3.4", b"a%20b_c:")
        ),
        [A] * 4,
    ),
    "bytes that are no ASCII": (GET + b"Colour: r\xf6t\r\n\r\n" + GET + b"\r\n", [A, A]),
}
