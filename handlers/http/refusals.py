"""Refusals that only HTTP knows: requests that cannot be read, routed or received."""

from typing import Any

from models.base.errors import Refusal


class MalformedUrl(Refusal):
    """The URL cannot be read.

    Cause: it holds a percent sign without two hexadecimal digits, or bytes that are not UTF-8.
    Fix: percent-encode it as RFC 3986 says.
    Try: curl "$BASE/health?%zz"
    """

    status = 400


class MalformedJson(Refusal):
    """The body is not readable JSON.

    Cause: it is not JSON (RFC 8259) in UTF-8, names a property twice, is nested too deeply, or holds a number or a
    character that JSON does not have.
    Fix: send what a JSON library writes.
    Try: curl --json "{" $BASE/sessions
    """

    status = 400


class MalformedForm(Refusal):
    """The body is not a readable form.

    Cause: it is not percent-encoded UTF-8 (`application/x-www-form-urlencoded`), names a field twice, or has too many.
    Fix: send what a browser or an HTTP library makes of a form.
    Try: curl -d "email=%zz" $BASE/oauth/login
    """

    status = 400


class MalformedRequest(Refusal):
    """The request is not valid HTTP/1.1.

    Cause: the request line, a header field or the framing of the body violates RFC 9112, `Host` is missing, or a header
    that has one value was sent twice.
    Fix: use an HTTP library, and send each header once.
    Try: curl -H "Host:" $BASE/health
    """

    status = 400


class UnexpectedBody(Refusal):
    """The operation takes no body.

    Cause: a body was sent to an operation whose request has none.
    Fix: send the request without a body.
    Try: curl -X PUT -d "x" -H "Authorization: Bearer $TOKEN" $BASE/tasks/$TASK/completion
    """

    status = 400


class MethodNotAllowed(Refusal):
    """The address does not have this method.

    Cause: the address exists, but not with this method.
    Fix: use one of the methods in `Allow`.
    Try: curl -X DELETE $BASE/health
    """

    status = 405


class NotAcceptable(Refusal):
    """None of the media types asked for is offered.

    Cause: `Accept` leaves out every media type that the operation answers with.
    Fix: accept one of those that `detail` names.
    Try: curl -H "Accept: text/csv" $BASE/health
    """

    status = 406


class BodyTimeout(Refusal):
    """The body did not arrive in time.

    Cause: the connection is too slow, or the body is shorter than its `Content-Length`.
    Fix: send the same request again, with the same Idempotency-Key.
    Try: curl -H "Content-Length: 100" --json "{}" $BASE/sessions
    """

    status = 408
    retryable = True


class BodyTooLarge(Refusal):
    """The body is too large.

    Cause: it is larger than 1 MiB, or than what the operator has set.
    Fix: send less, in several requests.
    Try: curl --json "$(printf %0100000d 0)" $BASE/sessions
    """

    status = 413


class UriTooLong(Refusal):
    """The URL is too long.

    Cause: it is longer than 8 KiB.
    Fix: filter by fewer values.
    Try: curl "$BASE/tasks?text=$(printf %09000d 0)"
    """

    status = 414


class UnsupportedMediaType(Refusal):
    """The body has a media type that is not read here.

    Cause: `Content-Type` is missing or another one, the text is not UTF-8, or the body is compressed.
    Fix: send one of the media types that `detail` names, in UTF-8, as it is.
    Try: curl -H "Content-Type: text/plain" -d "{}" $BASE/sessions
    """

    status = 415


class HeadTooLarge(Refusal):
    """The head of the request is too large.

    Cause: its headers have more than 32 KiB together.
    Fix: send fewer cookies and headers.
    Try: curl -H "X-Filler: $(printf %033000d 0)" $BASE/health
    """

    status = 431


class MethodNotImplemented(Refusal):
    """The method is not implemented.

    Cause: the method is not one of HTTP's that this service knows, or is not in upper case.
    Fix: use a method of the contract, in upper case.
    Try: curl -X BREW $BASE/tasks
    """

    status = 501

    def __init__(
        self,
        detail: str = "Methods are case-sensitive; CONNECT and extension methods are not implemented.",
        **facts: Any,
    ) -> None:
        super().__init__(detail, **facts)


class TransferCodingNotImplemented(Refusal):
    """The transfer coding is not implemented.

    Cause: `Transfer-Encoding` names a coding other than `chunked`.
    Fix: send the body with `Content-Length`, or with `Transfer-Encoding: chunked` alone.
    Try: curl -H "Transfer-Encoding: gzip, chunked" --json "{}" $BASE/sessions
    """

    status = 501

    def __init__(self, detail: str = "The only transfer coding is chunked.", **facts: Any) -> None:
        super().__init__(detail, **facts)


class HttpVersionNotSupported(Refusal):
    """The HTTP version is not supported.

    Cause: the request line names another major version than HTTP/1, such as the preface of HTTP/2.
    Fix: send HTTP/1.1; a proxy in front can translate HTTP/2 and HTTP/3.
    Try: No command of curl shows it: with `--http2-prior-knowledge`, the server refuses the request, and curl ends with a framing
        error.
    """

    status = 505
