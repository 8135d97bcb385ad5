"""Many slow clients of a gateway at once.

They share a thread, for a thread each would be slower than what is measured.
"""

import heapq
import selectors
import socket
import time
import urllib.parse


class Client:
    """One connection, which is kept, and the answer that is being read from it."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def fileno(self):
        return self.socket.fileno()

    def read(self):
        """The status and the body of an answer, once it is whole; None before that."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the gateway closed the connection")
        self.received += chunk
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.received[:end].decode("latin-1").lower().split("\r\n")
        length = next((int(line[15:]) for line in head if line.startswith("content-length:")), 0)
        if len(self.received) < end + 4 + length:
            return None
        body = self.received[end + 4 : end + 4 + length]
        self.received = self.received[end + 4 + length :]
        return int(head[0].split(" ")[1]), body


def address_of(gateway):
    parts = urllib.parse.urlsplit(gateway.base)
    return parts.hostname, parts.port


def head_of(gateway, path, headers, length):
    host, port = address_of(gateway)
    base = urllib.parse.urlsplit(gateway.base).path
    lines = [f"POST {base}{path} HTTP/1.1", f"Host: {host}:{port}", f"Authorization: {gateway.authorization}"]
    lines += [f"{name}: {value}" for name, value in headers.items()] + [f"Content-Length: {length}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def slow_uploads(gateway, content, count, bytes_per_second):
    """Uploads the same file from `count` connections, each at that rate; the answers' statuses, 0 for none."""
    boundary = "satchel-benchmark-boundary"
    opening = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="message_id"\r\n\r\n{gateway.message}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="slow.mp4"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    )
    closing = f"\r\n--{boundary}--\r\n".encode()
    length = len(opening) + len(content) + len(closing)
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    head = head_of(gateway, "/upload/", headers, length)
    request = memoryview(b"".join([head, opening.encode(), content, closing]))

    interval = 0.125
    step = int(bytes_per_second * interval)
    deadline = time.monotonic() + len(request) / bytes_per_second + 120
    selector = selectors.DefaultSelector()
    statuses, sent, due = {}, {}, []
    began = time.monotonic()
    for index in range(count):
        client = Client(address_of(gateway))
        client.socket.setblocking(False)
        selector.register(client, selectors.EVENT_READ)
        sent[client] = 0
        # Spread evenly, as clients that know nothing of each other are.
        heapq.heappush(due, (began + interval * index / count, index, client))
    while len(statuses) < count and time.monotonic() < deadline:
        pause = due[0][0] - time.monotonic() if due else 1.0
        for key, _ in selector.select(timeout=max(0, min(pause, 1.0))):
            client = key.fileobj
            try:
                answer = client.read()
            except OSError:
                answer = (0, b"")
            if answer is not None:
                statuses[client] = answer[0]
                selector.unregister(client)
        while due and due[0][0] <= time.monotonic():
            when, index, client = heapq.heappop(due)
            if client in statuses:
                continue
            sent[client] += _send_some(client, request[sent[client] : sent[client] + step])
            if sent[client] < len(request):
                heapq.heappush(due, (when + interval, index, client))
    for client in sent:
        client.socket.close()
    return list(statuses.values()) + [0] * (count - len(statuses))


def _send_some(client, piece):
    try:
        return client.socket.send(piece)
    except BlockingIOError:
        return 0
    except OSError:
        return 0  # the answer, or its lack, is seen when reading
