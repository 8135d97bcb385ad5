"""A proxy before an S3 server that remembers each request and its answer, and can deny writing (HTTP/1.1, loopback)."""

import collections
import socket
import threading
import urllib.parse

CHUNK = 1 << 18
DENIED = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code>'
    b"<Message>Access Denied.</Message></Error>"
)


class Entry:
    """A request that the server was given whole; the status is the server's, also where the client was gone by then, and None where it
    never answered. A copy is one that the server makes by itself."""

    def __init__(self, method, target, status=None, is_copy=False):
        path, _, query = target.partition("?")
        self.method = method
        self.path = urllib.parse.unquote(path)
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.status = status
        self.is_copy = is_copy


class Proxy:
    """Passes everything on to a port of this machine."""

    def __init__(self, upstream_port, denies_writing=False):
        self.upstream_port = upstream_port
        self.denies_writing = denies_writing
        self.entries = []
        self.begun = 0
        # How many requests of each method have begun.
        self.methods = collections.Counter()
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def wait_for(self, count, timeout):
        """Waits until so many requests have begun in all; False where that takes too long."""
        with self.changed:
            return self.changed.wait_for(lambda: self.begun >= count, timeout)

    def taken(self):
        """The entries so far."""
        with self.changed:
            return list(self.entries)

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        upstream = None
        try:
            reader = Reader(client)
            while head := reader.head():
                method, target = head.line.split(" ")[:2]
                with self.changed:
                    self.begun += 1
                    self.methods[method] += 1
                    self.changed.notify_all()
                if head.fields.get("expect", "").lower() == "100-continue":
                    # Said here, and not passed on: the server's own word would be taken for an answer.
                    client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                    head = head.without("expect")
                if self.denies_writing and method in ("PUT", "POST"):
                    reader.copy(int(head.fields.get("content-length", "0")), None)
                    self._note(method, target, head).status = 403
                    fields = f"Content-Type: application/xml\r\nContent-Length: {len(DENIED)}\r\n"
                    client.sendall(f"HTTP/1.1 403 Forbidden\r\n{fields}\r\n".encode() + DENIED)
                    continue
                if upstream is None:
                    upstream = socket.create_connection(("127.0.0.1", self.upstream_port))
                    upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    answers = Reader(upstream)
                upstream.sendall(head.raw)
                reader.body(head, upstream)
                if not self._answer(answers, client, method, self._note(method, target, head)):
                    return
        except OSError:
            pass  # killed clients are what this is for
        finally:
            client.close()
            if upstream is not None:
                upstream.close()

    def _answer(self, answers, client, method, entry):
        """Passes an answer on; False where the connection ends with it."""
        head = answers.head()
        if head is None:
            return False
        status = entry.status = int(head.line.split(" ")[1])
        client.sendall(head.raw)
        if method != "HEAD" and status not in (204, 304):
            answers.body(head, client)
        return head.fields.get("connection", "").lower() != "close"

    def _note(self, method, target, head):
        entry = Entry(method, target, is_copy="x-amz-copy-source" in head.fields)
        with self.changed:
            self.entries.append(entry)
        return entry


class Head:
    """The first line and the fields of a message."""

    def __init__(self, raw):
        self.raw = raw
        self.line, *fields = raw.decode("latin-1").split("\r\n")
        self.fields = {}
        for field in fields:
            name, _, value = field.partition(":")
            self.fields[name.strip().lower()] = value.strip()

    def without(self, name):
        lines = self.raw.split(b"\r\n")
        kept = [line for line in lines if not line.lower().startswith(f"{name}:".encode())]
        return Head(b"\r\n".join(kept))


class Reader:
    """Reads messages from a connection."""

    def __init__(self, connection):
        self.connection = connection
        self.pending = b""

    def head(self):
        while (end := self.pending.find(b"\r\n\r\n")) < 0:
            chunk = self.connection.recv(CHUNK)
            if not chunk:
                return None
            self.pending += chunk
        raw, self.pending = self.pending[: end + 4], self.pending[end + 4 :]
        return Head(raw)

    def body(self, head, to):
        if head.fields.get("transfer-encoding", "").lower() == "chunked":
            while True:
                line = self._line(to)
                size = int(line.split(b";")[0], 16)
                self.copy(size + 2, to)
                if size == 0:
                    return
        self.copy(int(head.fields.get("content-length", "0")), to)

    def copy(self, count, to):
        while count > 0:
            chunk = self.pending[:count] or self.connection.recv(min(count, CHUNK))
            if not chunk:
                raise ConnectionError("the connection ended within a body")
            self.pending = self.pending[len(chunk) :]
            count -= len(chunk)
            if to is not None:
                to.sendall(chunk)

    def _line(self, to):
        while (end := self.pending.find(b"\r\n")) < 0:
            chunk = self.connection.recv(CHUNK)
            if not chunk:
                raise ConnectionError("the connection ended within a body")
            self.pending += chunk
        line, self.pending = self.pending[: end + 2], self.pending[end + 2 :]
        to.sendall(line)
        return line
