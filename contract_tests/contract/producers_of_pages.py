"""How the statuses are produced that pages for browsers give in a way of their own: by operation and status."""

from contract_tests.contract.producers_of_sign_ins import produces


@produces("get_home", 303)
def sent_to_the_portal(stage, operation, status):
    answer = stage.world.send(stage.world.request(operation).having(Accept="text/html,*/*;q=0.8"))
    assert answer.headers["Location"] == "/docs"
    return answer


@produces("get_unsubscription", 404)
@produces("stop_emails", 404)
def of_another_server(stage, operation, status):
    request = stage.world.request(operation)
    request.params["token"] = operation.parameters[0]["example"]
    return stage.world.send(request)


@produces("revoke_approved_app", 303)
def sent_back(stage, operation, status):
    answer = stage.world.send(stage.world.request(operation))
    assert answer.headers["Location"] == "/account/apps"
    return answer
