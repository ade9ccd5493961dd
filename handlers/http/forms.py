"""Forms: ``application/x-www-form-urlencoded``, and ``multipart/form-data`` with texts alone, read strictly.

What two parsers could read in two ways is refused.
"""

from collections.abc import Iterable
from urllib.parse import parse_qsl

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, MultipartDecoder, Preamble

from handlers.http.parameters import BAD_ESCAPE
from handlers.http.refusals import MalformedForm
from models.base.errors import fault

MEDIA_TYPE = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MAX_BOUNDARY_BYTES = 72  # with its two hyphens (RFC 2046 §5.1.1)


def read_form(raw: bytes, max_fields: int) -> dict[str, str]:
    """The fields of a form in bytes, as texts by name: UTF-8, percent-encoded, no name twice.

    A field that was left empty is not there (RFC 6749 §3.2).  Refused with :class:`MalformedForm`.
    """
    if BAD_ESCAPE.search(raw):
        raise refused("A percent sign is not followed by two hexadecimal digits.")
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=max_fields
        )
    except UnicodeDecodeError:
        raise refused("The body is not percent-encoded UTF-8.") from None
    except ValueError:
        raise refused(f"The body has more than {max_fields} fields.") from None
    return _unique(pairs)


def read_multipart(raw: bytes, max_fields: int) -> dict[str, str]:
    """The fields of a form in parts (RFC 7578), as :func:`read_form` does: texts in UTF-8, and no files.

    The boundary is that of the first line, with which such a body begins.
    """
    boundary = raw.partition(b"\r\n")[0]
    if not boundary.startswith(b"--") or not 2 < len(boundary) <= MAX_BOUNDARY_BYTES:
        raise refused("The body does not begin with a boundary.")
    decoder = MultipartDecoder(boundary[2:], max_parts=max_fields)
    parts: list[tuple[str, bytearray]] = []
    try:
        decoder.receive_data(raw)
        decoder.receive_data(None)
        while not isinstance(event := decoder.next_event(), Epilogue):
            if isinstance(event, Field) and event.name:
                parts.append((event.name, bytearray()))
            elif isinstance(event, Data):
                parts[-1][1].extend(event.data)
            elif not isinstance(event, Preamble):
                raise refused("The body has a part that is not a text, or does not end.")
        pairs = [(name, value.decode()) for name, value in parts]
    except (ValueError, LookupError, RequestEntityTooLarge):
        raise refused(f"The body is not a form of at most {max_fields} texts in UTF-8.") from None
    return _unique(pairs)


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise refused(f"The field {name[:100]!r} appears twice.")
        fields[name] = value
    return {name: value for name, value in fields.items() if value}


def refused(detail: str) -> MalformedForm:
    return MalformedForm(detail, errors=[fault("body", "malformed_form", detail, pointer="")])
