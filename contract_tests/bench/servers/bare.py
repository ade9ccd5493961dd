"""No framework: the same answers straight to ASGI, nothing routed by rule, nothing checked; the ceiling."""

import asyncio

import orjson

from contract_tests.bench import generated


def build():
    lists = {f"/api/v1/{noun}s": noun for noun in generated.NOUNS}

    def work(method, path, body):
        if method == "POST":
            return 201, orjson.dumps(generated.create_thing(orjson.loads(body))[0])
        if path in lists:
            return 200, orjson.dumps(generated.list_things())
        return 200, orjson.dumps(generated.get_thing(path))

    async def application(scope, receive, send):
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        loop = asyncio.get_running_loop()
        status, content = await loop.run_in_executor(None, work, scope["method"], scope["path"], body)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return application
