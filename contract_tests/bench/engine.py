"""Remit's engine on a contract that is not Remit's, and without a database."""

from contract_tests.bench import generated

PLENTY = {"seconds": 60, "description": "More than anybody asks."}
LIMITS = {"default": {"caller": 10**9, **PLENTY}, "public": {"address": 10**9, **PLENTY}}


def application(contract: dict, handlers: dict):
    """The contract compiled into an application that calls ``handlers[operationId]`` for each operation."""
    from handlers.http.application import build as compiled
    from handlers.http.frame import Frame

    class FrameWithoutTransactions(Frame):
        """The whole frame, except that there is nothing to commit."""

        def _written(self, plan, context, caller, work):
            return self._handled(plan, context, caller)

    return compiled(
        {**contract, "x-rate-limits": LIMITS},
        find_handler=lambda operation: handlers[operation["operationId"]],
        frame=FrameWithoutTransactions,
    )


def build():
    return application(generated.contract(), generated.handlers())


def build_500():
    return application(generated.contract(500), generated.handlers(500))
