"""The world of apps: what requests of OAuth need that no schema tells, and consents, which no operation makes alone."""

from contract_tests.support import factories
from contract_tests.support.visitor import App, Form, Visitor

A_COOKIE = f"remit={'a' * 43}"  # of a browser with which nobody has logged in
BOTH = {
    "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    "service_role": "guest",
}

# As those of contract/producers.py: what to change of a valid request.
CONFLICTS = {
    "create_app": lambda world, request: request.headers.update(
        Authorization=f"Bearer {factories.api_key(world.own.client, 'apps:write').token}"
    ),
    "create_app_secret": lambda world, request: setattr(
        request, "path", f"/apps/{world.apps.without_a_secret().id}/secrets"
    ),
}


class Apps:
    """The apps of a world; each is registered when it is first needed."""

    def __init__(self, world):
        self.world, self.by_name = world, {}

    @property
    def own(self):
        """One that acts for people of the world, and for itself."""
        if "own" not in self.by_name:
            self.by_name["own"] = self.another(self.world.own, **BOTH)
        return self.by_name["own"]

    def another(self, side, **fields):
        return App(side.client, side.organization_id, name=f"{side.word} app", **fields)

    def without_a_secret(self):
        return self.another(self.world.own, client_type="public")

    def consent(self, side, maker):
        """The id of a new consent of a person to a new app."""
        return consented(maker, self.another(side))

    def complete(self, request):
        """Make a request of OAuth a good one, which it is not by its schema alone."""
        fill = getattr(self, f"_{request.operation.id}", None)
        if fill:
            fill(request)

    def _get_authorization(self, request):
        request.params = self.own.asked()
        request.headers["Cookie"] = A_COOKIE

    def _start_authorization(self, request):
        request.body = self.own.asked()

    def _log_in_by_page(self, request):
        person = self.world.person_of(request.asker)
        request.body, request.headers["Cookie"] = log_in_form(self.world.nobody, self.own, person)

    def _decide_authorization(self, request):
        person = self.world.person_of(request.asker)
        request.body, request.headers["Cookie"] = decision_form(self.world.nobody, self.own, person)

    def _get_approved_apps(self, request):
        request.headers["Cookie"] = A_COOKIE

    def _revoke_approved_app(self, request):
        person = self.world.person_of(request.asker)
        request.body, request.headers["Cookie"] = revocation_form(self.world.nobody, self.own, person)

    def _issue_token(self, request):
        request.body = {**self._credentials, "grant_type": "client_credentials"}

    def _revoke_token(self, request):
        token = self.own.post("token", grant_type="client_credentials").json()["access_token"]
        request.body = {**self._credentials, "token": token}

    _introspect_token = _revoke_token

    @property
    def _credentials(self):
        return {"client_id": self.own.id, "client_secret": self.own.secret}


def log_in_form(client, app, person, **asked):
    """The fields of the page on which a person logs in for an app, filled in, and the cookie of the browser."""
    visitor = visitor_of(client)
    page = visitor.request("POST", "/oauth/authorize", data=app.asked(**asked))
    page = page if page.status_code == 200 else visitor.follow(page)
    fields = Form(page.text).values
    return {**fields, "email": person.email, "password": person.password}, cookie_of(visitor)


def decision_form(client, app, person):
    """The same of the page on which the person approves."""
    visitor = visitor_of(client)
    page = visitor.log_in(visitor.authorize(app, prompt="consent"), person)
    return {**Form(page.text).values, "decision": "approve"}, cookie_of(visitor)


def revocation_form(client, app, person):
    """The same of the page on which the person revokes the access of the newest app."""
    visitor = visitor_of(client)
    page = visitor.log_in(visitor.authorize(app, prompt="consent"), person)
    visitor.submit(page, decision="approve")
    return Form(visitor.get("/account/apps").text).values, cookie_of(visitor)


def consented(client, app):
    """The id of the consent that the person of a client gives to an app."""
    visitor = visitor_of(client)
    app.redirect_parameters(
        visitor.submit(visitor.log_in(visitor.authorize(app), client.person), decision="approve")
    )
    return next(
        consent["id"] for consent in client.get("/consents").json()["items"] if consent["app_id"] == app.id
    )


def visitor_of(client):
    """A browser of its own at the server of a client."""
    return Visitor(str(client.http.base_url), client.contract)


def cookie_of(visitor):
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.http.cookies.jar)


def refused_page(world, operation):
    """How each page is brought to say that it does not go on here."""
    request = world.request(operation)
    if operation.id == "get_authorization":
        request.params["redirect_uri"] = "https://evil.example/"
    elif operation.id == "start_authorization":
        del request.body["redirect_uri"]
    elif operation.id == "log_in_by_page":
        request.body["password"] = "another"
    else:
        del request.headers["Cookie"]
    return world.send(request)


def sent_on(context, operation, status):
    """How each page is brought to send the browser on: with prompt=none, nobody is asked."""
    request = context.world.request(operation)
    if operation.method == "GET":
        request.params["prompt"] = "none"
    answer = context.world.send(request)
    assert answer.headers["Location"] and answer.content == b""
    return answer
