"""What the time of an answer tells: logins at addresses with and without an account, in turn, with a wrong password.

scripts/bench enumeration
"""

import statistics

from contract_tests.bench import report
from contract_tests.support import isolated_server

PAIRS, AT_MOST_MS = 500, 5.0
EACH = 4  # guesses at one address, which waits after the fifth
ENVIRONMENT = {"REMIT_ADDRESS_FACTOR": "1000000", "REMIT_LOG_LEVEL": "critical"}


def timed(client, email: str) -> float:
    answer = client.post("/sessions", json={"email": email, "password": "Wrong-horse-7"})
    if answer.status_code != 401:
        raise RuntimeError(f"A wrong password was answered {answer.status_code}.")
    return answer.elapsed.total_seconds() * 1000


def run(quick: bool) -> tuple[dict, list[dict]]:
    pairs = 40 if quick else PAIRS
    times: dict[str, list[float]] = {"with an account": [], "without": []}
    with isolated_server.isolated_server(environment=ENVIRONMENT) as (client, _):
        for number in range(pairs // EACH):
            account = {"password": "Correct-horse-7", "name": "Somebody"}
            client.post(
                "/users", json={"email": f"somebody{number}@time.example", **account}
            ).raise_for_status()
        for number in range(pairs):
            each = {"with an account": f"somebody{number // EACH}", "without": f"nobody{number // EACH}"}
            for kind in sorted(each, reverse=bool(number % 2)):  # each is the first in every other pair
                times[kind].append(timed(client, f"{each[kind]}@time.example"))
    medians = {kind: statistics.median(samples) for kind, samples in times.items()}
    apart = abs(medians["with an account"] - medians["without"])
    verdict = f"{apart:.2f} (≤ {AT_MOST_MS:g}: {'reached' if apart <= AT_MOST_MS else 'missed'})"
    columns = [f"ms, the median of {pairs} logins", *medians, "apart"]
    row = ["a wrong password", *(f"{median:.2f}" for median in medians.values()), verdict]
    return {"medians_ms": medians, "apart_ms": apart, "pairs": pairs}, [
        report.table("Login times with and without an account", columns, [row])
    ]
