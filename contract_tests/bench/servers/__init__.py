"""The programs that are compared, each a ``build()`` that returns an ASGI application."""
