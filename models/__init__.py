"""What is true: tables, queries, rules, refusals.  Knows no HTTP."""

import sys
from typing import Any

# Peewee and its extensions import psycopg 3 where it is installed, 8 MB that a server has no use for: only workers do,
# through Procrastinate.
_hidden: dict[str, Any] = {} if "psycopg" in sys.modules else {"psycopg": None}
sys.modules.update(_hidden)
import playhouse.db_url  # noqa: E402, F401

for _name in _hidden:
    del sys.modules[_name]


def tables():
    """Every table, each after those it refers to: the order of imports, creation and clean-up."""
    from models.account_erasures import AccountErasure
    from models.api_keys import ApiKey
    from models.apps import App
    from models.assignments import Assignment
    from models.attempts import Attempt, KnownPlace
    from models.authorizations import Authorization, Token
    from models.base.counters import Counter
    from models.base.idempotency import Idempotency
    from models.base.queue import DeadLetter
    from models.consents import Consent
    from models.email_tokens import EmailToken
    from models.events import Event, Stream
    from models.grants import Grant
    from models.identities import Identity
    from models.identity_authorizations import IdentityAuthorization
    from models.invitations import Invitation
    from models.jobs import Job
    from models.mail_requests import MailRequest
    from models.mails import Mail
    from models.members import Member
    from models.organizations import Organization
    from models.permission_checks import PermissionCheck
    from models.projects import Project
    from models.registrations import Registration
    from models.retentions import Retention
    from models.roles import Role
    from models.security_log import SecurityChain, SecurityEntry
    from models.service_accounts import ServiceAccount
    from models.service_certificates import ServiceCertificate
    from models.service_keys import ServiceKey
    from models.service_tokens import ServiceTokenUse
    from models.sessions import Session
    from models.signing_keys import SigningKey
    from models.tasks import Task
    from models.teams import Team, TeamMember
    from models.two_factor import RecoveryCode, TwoFactor
    from models.users import User

    return (
        Counter,
        Idempotency,
        DeadLetter,
        Mail,
        MailRequest,
        SigningKey,
        SecurityChain,
        SecurityEntry,
        User,
        Attempt,
        KnownPlace,
        Session,
        ApiKey,
        Job,
        Organization,
        Retention,
        Member,
        App,
        Consent,
        Authorization,
        Token,
        EmailToken,
        Registration,
        Identity,
        IdentityAuthorization,
        PermissionCheck,
        Team,
        TeamMember,
        Invitation,
        ServiceAccount,
        ServiceKey,
        ServiceCertificate,
        ServiceTokenUse,
        Role,
        TwoFactor,
        RecoveryCode,
        Project,
        Assignment,  # a part of the task, whose key to it is deferred
        Task,
        Grant,
        Event,
        Stream,
        AccountErasure,
    )
