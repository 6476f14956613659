"""Several processes that serve the functions, and a door that hands each request to the next."""

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import requests
from google.cloud import pubsub_v1

from local import declaration
from local.functions import WORKERS
from local.storage import Trigger
from testbed.cloud import Cloud, Servers, hosted
from testbed.host import Host


class Door:
    """Passes POST requests on to the processes, one after the other."""

    def __init__(self, hosts: Sequence[Host]) -> None:
        turns = itertools.cycle(hosts)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                kept = {"content-type", "ce-id", "ce-source", "ce-specversion", "ce-type"}
                headers = {k: v for k, v in self.headers.items() if k.lower() in kept}
                url = f"{next(turns).front.upstream}{self.path}"
                answer = requests.post(url, data=body, headers=headers, timeout=180)
                self.send_response(answer.status_code)
                self.send_header("content-length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}/"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def spread(cloud: Cloud, servers: Servers, place: Path, processes: int) -> Iterator[None]:
    """So many processes take the place of the cloud's own functions."""
    with ExitStack() as running:
        folders = [place / str(number) for number in range(processes)]
        for each in folders:
            each.mkdir()
        hosts = [running.enter_context(hosted(servers, each)) for each in folders]
        door = Door(hosts)
        running.callback(door.close)
        named = declaration.subscriptions()
        with pubsub_v1.SubscriberClient() as subscriber:
            for name in WORKERS:
                push = pubsub_v1.types.PushConfig(push_endpoint=door.address(name))
                subscriber.modify_push_config(subscription=named[name], push_config=push)
        uploads = os.environ["UPLOADS_BUCKET"]
        trigger = Trigger(servers.storage.store, uploads, door.address("ingest"))
        running.callback(trigger.close)
        trigger.start()
        yield
