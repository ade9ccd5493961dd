"""The bridge from ASGI to Flask: one hop to a thread with the whole request, one back with the whole answer."""
import asyncio
from concurrent.futures import ThreadPoolExecutor

from connexion.apps.flask import FlaskApi, FlaskApp, FlaskASGIApp
from flask import Flask


class RoutedFlask(Flask):
    """Flask without a router of its own: Connexion has found the operation already."""

    def create_url_adapter(self, request):
        return None


class Bridge(FlaskASGIApp):
    """Takes the place of ``a2wsgi``: bodies are whole on both sides, so that nothing has to be handed over in parts."""

    def __init__(self, frame, threads):
        self.app = RoutedFlask("remit", static_folder=None)
        self.app.config["PROPAGATE_EXCEPTIONS"] = True
        self.frame = frame
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="handler")
        self.views = {}

    def add_api(self, specification, *, name=None, **kwargs):
        api = FramedApi(specification, frame=self.frame, views=self.views, **kwargs)
        self.app.register_blueprint(api.blueprint)
        return api

    async def __call__(self, scope, receive, send):
        exchange = scope["extensions"]["remit"]
        loop = asyncio.get_running_loop()
        # The edge is waiting for the whole answer: it is handed over as it is, not as messages.
        exchange.answer = await loop.run_in_executor(self.threads, self.answer, exchange)

    def answer(self, exchange):
        """Run the view in a request context of Flask."""
        environ = {
            "REQUEST_METHOD": exchange.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": exchange.path,
            "QUERY_STRING": "",
            "SERVER_NAME": "remit",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": exchange.address,
            "wsgi.url_scheme": "http",
            "remit": exchange,
        }
        with self.app.request_context(environ):
            return self.views[exchange.plan.operation_id](exchange)


class FramedApi(FlaskApi):
    """Registers the frame around each handler as the view of its operation."""

    def __init__(self, *args, frame, views, plans, **kwargs):
        self.frame, self.views, self.plans = frame, views, plans
        super().__init__(*args, **kwargs)

    def make_operation(self, operation):
        plan = self.plans[operation.operation_id]
        view = self.frame.around(plan)
        self.views[operation.operation_id] = view
        return view


class BridgedApp(FlaskApp):
    """Connexion's Flask application over the bridge."""

    def __init__(self, bridge, **options):
        self._middleware_app = bridge
        super(FlaskApp, self).__init__("remit", **options)
        self.app = bridge.app


