"""What is true: tables, queries, rules, refusals.  Knows no HTTP."""


def tables():
    """Every table, each after those it refers to: the order of imports, creation and clean-up."""
    from models.base.counters import Counter
    from models.base.idempotency import Idempotency
    from models.users import User
    from models.sessions import Session
    from models.api_keys import ApiKey
    from models.organizations import Organization
    from models.members import Member
    from models.projects import Project
    from models.tasks import Assignment, Task
    from models.events import Event, Stream

    return (Counter, Idempotency, User, Session, ApiKey, Organization, Member, Project, Task, Assignment, Event, Stream)
