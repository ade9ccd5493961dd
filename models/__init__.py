"""What is true: tables, queries, rules, refusals.  Knows no HTTP."""


def tables():
    """Every table, each after those it refers to: the order of imports, creation and clean-up."""
    from models.api_keys import ApiKey
    from models.assignments import Assignment
    from models.base.counters import Counter
    from models.base.idempotency import Idempotency
    from models.events import Event, Stream
    from models.invitations import Invitation
    from models.mails import Mail
    from models.members import Member
    from models.organizations import Organization
    from models.projects import Project
    from models.security_log import SecurityChain, SecurityEntry
    from models.service_accounts import ServiceAccount
    from models.service_certificates import ServiceCertificate
    from models.service_keys import ServiceKey
    from models.service_tokens import ServiceTokenUse
    from models.sessions import Session
    from models.tasks import Task
    from models.users import User

    return (
        Counter,
        Idempotency,
        Mail,
        User,
        Session,
        ApiKey,
        Organization,
        Member,
        SecurityChain,
        SecurityEntry,
        Invitation,
        ServiceAccount,
        ServiceKey,
        ServiceCertificate,
        ServiceTokenUse,
        Project,
        Assignment,  # a part of the task, whose key to it is deferred
        Task,
        Event,
        Stream,
    )
