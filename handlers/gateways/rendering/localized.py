"""Values as the people of a locale write them."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from handlers.gateways.rendering.tables import Column, hours


def formatter(locale: str) -> Callable[[Column, Any], str]:
    """A function that gives the text of a column's value."""
    from babel import Locale, dates, numbers

    parsed = Locale.parse(locale, sep="-")

    def text(column: Column, value: Any) -> str:
        if value is None:
            return ""
        if column.kind == "money":
            digits = column.minor_digits
            pattern = "#,##0" + (f".{'0' * digits}" if digits else "")
            return f"{numbers.format_decimal(value, pattern, locale=parsed)}\u00a0{column.currency}".strip()
        if column.kind in ("integer", "decimal"):
            number = value if isinstance(value, int) else Decimal(str(value))
            return numbers.format_decimal(number, locale=parsed, decimal_quantization=False)
        if isinstance(value, bool):
            return "\u2713" if value else "\u2717"
        if isinstance(value, datetime.datetime):
            return dates.format_datetime(value, "short", locale=parsed)
        if isinstance(value, datetime.date):
            return dates.format_date(value, "medium", locale=parsed)
        return hours(value) if isinstance(value, datetime.timedelta) else value

    return text
