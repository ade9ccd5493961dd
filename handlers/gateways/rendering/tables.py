"""Tables: typed columns, and values that are checked before they are written in any format."""

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

Kind = Literal["text", "integer", "decimal", "money", "boolean", "date", "datetime", "duration"]
# What text never holds: half characters, control characters other than tabs and line ends, and the two code points that are none.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Currencies by the digits of their minor unit, where ISO 4217 has other than two.
CURRENCIES_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
MINOR_DIGITS = {
    currency: digits for digits, currencies in CURRENCIES_BY_DIGITS.items() for currency in currencies.split()
}
TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "decimal": (int, float, Decimal),
    "money": (int,),
    "boolean": (bool,),
    "date": (datetime.date,),
    "datetime": (datetime.datetime,),
    "duration": (datetime.timedelta,),
}


class UnsuitableTable(ValueError):
    """A table that cannot be written: too large, or with a value that does not fit its column."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """``currency``, of money, is a code of ISO 4217; values are integers in its minor unit.  ``width`` is in characters."""

    title: str
    kind: Kind = "text"
    currency: str = ""
    width: int = 0

    @property
    def minor_digits(self) -> int:
        """The digits of the currency's minor unit."""
        return MINOR_DIGITS.get(self.currency, 2)

    @property
    def is_number(self) -> bool:
        """Whether values are aligned as numbers are."""
        return self.kind in ("integer", "decimal", "money", "duration")


@dataclass(frozen=True, kw_only=True)
class Table:
    """``rows`` are read once, in order.  ``zone`` is the time zone in which date-times are shown, and headers name it."""

    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    name: str = "Table"
    zone: str = "UTC"

    def titles(self) -> list[str]:
        """The titles of the columns, with currency and time zone."""
        return [clean(column.title) + self._unit(column) for column in self.columns]

    def _unit(self, column: Column) -> str:
        if column.kind == "datetime":
            return f" ({self.zone})"
        return f" ({column.currency})" if column.kind == "money" else ""

    def values(self, at_most: int) -> Iterator[list[Any]]:
        """The rows with their values checked and converted; :class:`UnsuitableTable` at the first that is not suitable.

        A table that says its length is refused before the first row when it has too many.
        """
        if isinstance(self.rows, Sized) and len(self.rows) > at_most:
            raise UnsuitableTable(f"{self.name!r} has {len(self.rows):,} rows; the limit is {at_most:,}.")
        zone = ZoneInfo(self.zone)
        for number, row in enumerate(self.rows, 1):
            if number > at_most:
                raise UnsuitableTable(f"{self.name!r} has more than {at_most:,} rows.")
            if len(row) != len(self.columns):
                raise UnsuitableTable(
                    f"Row {number} of {self.name!r} has {len(row)} values for {len(self.columns)} columns."
                )
            try:
                yield [
                    _converted(column, value, zone) for column, value in zip(self.columns, row, strict=True)
                ]
            except UnsuitableTable as fault:
                raise UnsuitableTable(f"Row {number} of {self.name!r}: {fault}") from None


def clean(text: str) -> str:
    """The text with U+FFFD for each character that XML, and so XLSX and SVG, cannot hold."""
    return UNPRINTABLE.sub("\ufffd", text)


def hours(duration: datetime.timedelta) -> str:
    """A duration as ``26:03:00``, or ``-0:30:00``."""
    seconds = round(duration.total_seconds())
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _is_of(kind: Kind, value: Any) -> bool:
    """Whether a value is of a kind; to Python, a boolean is a number, and a date-time a date."""
    is_other = kind == "date" and isinstance(value, datetime.datetime)
    return isinstance(value, TYPES[kind]) and not is_other and isinstance(value, bool) == (kind == "boolean")


def _converted(column: Column, value: Any, zone: ZoneInfo) -> Any:
    """The value as it is written: clean text, finite numbers, money as a decimal, date-times in ``zone`` and without one."""
    if value is None:
        return None
    kind = column.kind
    if not _is_of(kind, value):
        raise UnsuitableTable(f"{type(value).__name__} is no {kind} for {column.title!r}.")
    if kind == "text":
        return clean(value)
    if kind == "decimal" and not Decimal(value).is_finite():
        raise UnsuitableTable(f"{value} is no finite number for {column.title!r}.")
    if kind == "money":
        return Decimal(value).scaleb(-column.minor_digits)
    if kind == "datetime":
        if value.tzinfo is None:
            raise UnsuitableTable(f"{value} has no time zone for {column.title!r}.")
        return value.astimezone(zone).replace(tzinfo=None)
    return value
