"""The least that a server can do: one short answer, to see how fast the load generator is."""


def build():
    async def application(scope, receive, send):
        if scope["type"] != "http":
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    return application
