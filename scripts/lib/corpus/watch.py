"""What runs beside the uploads and must notice nothing: the health of the gateway, canaries, processes that stay."""

import ctypes
import http.server
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

# Where the corpus's playlists and scripts point.
CANARY_HTTP_PORT = 18999
CANARY_UDP_PORT = 18998
CANARY_NAMES = [f"other-upload.{ending}" for ending in ("mp4", "mkv", "ts", "mpg", "sub", "m3u8", "txt")]

IN_ACCESS, IN_OPEN = 0x001, 0x020


class HealthWatch:
    """Asks /healthz every 20 ms, from a process of its own."""

    BOUND = 0.1

    def __init__(self, origin, folder):
        self.file = pathlib.Path(folder) / "health"
        with open(self.file, "wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(pathlib.Path(__file__).with_name("health.py")), f"{origin}/healthz"],
                stdin=subprocess.PIPE,
                stdout=output,
            )

    def stop(self):
        """The answers: when each was asked for, how long it took, how late it was asked for, its status."""
        self.process.stdin.close()
        self.process.wait(timeout=30)
        rows = (line.split() for line in self.file.read_text().splitlines())
        return [(float(began), float(took), float(late), int(status)) for began, took, late, status in rows]


class Canaries:
    """An HTTP server, a UDP port and files that nobody has a reason to touch."""

    def __init__(self, folders):
        self.touched = []
        self._serve_http()
        self._listen_udp()
        self._watch_files(folders)

    def _serve_http(self):
        canaries = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_one_request(self):
                canaries.touched.append(f"a connection to the HTTP canary from {self.client_address}")
                self.close_connection = True

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", CANARY_HTTP_PORT), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _listen_udp(self):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", CANARY_UDP_PORT))
        self.udp.setblocking(False)

    def _watch_files(self, folders):
        """inotify(7), because a file's time of access depends on how its disk is mounted."""
        libc = ctypes.CDLL(None, use_errno=True)
        self.inotify = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.inotify < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        for folder in folders:
            for name in CANARY_NAMES:
                path = os.path.join(folder, name)
                with open(path, "wb") as file:
                    file.write(b"canary\n")
                if libc.inotify_add_watch(self.inotify, os.fsencode(path), IN_ACCESS | IN_OPEN) < 0:
                    raise OSError(ctypes.get_errno(), f"inotify_add_watch: {path}")
        self.files = [os.path.join(folder, name) for folder in folders for name in CANARY_NAMES]

    def prove(self):
        """Shows that each kind of canary notices a touch, then forgets it."""
        with open(self.files[0], "rb") as file:
            file.read()
        with socket.create_connection(("127.0.0.1", CANARY_HTTP_PORT), timeout=5) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            client.recv(1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"touch", ("127.0.0.1", CANARY_UDP_PORT))
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and len({text.split(" canary")[0] for text in self.seen()}) < 3:
            time.sleep(0.02)
        if len({text.split(" canary")[0] for text in self.touched}) < 3:
            raise RuntimeError(f"a canary is blind: {self.touched}")
        self.touched.clear()

    def seen(self):
        """What touched them, so far."""
        try:
            while True:
                _, address = self.udp.recvfrom(65536)
                self.touched.append(f"a datagram to the UDP canary from {address}")
        except BlockingIOError:
            pass
        try:
            while os.read(self.inotify, 65536):
                self.touched.append("an access to a file canary")
        except BlockingIOError:
            pass
        return self.touched

    def close(self):
        """What touched them, in all; the files are removed again."""
        self.server.shutdown()
        self.server.server_close()
        touched = list(self.seen())
        self.udp.close()
        os.close(self.inotify)
        for path in self.files:
            os.unlink(path)
        return touched


def children(pid):
    """Ids of the running children of a process."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def descendants(pid):
    found = children(pid)
    for child in list(found):
        found += descendants(child)
    return found


def runs(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until(seconds, holds):
    """Whether it held within that time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
