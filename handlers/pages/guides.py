"""Guides as HTML: headings with anchors, code samples in one language, and names in code as links to the reference."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

LANGUAGES = {"curl": "curl", "python": "Python", "typescript": "TypeScript"}
OF_FENCES = {"sh": "curl", "python": "python", "ts": "typescript"}
LEVELS = {"h1": 1, "h2": 2, "h3": 3}


class Sample(NamedTuple):
    """One code sample in each of its languages, and the statuses of the responses to its requests."""

    id: str
    codes: dict[str, str]
    statuses: tuple[int, ...]


class Section(NamedTuple):
    """A heading with its anchor, which is empty for the title of the guide, and the text below it without samples."""

    level: int
    anchor: str
    title: str
    text: str


class Guide:
    """A guide, parsed once. ``links`` has the URLs of names that stand in code, such as operation IDs."""

    def __init__(self, name: str, source: str, links: Mapping[str, str]) -> None:
        self.name, self.links = name, links
        self.markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self.tokens = self.markdown.parse(source)
        self.samples = dict(samples(self.tokens))
        self.sections = list(sections(self.tokens))
        self.title = self.sections[0].title
        self.lead = self.sections[0].text.split(". ")[0].rstrip(".") + "."

    def html(self, language: str) -> Markup:
        """The guide below its title, with its samples in one language, or in their only one."""
        pieces, tokens = [], iter(enumerate(self.tokens))
        anchors = {section.title: section.anchor for section in self.sections}
        for number, token in tokens:
            if number in self.samples:
                sample = self.samples[number]
                pieces.append(_sample(sample, language))
                for _ in range(len(sample.codes) - 1):
                    next(tokens)
            elif token.tag == "h1":
                if token.nesting > 0:
                    next(tokens)  # the title itself, which the page has above
            elif token.type == "heading_open":
                anchor = anchors[_plain(self.tokens[number + 1])]
                pieces.append(Markup('<{} id="{}">').format(token.tag, anchor))
            else:
                pieces.append(self._piece(token))
        return Markup("").join(pieces)

    def _piece(self, token: Token) -> Markup:
        if token.type == "inline":
            return Markup("").join(map(self._inline, _outside_links(token.children or ())))
        if token.type == "fence":
            return Markup('<pre tabindex="0"><code>{}</code></pre>\n').format(token.content)
        if token.type == "table_open":
            return Markup('<div class="table" tabindex="0"><table>\n')
        if token.type == "table_close":
            return Markup("</table></div>\n")
        return self._rendered(token)

    def _inline(self, child: tuple[Token, bool]) -> Markup:
        token, is_linked = child
        url = self.links.get(token.content) if token.type == "code_inline" and not is_linked else None
        if url:
            return Markup('<a href="{}"><code>{}</code></a>').format(url, token.content)
        return self._rendered(token)

    def _rendered(self, token: Token) -> Markup:
        # The text is ours, and the parser escapes the HTML in it.
        return Markup(self.markdown.renderer.render([token], self.markdown.options, {}))  # noqa: S704


def samples(tokens: list[Token]) -> Iterable[tuple[int, Sample]]:
    """The code samples, each with the number of its first token: fences of different languages that follow one another."""
    codes: dict[str, str] = {}
    statuses: tuple[int, ...] = ()
    first = count = 0
    for number, token in enumerate([*tokens, Token("end", "", 0)]):
        words = token.info.split()
        language = OF_FENCES.get(words[0]) if token.type == "fence" and words else None
        if codes and (language is None or language in codes):
            count += 1
            yield first, Sample(f"sample-{count}", codes, statuses)
            codes = {}
        if language:
            if not codes:
                first, statuses = number, ()
            codes[language] = token.content
            statuses = tuple(map(int, words[1:])) or statuses


def sections(tokens: list[Token]) -> Iterable[Section]:
    """The sections of a guide, in their order."""
    taken: set[str] = set()
    heading, words = None, []
    for number, token in enumerate([*tokens, Token("heading_open", "", 1)]):
        if token.type == "heading_open":
            if heading:
                yield Section(*heading, " ".join(words))
            if number < len(tokens):
                title = _plain(tokens[number + 1])
                heading, words = (LEVELS[token.tag], _anchor(title, taken), title), []
        elif token.type == "inline" and tokens[number - 1].type != "heading_open":
            words.append(_plain(token))


def _anchor(title: str, taken: set[str]) -> str:
    """The anchor of a heading, as GitHub makes it: `Find your organization` is ``find-your-organization``."""
    anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
    anchor = anchor if anchor not in taken else f"{anchor}-{len(taken)}"
    taken.add(anchor)
    return anchor


def _plain(token: Token) -> str:
    """The text of a paragraph, without its markup."""
    words = [
        " " if child.type in ("softbreak", "hardbreak") else child.content for child in token.children or ()
    ]
    return "".join(words)


def _outside_links(children: Iterable[Token]) -> Iterable[tuple[Token, bool]]:
    """The parts of a paragraph, each with whether it stands in a link."""
    depth = 0
    for child in children:
        depth += child.nesting if child.type.startswith("link_") else 0
        yield child, depth > 0


def _sample(sample: Sample, language: str) -> Markup:
    chosen = language if language in sample.codes else next(iter(sample.codes))
    if len(sample.codes) == 1:
        choices = escape(LANGUAGES[chosen])
    else:
        choices = Markup("\n").join(
            Markup('<a href="?language={}#{}"{}>{}</a>').format(
                name, sample.id, Markup(' aria-current="true"') if name == chosen else "", LANGUAGES[name]
            )
            for name in LANGUAGES
            if name in sample.codes
        )
    statuses = ", ".join(map(str, sample.statuses))
    status = Markup('<span class="status">Status {}</span>').format(statuses) if statuses else ""
    return Markup(
        '<div class="sample" id="{}"><p class="choices">{} {}</p>\n<pre tabindex="0"><code>{}</code></pre></div>\n'
    ).format(sample.id, choices, status, sample.codes[chosen].rstrip("\n"))
