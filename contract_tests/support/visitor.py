"""A person at a browser, as far as pages without scripts need one: cookies, forms, redirects that are looked at."""

import base64
import hashlib
import secrets
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from contract_tests.support.clients import Client, http_client


class Form(HTMLParser):
    """The form of a page: where it is sent to, and the values that it has already."""

    def __init__(self, html):
        super().__init__()
        self.action, self.values, self.labels, self.ids = None, {}, set(), {}
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attribute_values = dict(attributes)
        if tag == "form":
            self.action = attribute_values["action"]
        elif tag == "input":
            self.values[attribute_values["name"]] = attribute_values.get("value", "")
            self.ids[attribute_values["name"]] = attribute_values.get("id")
        elif tag == "label":
            self.labels.add(attribute_values["for"])


class Visitor(Client):
    """Keeps the cookies that it is given; every answer is checked against the contract."""

    def __init__(self, base_url, contract, person=None):
        super().__init__(base_url, contract, person=person)
        self.http = http_client(base_url=base_url)

    def follow(self, response):
        """The answer at the address that another one leads to."""
        assert response.status_code == 303, response.text
        return self.get(urljoin(str(response.url), response.headers["Location"]))

    def submit(self, page, **fields):
        """The answer to the form of a page, filled in."""
        form = Form(page.text)
        return self.request("POST", form.action, data={**form.values, **fields})

    def log_in(self, page, person=None, **fields):
        """The page after logging in with one."""
        person = person or self.person
        answer = self.submit(page, **{"email": person.email, "password": person.password, **fields})
        return self.follow(answer)

    def authorize(self, app, **asked):
        """The answer at the address that the app sends people to."""
        return self.get(app.address(**asked))

    def approve(self, app, **asked):
        """What the app is told, as parameters by name, once the person has logged in, if need be, and approved."""
        answer = self.authorize(app, **asked)
        if answer.status_code == 200 and 'name="password"' in answer.text:
            answer = self.log_in(answer)
        if answer.status_code == 200:
            answer = self.submit(answer, decision="approve")
        return app.redirect_parameters(answer)


class App:
    """A partner's app: what was registered, and what it does."""

    def __init__(self, client, organization_id, **fields):
        body = {
            "organization_id": organization_id,
            "name": "Planner",
            "client_type": "confidential",
            "redirect_uris": ["https://app.example/callback"],
            "scopes": ["openid", "profile", "email", "offline_access", "account:read", "tasks:read"],
            "grant_types": ["authorization_code", "refresh_token"],
            **fields,
        }
        made = client.post("/apps", body)
        assert made.status_code == 201, made.text
        self.registered, self.secret = made.json()["app"], made.json()["client_secret"]
        self.id, self.redirect_uris = self.registered["id"], body["redirect_uris"]
        self.client = Client(str(client.http.base_url), client.contract)
        self.verifier = secrets.token_urlsafe(48)

    @property
    def challenge(self):
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def asked(self, **changes):
        """The parameters of a good request, changed; None leaves one out."""
        parameters = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": next(iter(self.redirect_uris), None),
            "scope": "openid account:read offline_access",
            "state": "some state",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def address(self, **changes):
        return f"/oauth/authorize?{urlencode(self.asked(**changes))}"

    def redirect_parameters(self, answer):
        """The parameters of an answer that sends the browser back to the app."""
        assert answer.status_code == 303, answer.text
        target, _, query = answer.headers["Location"].partition("?")
        registered = [uri.partition("?")[0] for uri in self.redirect_uris]
        assert target in registered or urlsplit(target).hostname in ("127.0.0.1", "::1"), target
        return {name: value for name, (value,) in parse_qs(query, keep_blank_values=True).items()}

    def post(self, endpoint, basic=True, **fields):
        """The answer of an endpoint, to which the app proves itself by HTTP Basic, or says its id in the form."""
        auth = (self.id, self.secret) if basic and self.secret else None
        fields = {name: value for name, value in fields.items() if value is not None}
        fields = fields if auth else {"client_id": self.id, **fields}
        return self.client.request("POST", f"/oauth/{endpoint}", data=fields, auth=auth)

    def exchange(self, code, **changes):
        """The answer to a code."""
        fields = {"redirect_uri": self.redirect_uris[0], "code_verifier": self.verifier, **changes}
        return self.post("token", grant_type="authorization_code", code=code, **fields)

    def refresh(self, token, **fields):
        return self.post("token", grant_type="refresh_token", refresh_token=token, **fields)

    def tokens(self, visitor, **asked):
        """What the app gets when a person approves."""
        answer = self.exchange(visitor.approve(self, **asked)["code"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    def acting(self, token):
        """A client that acts with an access token."""
        return Client(str(self.client.http.base_url), self.client.contract, token)
