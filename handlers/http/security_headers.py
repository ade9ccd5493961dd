"""Headers of every answer that tell browsers what it may do: nothing, or what a page of ours needs."""

SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"strict-transport-security", b"max-age=63072000"),
    (b"vary", b"Accept, Authorization, X-API-Key, X-Service-Account, Origin"),
]
API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
PAGE_POLICY = (
    b"content-security-policy",
    (
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        b"font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
)
API_HEADERS = [*SECURITY, API_POLICY]
PAGE_HEADERS = [*SECURITY, PAGE_POLICY]
