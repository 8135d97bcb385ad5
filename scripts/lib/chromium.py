"""Shows a page in a headless Chromium and hears what it reports."""

import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

# Debian's first: it brings no windows.
NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]


def find():
    """The Chromium on the PATH, or None."""
    return next((found for found in map(shutil.which, NAMES) if found), None)


class PageServer(http.server.ThreadingHTTPServer):
    """Serves a browser that is killed in the end, and that hangs up when it has enough."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Request(http.server.BaseHTTPRequestHandler):
    """What the page asks of its own server."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Says nothing."""

    def answer(self, body, kind="text/html; charset=utf-8", status=200, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


def show(browser, page, port=0, seconds=120, serve=None):
    """Serves the page at an origin of its own, shows it, and gives the JSON objects that it posted to `/report`.

    Ends with the one whose `name` is `end`, or when the time is over. Other paths than `/` are for `serve(request, path)`.
    """
    lines, ended = [], threading.Event()

    class Handler(Request):
        def do_GET(self):
            if self.path == "/":
                self.answer(page.encode())
            elif serve:
                serve(self, self.path)
            else:
                self.answer(b"", status=404)

        def do_POST(self):
            lines.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer(b"{}", "application/json")
            if lines[-1]["name"] == "end":
                ended.set()

    server = PageServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, open(os.devnull, "wb") as nowhere:
        # Chromium's own sandbox wants user namespaces, which containers lack, and refuses root. It shows our page alone.
        process = subprocess.Popen(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--autoplay-policy=no-user-gesture-required",
             f"--user-data-dir={profile}", "--remote-debugging-port=0", f"http://127.0.0.1:{server.server_address[1]}/"],
            stdout=nowhere, stderr=nowhere, start_new_session=True,
        )  # fmt: skip
        try:
            ended.wait(seconds)
        finally:
            # Its children are in its own group, which is ours to end.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    server.shutdown()
    server.server_close()
    return lines
