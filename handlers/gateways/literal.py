"""Text of people in mails: shown as it is, and never a header, markup, a link or another mail."""

import re
import unicodedata
from email.header import Header
from email.policy import Policy
from typing import Self

LINE_CHARACTERS = 76
# Characters that nobody sees, and that hide what is written or turn its direction.
UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
CONTROLS = {"Cc", "Cs", "Co", "Cn"}
# What programs that show mails make a link of: schemes, and dots in names of hosts, as IDNA reads them too.
SCHEME = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*):(?=//)|\b(mailto|tel|sms|javascript|data|callto|skype):")
HOST_DOT = re.compile(
    "(?<=[\\w\\])\u200c\u200d-])[.\u3002\uff0e\uff61](?=[\u200c\u200d]*[^\\W\\d_][\u200c\u200d]*[\\w-])"
)


class Literal(str):
    """A header's text that the library neither reads nor changes.

    It would decode the encoded words (RFC 2047) in a header that it is given, line ends in them included.
    """

    name: str

    @classmethod
    def of(cls, name: str, text: str) -> Self:
        literal = cls(text)
        literal.name = name
        return literal

    def fold(self, *, policy: Policy) -> str:
        """The lines as they are sent: encoded whenever something in them could be read as more than text."""
        is_plain = self.isascii() and self.isprintable() and "=?" not in self
        if is_plain and len(self.name) + len(self) + 2 <= LINE_CHARACTERS:
            return f"{self.name}: {self}{policy.linesep}"
        encoded = Header(str(self), "utf-8", LINE_CHARACTERS, self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {encoded}{policy.linesep}"


class Verbatim(Literal):
    """A header of ours, in ASCII and shorter than the longest line: it is sent as it is."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


class Recipient(Verbatim):
    """An address of ASCII that is the same to every reader."""


def plain(fact: str) -> str:
    """A fact as one line of text that no program reads as a link: ``evil.example`` is shown as ``evil[.]example``."""
    text = " ".join(UNSEEN.sub("", unicodedata.normalize("NFC", fact)).split())
    text = "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in CONTROLS else character
        for character in text
    )
    text = SCHEME.sub(lambda match: f"{match[1] or match[2]}[:]", text)
    return HOST_DOT.sub("[.]", text)
