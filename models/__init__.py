"""What is true: tables, queries, rules, refusals.  Knows no HTTP."""


def tables():
    """Every table, each after those it refers to: the order of imports, creation and clean-up."""
    from models.api_keys import ApiKey
    from models.apps import App
    from models.assignments import Assignment
    from models.authorizations import Authorization, Token
    from models.base.counters import Counter
    from models.base.idempotency import Idempotency
    from models.consents import Consent
    from models.events import Event, Stream
    from models.mails import Mail
    from models.members import Member
    from models.organizations import Organization
    from models.projects import Project
    from models.security_log import SecurityChain, SecurityEntry
    from models.sessions import Session
    from models.signing_keys import SigningKey
    from models.tasks import Task
    from models.users import User

    return (
        Counter,
        Idempotency,
        Mail,
        SigningKey,
        SecurityChain,
        SecurityEntry,
        User,
        Session,
        ApiKey,
        Organization,
        Member,
        App,
        Consent,
        Authorization,
        Token,
        Project,
        Assignment,  # a part of the task, whose key to it is deferred
        Task,
        Event,
        Stream,
    )
