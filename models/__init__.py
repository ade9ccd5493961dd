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
    from models.access.grants import Grant
    from models.access.invitations import Invitation
    from models.access.members import Member
    from models.access.organizations import Organization
    from models.access.permission_checks import PermissionCheck
    from models.access.roles import Role
    from models.access.service_accounts import ServiceAccount
    from models.access.service_certificates import ServiceCertificate
    from models.access.service_keys import ServiceKey
    from models.access.service_tokens import ServiceTokenUse
    from models.access.teams import Team, TeamMember
    from models.apps.apps import App
    from models.apps.authorizations import Authorization, Token
    from models.apps.consents import Consent
    from models.base.counters import Counter
    from models.base.idempotency import Idempotency
    from models.base.queue import DeadLetter
    from models.identity.api_keys import ApiKey
    from models.identity.attempts import Attempt, KnownPlace
    from models.identity.email_tokens import EmailToken
    from models.identity.identities import Identity
    from models.identity.identity_authorizations import IdentityAuthorization
    from models.identity.registrations import Registration
    from models.identity.sessions import Session
    from models.identity.two_factor import RecoveryCode, TwoFactor
    from models.identity.users import User
    from models.platform.events import Event, Stream
    from models.platform.mail_requests import MailRequest
    from models.platform.mails import Mail
    from models.platform.security_log import SecurityChain, SecurityEntry
    from models.platform.signing_keys import SigningKey
    from models.privacy.account_erasures import AccountErasure
    from models.privacy.retentions import Retention
    from models.services.jobs import Job
    from models.work.assignments import Assignment
    from models.work.projects import Project
    from models.work.tasks import Task

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
