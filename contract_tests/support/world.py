"""A world to ask in: two organizations with one object of every kind, and a valid request for every operation.

Everything is built from the contract.  The object that an operation is about is created by the operation whose
permission is ``<noun>.create`` or ``<noun>.add``; only nouns that no operation creates stand in ``World.special``.
"""

from dataclasses import dataclass, field, replace

from contract_tests.support import authenticators, factories, preconditions, values
from contract_tests.support.clients import Client
from contract_tests.support.operations import OPERATIONS, Request, filled
from contract_tests.support.seed_objects import SPECIAL, supplied, supplied_parameter
from contract_tests.support.world_oauth import Apps
from models.base.database import database
from models.base.ids import new_id

CANARY = "CANARY"  # begins every foreign text; it must never be seen by anybody else
ROLES = ("owner", "admin", "member", "guest", "collaborator")
ASKERS = (*ROLES, "stranger", "key")  # the key is the owner's, without the scope of the operation
CREATORS = {
    operation.permission.partition(".")[0]: operation
    for operation in OPERATIONS
    if operation.permission and operation.permission.partition(".")[2] in ("create", "add")
}
# What is made without naming anything that it belongs to belongs to the person who makes it.
PERSONAL = {
    noun for noun, operation in CREATORS.items() if not operation.references and noun != "organization"
} | {"consent", "job", "notification", "session", "identity"}


@dataclass
class Side:
    """An organization, whose people's texts begin with ``word``; ``client`` is its owner."""

    client: Client
    word: str
    organization_id: str
    ids: dict = field(default_factory=dict)


