"""Plans: an operation is compiled when it is first used, and every one of them in these tests."""

import threading

import httpx
import pytest

import spec
from contract_tests.bench import engine, generated
from contract_tests.support.server import Running, listener
from handlers.http import application
from handlers.http.compiled import CompiledContract, WhenUsed, handler_of
from handlers.http.plan import ContractFault
from spec import compiled


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "_cache_folder", None)
    compiled.cache_in(tmp_path / "contract")
    return tmp_path / "contract"


def test_every_operation_can_be_compiled():
    contract = spec.load()
    plans = CompiledContract(contract, handler_of).compile_all()
    assert sorted(plan.operation_id for plan in plans) == sorted(
        item[method]["operationId"]
        for item in contract["paths"].values()
        for method in spec.METHODS
        if method in item
    )


def test_a_fault_of_the_contract_is_found_when_every_operation_is_compiled():
    contract = spec.load()
    contract["paths"]["/tasks"]["post"]["x-external-call"] = "It asks a payment gateway."
    with pytest.raises(ContractFault, match="create_task"):
        CompiledContract(contract, handler_of).compile_all()


def test_a_start_compiles_no_operation_and_the_first_request_one_in_a_thread_of_its_own():
    lookups = []

    def find_handler(operation):
        lookups.append((operation["operationId"], threading.current_thread().name))
        return generated.handlers()[operation["operationId"]]

    edge = application.build(
        {**generated.contract(), "x-rate-limits": engine.LIMITS}, find_handler=find_handler
    )
    sock = listener()
    running = Running(edge, sock)
    try:
        assert lookups == []
        url = f"http://127.0.0.1:{sock.getsockname()[1]}/api/v1/tickets"
        assert [httpx.get(url).status_code for _ in range(3)] == [200, 200, 200]
    finally:
        running.stop()
    ((operation_id, thread),) = lookups
    assert operation_id == "list_tickets"
    assert thread != running.thread.name, "the loop waits for no compilation"
    assert list(edge.compiled.plans.compiled) == ["list_tickets"]


def test_many_who_ask_at_once_make_a_value_once():
    made, together = [], threading.Barrier(8)

    def make(key):
        made.append(key)
        return object()

    values = WhenUsed(make)

    def ask():
        together.wait()
        seen.append(values["task"])

    seen = []
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (made, len(seen), len(set(map(id, seen)))) == (["task"], 8, 1)


def test_the_contract_in_the_cache_is_the_joined_one(cache):
    joined = spec.load()
    assert len(list(cache.iterdir())) == 1
    assert compiled.read(spec.FOLDER) == joined
    assert spec.load() == joined


def test_a_contract_of_other_sources_in_the_cache_is_neither_read_nor_left(cache):
    cache.mkdir()
    other = cache / f"contract-{'0' * 64}.json"
    other.write_text('{"paths": {}}')
    assert spec.load()["paths"]
    assert not other.exists()


def test_a_file_of_the_cache_that_is_broken_is_written_anew(cache):
    joined = spec.load()
    (path,) = cache.iterdir()
    path.write_bytes(path.read_bytes()[:1000])
    assert spec.load() == joined
    assert compiled.read(spec.FOLDER) == joined


def test_without_a_folder_that_can_be_written_the_contract_is_joined(cache, tmp_path):
    (tmp_path / "contract").write_text("a file")
    assert spec.load()["paths"]
    assert compiled.read(spec.FOLDER) is None
