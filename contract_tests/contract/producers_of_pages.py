"""How the statuses are produced that pages for browsers give in a way of their own: by operation and status."""

from contract_tests.contract.producers_of_sign_ins import produces


@produces("get_home", 303)
def sent_to_the_portal(stage, operation, status):
    answer = stage.world.send(stage.world.request(operation).having(Accept="text/html,*/*;q=0.8"))
    assert answer.headers["Location"] == "/docs"
    return answer


@produces("revoke_approved_app", 303)
def sent_back(stage, operation, status):
    answer = stage.world.send(stage.world.request(operation))
    assert answer.headers["Location"] == "/account/apps"
    return answer
