"""What may become of a call of an external service, in words for whoever runs the server."""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from handlers.gateways.external.http import Answer

ANSWERED, FAULT = (
    "answered",
    "fault",
)  # outcomes of a call that raised nothing, and of an error in our own code


class NoAnswer(Exception):
    """The service failed: it could not be reached, or its answer is none that its protocol has.

    ``is_failure`` tells whether the service failed, None if the call says nothing about it.  ``is_sent`` tells whether the
    service may have read the request, ``retry_after`` how many seconds it wants to be left alone, ``answer`` what it said.
    """

    outcome: ClassVar[str] = "failed"
    is_failure: ClassVar[bool | None] = True

    def __init__(
        self,
        text: str,
        *,
        is_sent: bool = True,
        retry_after: float | None = None,
        answer: "Answer | None" = None,
    ) -> None:
        super().__init__(text)
        self.is_sent, self.retry_after, self.answer = is_sent, retry_after, answer


class TimedOut(NoAnswer):
    """The service took too long."""

    outcome = "timeout"


class Declined(NoAnswer):
    """The service works, and does not do what it was asked (4xx)."""

    outcome = "declined"
    is_failure = False


class NotCalled(NoAnswer):
    """The service was not called, which says nothing about it."""

    is_failure = None

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text, is_sent=False, retry_after=retry_after)


class Resting(NotCalled):
    """The circuit breaker of the service is open."""

    outcome = "open"


class Busy(NotCalled):
    """As many calls as may wait for the service do."""

    outcome = "busy"


class RateLimited(NotCalled):
    """The service was called as often as the settings allow."""

    outcome = "limited"


class Malformed(NotCalled):
    """The request cannot be written: what it was made of is no address, or no header."""

    outcome = "malformed"


class Forbidden(NotCalled):
    """The address is not allowed (:class:`models.base.public_addresses.AddressNotAllowed`)."""

    outcome = "forbidden"
