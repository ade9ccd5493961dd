"""The pages of a server, read as a reader follows their links, and what is wrong with these."""

import re
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import httpx

from spec import answering, load
from spec.operations import operations

ELSEWHERE = {  # hosts that texts may lead to: standards, and the license
    "www.apache.org",
    "semver.org",
}
HREF = re.compile(
    r'<a [^>]*?href="([^"]*)"|<link [^>]*?href="(?!data:)([^"]*)"|<form role="search" action="([^"]*)"|src="([^"]*)"'
)
MARKDOWN = re.compile(r"\]\(((?:/|#|https?:)[^)\s]*)\)")
ANCHOR = re.compile(r'\sid="([^"]+)"')


class Site:
    """What was read of a server, by URL without fragment."""

    def __init__(self, host_url):
        self.host_url, self.read = host_url, {}
        self.operations = {
            answering.anchor(one) for one in operations(load()) if not one.node.get("x-internal")
        }

    def get(self, url):
        if url not in self.read:
            self.read[url] = httpx.get(
                url, headers={"Accept": "text/html,*/*;q=0.5"}, follow_redirects=True, timeout=30
            )
        return self.read[url]

    def links(self, url):
        """The absolute URLs that a page or a Markdown text names."""
        answer = self.get(url)
        kind = answer.headers.get("Content-Type", "")
        if kind.startswith("text/html"):
            found = ["".join(groups) for groups in HREF.findall(answer.text)]
        elif kind.startswith(("text/markdown", "text/plain")):
            text = re.sub(r"```.*?```", "", answer.text, flags=re.S)
            found = MARKDOWN.findall(re.sub(r"`[^`]*`", "", text))
        else:
            found = []
        found = [urljoin(url, one.replace("&amp;", "&")) for one in found]
        return [f"{one}/" if one == self.host_url else one for one in found]

    def fault(self, url):
        """What is wrong with a link, or None."""
        place, anchor = urldefrag(url)
        if urlsplit(url).scheme in ("mailto", "data"):
            return None
        if not place.startswith(f"{self.host_url}/"):
            return None if urlsplit(url).hostname in ELSEWHERE else "leads to a host that is not on the list"
        if urlsplit(place).path.startswith(
            "/api/v1/"
        ):  # an operation that a text names: it is there, whoever may send it
            is_there = "Allow" in httpx.options(place).headers
            return None if is_there else "is no URL of the API"
        answer = self.get(place)
        if answer.status_code >= 400:
            return f"is answered with {answer.status_code}"
        if urlsplit(place).path == "/docs":
            return None if not anchor or unquote(anchor) in self.operations else "names no operation"
        is_page = answer.headers["Content-Type"].startswith("text/html") and not place.startswith(
            f"{self.host_url}/account"
        )
        if anchor and is_page and anchor not in ANCHOR.findall(answer.text):
            return "has an anchor that is not there"
        return None


def faults(site, *starts):
    """``(page, link, fault)`` of all links that can be reached from the starts."""
    waiting, seen, found = list(starts), set(starts), []
    while waiting:
        url = waiting.pop()
        for link in site.links(url):
            place = urldefrag(link)[0]
            if fault := site.fault(link):
                found.append((url, link, fault))
            elif place.startswith(f"{site.host_url}/") and place not in seen and "/api/v1/" not in place:
                seen.add(place)
                waiting.append(place)
    return found, seen