class World:
    """``own`` is where the askers have their roles, ``foreign`` the organization of somebody else, who never asks."""

    special = SPECIAL

    def __init__(self, live, contract):
        self.live, self.contract = live, contract
        self.apps = Apps(self)
        self.nobody = Client(live.base_url, contract)
        first = factories.register(self.nobody, "owner", "Own 1")
        self.clients = {"owner": self._client(first)}
        for role in (*ROLES[1:], "stranger"):
            self.clients[role] = self._logged_in(self.somebody("Own"), role)
        self.clients["nobody"] = self.nobody
        owner = self.clients["owner"]
        self.own = Side(owner, "Own", factories.organization(owner, "Own")["id"])
        for role in ROLES[1:]:
            factories.member(owner, self.own.organization_id, self.clients[role].person, role)
        foreigner = self._logged_in(self.somebody(CANARY), "foreigner")
        made = factories.organization(foreigner, f"{CANARY} organization")
        self.foreign = Side(foreigner, CANARY, made["id"])
        for noun in {*CREATORS, *self.special, "consent"}:
            self.id_of(noun, "foreign")
        self.keys, self.with_two_factor = {}, set()
        factories.mail_of_the_example()
        self.host = self._logged_in(self.somebody("Own"), "host")  # who invites the askers elsewhere

    def request(self, operation, asker="owner", owner="own", reference=None, about=()):
        """A valid request.  The object of ``reference`` (default: every required one) is ``owner``'s: own,
        foreign or missing; all the others are own.  ``about`` has IDs for the path by the names of parameters."""
        self.prepare_two_factor(operation, self.person_of(asker).id)
        ids = {}
        for ref in operation.references:
            chosen = ref == reference if reference else ref.is_required
            if ref.where == "path" and ref.name in about:
                ids[ref.where, ref.name] = about[ref.name], ref
            elif chosen or ref.is_required:
                fresh = operation.is_write and ref.where == "path"
                ids[ref.where, ref.name] = self.id_of(ref.noun, owner if chosen else "own", asker, fresh), ref
        path = operation.path
        request = Request(operation, asker, path)
        for parameter in operation.parameters:
            if parameter["in"] == "path":
                text = (
                    ids[("path", parameter["name"])][0]
                    if ("path", parameter["name"]) in ids
                    else parameter["example"]
                )
                path = filled(path, parameter["name"], text)
            elif (
                parameter["in"] == "query"
                and parameter.get("required")
                and ("query", parameter["name"]) not in ids
            ):
                request.params[parameter["name"]] = (
                    supplied_parameter(self, parameter["name"], asker) or parameter["example"]
                )
        request.path = path
        if operation.schema:
            request.body = self.body(operation, self.own, asker)
        for (where, name), (id, ref) in ids.items():
            if where != "path":
                (request.params if where == "query" else request.body)[name] = [id] if ref.is_list else id
        self.apps.complete(request)
        if operation.permission == "user.erase" and asker not in ("key", "nobody"):
            request.headers["Authorization"] = f"Bearer {self.newcomer().token}"
        if operation.permission == "session.end" and asker != "key":
            request.headers["Authorization"] = f"Bearer {self.session_of(asker)}"
        if operation.id == "cancel_job" and owner == "own":
            factories.resume_job(path.split("/")[2])
        if operation.method == "DELETE" and not path.endswith("}") and owner == "own" and not about:
            self.do_what_it_takes_back(request)
        return request

    def body(self, operation, side, asker):
        """A valid body: what is required, or of a patch the first property.  References are put in by the caller."""
        schema = operation.schema
        in_body = {ref.name for ref in operation.references if ref.where == "body"}
        names = (
            list(schema.get("required", ()))
            or [name for name in schema["properties"] if name not in in_body][:1]
        )
        if "password" in schema["properties"]:  # one of the ways to show who one is
            names = list(dict.fromkeys([*names, "password"]))
            if operation.permission == "two_factor.update":  # and is on
                names += {"one_time_code"} & schema["properties"].keys()
        if side is not self.own:
            names += [
                name
                for name, property_schema in schema["properties"].items()
                if name not in names and values.is_free_text(property_schema)
            ]
        body = {}
        for name in names:
            if name not in in_body:
                value = supplied(self, operation, name, side, asker)
                body[name] = values.value(schema["properties"][name], side.word) if value is None else value
        return body

    def id_of(self, noun, owner="own", asker="owner", fresh=False):
        """The id of an object; a ``fresh`` one may be changed or deleted."""
        if owner == "missing":
            return new_id()
        side = self.own if owner == "own" else self.foreign
        personal = noun in PERSONAL and owner == "own" and asker not in ("key", "nobody")
        maker = self.clients[asker] if personal else side.client
        if (fresh or noun == "session") and owner == "own":  # one's sessions may all be ended at any time
            return self.make(noun, side, maker)
        if (noun, maker) not in side.ids:
            side.ids[noun, maker] = self.make(noun, side, maker)
        return side.ids[noun, maker]

    def make(self, noun, side, maker):
        """A new object of ``side``, as the contract says that it is made, and its id."""
        if noun in self.special:
            return self.special[noun](replace(side, client=maker))
        if noun == "consent":
            return self.apps.consent(side, maker)
        operation = CREATORS[noun]
        body, path = self.body(operation, side, "owner"), operation.path
        for ref in operation.references:
            id = self.id_of(ref.noun, "own" if side is self.own else "foreign")
            if ref.where == "path":
                path = filled(path, ref.name, id)
            elif ref.is_required:
                body[ref.name] = [id] if ref.is_list else id
        answer = maker.request(operation.method, path, json=body)
        assert answer.status_code == 201, f"{operation} did not make a {noun}: {answer.text}"
        return answer.json().get("id") or answer.json()[noun]["id"]

    def do_what_it_takes_back(self, request):
        """``DELETE`` of a fact at an address without an id takes back what ``PUT`` there did."""
        for operation in OPERATIONS:
            if operation.path == request.operation.path and operation.method == "PUT":
                assert self.own.client.request("PUT", request.path).status_code < 300

    def prepare_two_factor(self, operation, person_id):
        """The person has two-factor authentication as the operation needs it, and no longer than that: it is in the way
        of logging in."""
        if operation.permission == "two_factor.update" and operation.id != "enrol_two_factor":
            self.set_up_two_factor(person_id, is_active=operation.id != "confirm_two_factor")
        elif person_id in self.with_two_factor:
            authenticators.take_away(person_id)
            self.with_two_factor.remove(person_id)

    def set_up_two_factor(self, person_id, *, is_active):
        authenticators.set_up(person_id, is_active=is_active)
        self.with_two_factor.add(person_id)

    def send(self, request, **options):
        """The answer, checked against the contract."""
        headers = {**request.headers, **options.pop("headers", {})}
        if request.body is not None:
            options = {"content": request.encoded, **options}
            headers = {"Content-Type": request.operation.media_type, **headers}
        client = self.client(request.asker, request.operation)
        answer = client.request(
            request.operation.method, request.path, params=request.params or None, headers=headers, **options
        )
        preconditions.mend(self, request.operation)
        return answer

    def ask(self, operation, asker="owner", owner="own", reference=None):
        return self.send(self.request(operation, asker, owner, reference))

    def client(self, asker, operation):
        return self.key_without(operation.scopes) if asker == "key" else self.clients[asker]

    def person_of(self, asker):
        return (self.clients.get(asker) or self.own.client).person or self.own.client.person

    def memberships(self, asker):
        """The ids of the organizations of a person, by SQL."""
        sql = "select organization_id from members where user_id = %s"
        with database.connection_context():
            return {id for (id,) in database.rows(sql, (self.person_of(asker).id,))}

    def session_of(self, asker):
        """The access token of a new session."""
        return factories.signed_in(self.person_of(asker))["access_token"]

    def key_without(self, scopes):
        """A client with an API key of the owner, without any of the scopes, which no log-in replaces."""
        scope = next(scope for scope in ("events:read", "account:read") if scope not in scopes)
        if scope not in self.keys:
            self.keys[scope] = factories.api_key(self.own.client, scope)
        return self.keys[scope]

    def narrow_key(self):
        """The secret of a key of the owner that may do less than others."""
        return factories.api_key(self.own.client, "keys:write").token

    def somebody(self, word):
        """A registered person: a copy of another one, so that no password has to be hashed."""
        return factories.copied(self.clients["owner"], word)

    def newcomer(self):
        """Somebody who is logged in, and whom nobody else needs."""
        person = self.somebody("Own")
        person.token = factories.signed_in(person)["access_token"]
        return person

    def _logged_in(self, person, role):
        person.role, person.token = role, factories.signed_in(person)["access_token"]
        return self._client(person)

    def _client(self, person):
        return Client(self.live.base_url, self.contract, person.token, person)
