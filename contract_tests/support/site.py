"""The pages of a server, read as a reader follows their links, and what is wrong with these."""

import re
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import httpx

from spec import answering, load
from spec.operations import published_operations

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
        self.operations = {answering.anchor(operation) for operation in published_operations(load())}

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
            links = ["".join(groups) for groups in HREF.findall(answer.text)]
        elif kind.startswith(("text/markdown", "text/plain")):
            text = re.sub(r"```.*?```", "", answer.text, flags=re.S)
            links = MARKDOWN.findall(re.sub(r"`[^`]*`", "", text))
        else:
            links = []
        links = [urljoin(url, link.replace("&amp;", "&")) for link in links]
        return [f"{link}/" if link == self.host_url else link for link in links]

    def fault(self, url):
        """What is wrong with a link, or None."""
        page, anchor = urldefrag(url)
        if urlsplit(url).scheme in ("mailto", "data"):
            return None
        if not page.startswith(f"{self.host_url}/"):
            return None if urlsplit(url).hostname in ELSEWHERE else "leads to a host that is not on the list"
        if urlsplit(page).path.startswith(
            "/api/v1/"
        ):  # an operation that a text names: it is there, whoever may send it
            is_there = "Allow" in httpx.options(page).headers
            return None if is_there else "is no URL of the API"
        answer = self.get(page)
        if answer.status_code >= 400:
            return f"is answered with {answer.status_code}"
        if urlsplit(page).path == "/docs":
            return None if not anchor or unquote(anchor) in self.operations else "names no operation"
        is_page = answer.headers["Content-Type"].startswith("text/html") and not page.startswith(
            f"{self.host_url}/account"
        )
        if anchor and is_page and anchor not in ANCHOR.findall(answer.text):
            return "has an anchor that is not there"
        return None


def faults(site, *starts):
    """``(page, link, fault)`` of all links that can be reached from the starts."""
    waiting, seen, dead = list(starts), set(starts), []
    while waiting:
        url = waiting.pop()
        for link in site.links(url):
            page = urldefrag(link)[0]
            if fault := site.fault(link):
                dead.append((url, link, fault))
            elif page.startswith(f"{site.host_url}/") and page not in seen and "/api/v1/" not in page:
                seen.add(page)
                waiting.append(page)
    return dead, seen
