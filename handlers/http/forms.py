"""Forms: ``application/x-www-form-urlencoded``, read strictly.  What two parsers could read in two ways is refused."""

from urllib.parse import parse_qsl

from handlers.http.parameters import BAD_ESCAPE
from handlers.http.refusals import MalformedForm
from models.base.errors import fault

MEDIA_TYPE = "application/x-www-form-urlencoded"


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
    fields = {}
    for name, value in pairs:
        if name in fields:
            raise refused(f"The field {name[:100]!r} appears twice.")
        fields[name] = value
    return {name: value for name, value in fields.items() if value}


def refused(detail: str) -> MalformedForm:
    return MalformedForm(detail, errors=[fault("body", "malformed_form", detail, pointer="")])
