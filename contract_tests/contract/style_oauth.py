"""What the operations of OAuth and OpenID Connect do otherwise than all others, because their RFCs decide it; and why."""

from contract_tests.contract.reading import rule
from spec import scopes_of_apps

# Pages of HTML, which browsers are sent to, and the forms of these.
PAGES = {
    "get_authorization": "browsers are sent there by apps, with what RFC 6749 says",
    "start_authorization": "OpenID Connect has the same request in a form, which browsers send",
    "log_in_by_page": "the form of a page, after which browsers are sent on",
    "decide_authorization": "the form of a page, after which browsers are sent on",
    "get_approved_apps": "browsers show it to people, who log in with it",
    "revoke_approved_app": "the form of a page, after which browsers are sent back",
}
# Endpoints that apps call themselves, and prove there to be who they are.
ENDPOINTS = {
    "issue_token": "its request and answers are those of RFC 6749",
    "revoke_token": "its request and answers are those of RFC 7009",
    "introspect_token": "its request and answers are those of RFC 7662",
}
ASKING = {
    "introspect_token": "it asks: RFC 7662 has it posted, so that no log keeps a token",
    "query_userinfo": "it asks: OpenID Connect lets clients post it",
}
POSTS = {
    **{name: why for name, why in PAGES.items() if name not in ("get_authorization", "get_approved_apps")},
    **ENDPOINTS,
}
POSTS["query_userinfo"] = ASKING["query_userinfo"]
SHOWING = {name: POSTS[name] for name in ("issue_token", "introspect_token", "query_userinfo")}
SHOWING |= {name: PAGES[name] for name in ("start_authorization", "log_in_by_page")}
FORMS = {name: why for name, why in POSTS.items() if name != "query_userinfo"}
PUBLIC = {
    **PAGES,
    **ENDPOINTS,
    "get_authorization_server": "clients find everything else by it (RFC 8414)",
    "get_openid_configuration": "clients find everything else by it (OpenID Connect Discovery)",
}
WELL_KNOWN = {
    "/.well-known/oauth-authorization-server": "the address of RFC 8414",
    "/.well-known/openid-configuration": "the address of OpenID Connect Discovery",
}
ENDPOINT_NAMES = {
    "/oauth/authorize": "the authorization endpoint, by the name that it has everywhere",
    "/oauth/login": "the one form of a page",
    "/oauth/consent": "the one form of a page",
    "/oauth/token": "the token endpoint, by the name that it has everywhere",
    "/oauth/revoke": "the revocation endpoint, by the name that it has everywhere",
    "/oauth/introspect": "the introspection endpoint, by the name that it has everywhere",
    "/oauth/userinfo": "the userinfo endpoint, by the name that it has everywhere",
}
BY_MEANING = {
    "get_authorization 303": "the browser is sent back to the app",
    "get_authorization 403": "the app is unknown, or has not registered the address",
    "start_authorization 303": "the browser is sent on",
    "start_authorization 403": "the app is unknown, or has not registered the address",
    "log_in_by_page 303": "the browser is sent on",
    "log_in_by_page 403": "the form is not of a page of this browser, or the password is wrong",
    "decide_authorization 303": "the browser is sent back to the app",
    "decide_authorization 403": "the form is not of a page of this browser",
    "revoke_approved_app 303": "the browser is sent back to the page",
    "revoke_approved_app 403": "the form is not of a page of this browser",
    **{f"{name} 401": "the app has not proven to be itself" for name in ENDPOINTS},
    **{f"{name} 400": "a parameter may be missing" for name in ENDPOINTS},
}
# Answers of their own: pages for people, and errors as RFC 6749 has them.
OWN_ANSWERS = {
    **{f"{name} 403": "a page, for people" for name in PAGES if name != "get_approved_apps"},
    **{f"{name} 400": "RFC 6749 §5.2 says what is told" for name in ENDPOINTS},
    **{f"{name} 401": "RFC 6749 §5.2 says what is told" for name in ENDPOINTS},
}
ABSENT = {
    **{f"Tokens.{name}": "RFC 6749 leaves it out" for name in ("refresh_token", "id_token")},
    **{
        f"IntrospectedToken.{name}": "RFC 7662 leaves it out"
        for name in ("client_id", "sub", "scope", "token_type", "iat", "exp", "iss")
    },
    **{
        f"Userinfo.{name}": "OpenID Connect leaves it out"
        for name in ("name", "zoneinfo", "locale", "email", "email_verified")
    },
}
OPEN_REQUESTS = {
    "AuthorizationStart": "RFC 6749 §3.1: what is not known is ignored",
    "TokenRequest": "RFC 6749 §3.2: what is not known is ignored",
    "TokenRevocation": "RFC 7009 §2.1: as the token endpoint",
    "TokenIntrospection": "RFC 7662 §2.1: parameters that are not known are ignored",
}
CLIENT_IDS = {
    f"{name}.client_id": "what is no id at all is refused as RFC 6749 says, and not by its form"
    for name in OPEN_REQUESTS
}


@rule()
def apps_are_let_in_by_their_scopes(reading):
    """An operation lets in the tokens of apps that have its ``x-scopes``, unless these are of people alone."""
    app_scopes = scopes_of_apps(reading.document).keys()
    schemes = reading.document["components"]["securitySchemes"]
    for scheme in ("oauth2", "oauth2_service"):
        for name, flow in schemes[scheme]["flows"].items():
            if not app_scopes >= flow["scopes"].keys():
                yield name, "its scopes are those that apps may have."
    for operation in reading.operations:
        needed = operation.node.get("x-scopes")
        stated = [each["oauth2"] for each in operation.node.get("security", ()) if "oauth2" in each]
        if needed and stated != ([needed] if set(needed) <= app_scopes else []):
            yield operation.id, "leave its security to spec.load, which says the scopes of apps."
