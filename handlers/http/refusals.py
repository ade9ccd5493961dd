"""Refusals that only HTTP knows: requests that cannot be read, routed or received."""

from typing import Any

from models.base.errors import Refusal


class MalformedUrl(Refusal):
    """The URL is malformed.

    Cause: The URL contains a percent sign without two hexadecimal digits, or bytes that are not UTF-8.
    Fix: Percent-encode the URL (RFC 3986).
    Try: curl "$BASE/health?%zz"
    """

    status = 400


class MalformedJson(Refusal):
    """The request body is not valid JSON.

    Cause: The body is not JSON (RFC 8259) in UTF-8, repeats a property, is nested too deeply, or contains an invalid number
    or character.
    Fix: Use a JSON library to write the body.
    Try: curl --json "{" $BASE/sessions
    """

    status = 400


class MalformedForm(Refusal):
    """The request body is not a valid form.

    Cause: The body is not percent-encoded UTF-8 (`application/x-www-form-urlencoded`), repeats a field, or has too many
    fields.
    Fix: Use an HTTP library to write the form.
    Try: curl -d "email=%zz" $BASE/oauth/login
    """

    status = 400


class MalformedRequest(Refusal):
    """The request is not valid HTTP/1.1.

    Cause: The request line, a header field, or the framing of the body violates RFC 9112, `Host` is missing, or a header
    with a single value was sent twice.
    Fix: Use an HTTP library, and send each header once.
    Try: curl -H "Host:" $BASE/health
    """

    status = 400


class UnexpectedBody(Refusal):
    """The operation does not accept a request body.

    Cause: A body was sent to an operation that does not accept one.
    Fix: Send the request without a body.
    Try: curl -X PUT -d "x" -H "Authorization: Bearer $TOKEN" $BASE/tasks/$TASK/completion
    """

    status = 400


class MethodNotAllowed(Refusal):
    """The URL does not support this method.

    Cause: The URL exists, but does not support the method of the request.
    Fix: Use one of the methods in `Allow`.
    Try: curl -X DELETE $BASE/health
    """

    status = 405


class NotAcceptable(Refusal):
    """None of the requested media types is available.

    Cause: `Accept` excludes every media type of the response.
    Fix: Accept one of the media types in `detail`.
    Try: curl -H "Accept: text/csv" $BASE/health
    """

    status = 406


class BodyTimeout(Refusal):
    """The request body did not arrive in time.

    Cause: The connection is too slow, or the body is shorter than its `Content-Length`.
    Fix: Send the same request again, with the same idempotency key.
    Try: curl -H "Content-Length: 100" --json "{}" $BASE/sessions
    """

    status = 408
    retryable = True


class BodyTooLarge(Refusal):
    """The request body is too large.

    Cause: The body is larger than 1 MiB, or than the limit that the operator has set.
    Fix: Split the data into several requests.
    Try: curl --json "$(printf %0100000d 0)" $BASE/sessions
    """

    status = 413


class UriTooLong(Refusal):
    """The URL is too long.

    Cause: The URL is longer than 8 KiB.
    Fix: Filter by fewer values.
    Try: curl "$BASE/tasks?text=$(printf %09000d 0)"
    """

    status = 414


class UnsupportedMediaType(Refusal):
    """Unsupported media type.

    Cause: `Content-Type` is missing or not supported, the text is not UTF-8, or the body is compressed.
    Fix: Send one of the media types in `detail`, in UTF-8 and not compressed.
    Try: curl -H "Content-Type: text/plain" -d "{}" $BASE/sessions
    """

    status = 415


class HeadTooLarge(Refusal):
    """The request header is too large.

    Cause: The header fields have more than 32 KiB in total.
    Fix: Send fewer cookies and header fields.
    Try: curl -H "X-Filler: $(printf %033000d 0)" $BASE/health
    """

    status = 431


class MethodNotImplemented(Refusal):
    """The method is not implemented.

    Cause: The server does not know the method. Methods are case-sensitive.
    Fix: Use a method of the API reference, in upper case.
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

    Cause: `Transfer-Encoding` contains a coding other than `chunked`.
    Fix: Send the body with `Content-Length`, or with `Transfer-Encoding: chunked`.
    Try: curl -H "Transfer-Encoding: gzip, chunked" --json "{}" $BASE/sessions
    """

    status = 501

    def __init__(
        self, detail: str = "The only supported transfer coding is `chunked`.", **facts: Any
    ) -> None:
        super().__init__(detail, **facts)


class HttpVersionNotSupported(Refusal):
    """The HTTP version is not supported.

    Cause: The request line names a major version other than HTTP/1, such as the preface of HTTP/2.
    Fix: Send HTTP/1.1. A proxy in front of the server can translate HTTP/2 and HTTP/3.
    Try: No command of curl shows it: with `--http2-prior-knowledge`, the server refuses the request, and curl ends with a framing
        error.
    """

    status = 505
