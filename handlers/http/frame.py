"""The frame: one function around every handler, and the one transaction of every write.

Who asks → how often → with what → what an external service says → in a transaction: once, on what version, the handler, the
representation, its check against the contract, the events → commit.  What a handler returns is a row, a query's page, plain
values, a status with them, or a refusal that keeps what was written.
"""

import logging
from collections.abc import Callable

from peewee import DatabaseError, InterfaceError

from handlers.http import problems, replays
from handlers.http.answers import Answer, ContractViolation, build, is_documented
from handlers.http.challenges import INVALID_TOKEN, insufficient_scope
from handlers.http.plan import Plan
from handlers.http.preconditions import Preconditions
from handlers.http.request_context import RequestContext
from handlers.http.retries import with_retries
from handlers.http.value_faults import invalid_request, with_others
from models.base import idempotency, tracing
from models.base.constraints import refusing
from models.base.database import (
    CommitLost,
    database,
)
from models.base.errors import (
    PermissionDenied,
    Refusal,
    Unauthenticated,
)
from models.base.unit_of_work import UnitOfWork
from security import audit
from security.callers import Caller
from security.limits import Limits

log = logging.getLogger("remit.frame")


class DryRunRollback(Exception):
    """Carries the answer of a dry run out of the transaction, which it undoes."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class Frame:
    """``limits`` counts callers and addresses; ``represent(row)`` is what events keep of a row; ``read_scopes`` has, by
    noun, the scopes that it takes to read one."""

    def __init__(self, limits: Limits, represent: Callable, read_scopes: dict | None = None) -> None:
        self.limits = limits
        self.represent = represent
        self.read_scopes = read_scopes

    def around(self, plan: Plan) -> Callable[[RequestContext], Answer]:
        """The view of an operation: a request context in, an :class:`Answer` out."""

        def view(context: RequestContext) -> Answer:
            return self.answer(plan, context)

        view.__name__ = plan.operation_id
        return view

    def answer(self, plan: Plan, context: RequestContext) -> Answer:
        """The answer of the operation.  A fault of ours is raised: Flask reports it, and answers with the status 500."""
        try:
            answer = with_retries(lambda: self._once(plan, context), plan, context)
        except Exception as error:
            answer = problems.answer(self._refusal(plan, context, error), context.request_id)
        answer.headers = {**context.limit_headers, **answer.headers}
        return answer

    def _refusal(self, plan: Plan, context: RequestContext, error: Exception) -> Refusal:
        """What an exception is answered with; raised when it is no refusal that the contract lists on the operation."""
        if isinstance(error, Refusal) and is_documented(plan, error):
            return error
        raise error

    def _once(self, plan: Plan, context: RequestContext) -> Answer:
        caller = Caller(
            permission=plan.permission,
            locks=plan.unsafe,
            preconditions=Preconditions(
                context.parameters.get("if-match"), context.parameters.get("if-none-match")
            ),
            request_id=context.request_id,
            address=context.address,
            read_scopes=self.read_scopes,
            scopes_of=plan.scopes_of,
        )
        if context.credential:
            try:
                caller.identify(context.credential)
            except Unauthenticated as refusal:  # who is not let in counts too, by the address
                refusal.headers["WWW-Authenticate"] = INVALID_TOKEN
                context.limit_headers |= self.limits.hit("public", caller.address)
                raise
        else:
            database.clear_tenants()
        if not context.limit_headers:
            context.limit_headers |= self._count(plan, caller)
        if context.refusal and not plan.answers_faults:
            raise context.refusal
        if context.faults and not plan.answers_faults:
            raise invalid_request(plan, context, caller.now)
        try:
            caller.need_scopes(plan.scopes)
        except PermissionDenied as refusal:
            refusal.headers["WWW-Authenticate"] = insufficient_scope(plan.scopes)
            raise
        if (
            plan.external_call and context.external_result is None
        ):  # once, however often the transaction has to be tried
            with tracing.following(context.headers.get(b"traceparent"), context.request_id):
                context.external_result = plan.external_call(dict(context.arguments["body"]))
        with UnitOfWork(
            actor_id=caller.user_id,
            request_id=context.request_id,
            represent=self.represent,
            now=caller.now,
            address=context.address,
            agent=context.headers.get(b"user-agent", b"").decode("latin-1")[:400],
        ) as work:
            try:
                if plan.unsafe:
                    with refusing():
                        return self._written(plan, context, caller, work)
                return self._handled(plan, context, caller)
            except (DatabaseError, InterfaceError, CommitLost):
                caller.checks = []  # nothing was answered; when it is tried again, it is asked again
                raise
            finally:
                audit.keep_beside(caller)

    def _count(self, plan: Plan, caller: Caller) -> dict[str, str]:
        """Count the request: of a caller in the caller's own class, of nobody in particular by the address."""
        if caller.user_id is None:
            return self.limits.hit(plan.rate_class, caller.address)
        return self.limits.hit(
            caller.rate_class if plan.rate_class == "default" else plan.rate_class, caller.user_id
        )

    def _written(self, plan: Plan, context: RequestContext, caller: Caller, work: UnitOfWork) -> Answer:
        """The one transaction of a write, in the order of the architecture."""
        dry = context.arguments.get("validate_only", False)
        claim = replays.claim_of(plan, context, caller)
        try:
            with database.transaction():
                claiming = None
                if claim and not context.has_used_key:
                    claiming = idempotency.claim(claim.owner_id, claim.key)
                elif claim and (stored := idempotency.find_or_claim(*claim)):
                    return replays.replayed(caller, stored)
                try:
                    answer = self._handled(plan, context, caller, dry)
                except Refusal:
                    if claiming:  # what was answered before is answered again, whatever is refused now
                        database.send_up_to(claiming)
                    raise
                if undeclared := {event["event_type"] for _, event in work.events} - plan.events:
                    raise ContractViolation(
                        f"{plan} left events that its x-events does not name: {sorted(undeclared)}."
                    )
                # By a refusal that keeps what it has counted, in a dry run too.
                is_refused = answer.status >= 400
                if dry and not is_refused:
                    database.send_waiting()  # what was written may be refused
                    raise DryRunRollback(answer)
                if claim and not is_refused:
                    replays.store(claim, caller, answer)
                audit.keep(caller)
                work.store_events()
            caller.checks = []  # they are committed
        except DryRunRollback as rollback:
            return rollback.answer
        return answer

    def _handled(self, plan: Plan, context: RequestContext, caller: Caller, dry: bool = False) -> Answer:
        """The handler's result as the answer that the contract documents."""
        arguments = {name: value for name, value in context.arguments.items() if name != "validate_only"}
        if "body" in arguments:
            arguments["body"] = dict(arguments["body"])  # handlers take it apart, and a retry needs it whole
        if "caller" in plan.takes:
            arguments["caller"] = caller
        for name in plan.asks_for:
            arguments[name] = getattr(context, name)
        try:
            result = plan.handler(**arguments)
        except Refusal as refusal:
            if not (refusal.keeps and is_documented(plan, refusal)):
                raise with_others(plan, context, refusal) from None
            result = refusal
        if not caller.asked:
            raise ContractViolation(f"{plan} has answered without asking for {plan.permission}.")
        if isinstance(result, Refusal):
            return problems.answer(result, context.request_id)
        if plan.proof == "always" and not caller.is_proven:
            raise ContractViolation(f"{plan} has answered without asking for proof of identity.")
        if plan.hands_on and not caller.has_compared:
            raise ContractViolation(f"{plan} has handed power on without comparing it with the caller's own.")
        answer = build(plan, context, result, dry, caller.preconditions)
        if caller.preconditions.pending and answer.status < 300:
            caller.preconditions.check_write(None)  # what was asked for exists, and has no ETag: a list, say
        return answer
