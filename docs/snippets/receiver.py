"""A receiver to try webhooks with.

As a command: WEBHOOK_KEY=whsec_... python receiver.py [PORT]

It answers 204 to what verify.py beside it lets pass, 400 to all else, and prints a line for each.
"""

import json
import os
import re
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from verify import Refused, verify

KEY = os.environ.get("WEBHOOK_KEY", "")
seen = set()  # ids; a real receiver keeps them for longer than it runs


class Receiver(BaseHTTPRequestHandler):
    timeout = 15  # seconds

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,5}", length):  # deliveries have at most 20,000 bytes
            self.answer(413, "refused: no length, or too much")
            return
        body = self.rfile.read(int(length))  # the bytes as they came; parsed only once verified
        try:
            verify(self.headers, body, KEY)
        except Refused as refusal:
            self.answer(400, f"refused: {refusal}")
            return
        event = json.loads(body)
        again = event["id"] in seen
        seen.add(event["id"])
        self.answer(204, f"{event['type']} {event['subject']!r}{' (again)' if again else ''}")

    def answer(self, status: int, line: str) -> None:
        self.send_response(status)
        self.end_headers()
        print(status, line, flush=True)

    def log_message(self, *_: object) -> None:
        """Nothing: answer() prints."""


if __name__ == "__main__":
    if not KEY:
        sys.exit("WEBHOOK_KEY is not set: the whsec_ secret of v1, or the whpk_ key of v1a.")
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    with ThreadingHTTPServer(("127.0.0.1", port), Receiver) as server, suppress(KeyboardInterrupt):
        print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()
