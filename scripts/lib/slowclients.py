#!/usr/bin/env python3
"""Clients that hold connections and send next to nothing, beside clients that want something; scripts/torture brings the gateway.

Some send an upload's body at a byte a second, others the head of a request that never ends. Both must be answered 408 and cut
at their limit, neither before nor long after it, while ordinary requests are answered as ever. Prints how many were cut and
when, and how long ordinary requests took; exits 1 where that is otherwise.
"""

import argparse
import collections
import http.client
import json
import multiprocessing
import os
import selectors
import socket
import statistics
import sys
import time
import urllib.parse

# A cut comes this much before its limit at most, since clocks round, and this much after it.
EARLY_SECONDS, LATE_SECONDS = 0.5, 5


class SlowClient:
    """One connection, which sends its opening and then a byte a second."""

    def __init__(self, opening, byte):
        self.byte = byte
        self.pending = opening
        self.answer = b""
        self.answered = self.ended = None

    def connect(self, address):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.began = self.next_byte = time.monotonic()
        self.socket.connect_ex(address)

    def send(self, now):
        """Sends what is due; whether the connection still takes bytes."""
        if not self.pending and now >= self.next_byte:
            self.pending = self.byte
            self.next_byte = now + 1
        if self.pending:
            try:
                self.pending = self.pending[self.socket.send(self.pending) :]
                self.next_byte = max(self.next_byte, now + 1)
            except (BlockingIOError, InterruptedError):
                pass
            except OSError:
                return False
        return True

    def receive(self, now):
        """Reads what there is; whether the connection is still open."""
        try:
            received = self.socket.recv(4096)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        self.answer += received
        if received and self.answered is None:
            self.answered = now - self.began
        return bool(received)


def drip(clients, address, ramp, seconds):
    """Connects the clients within the ramp, and lets them send until the server has ended all, or the time is over."""
    selector = selectors.DefaultSelector()
    waiting, open_clients = collections.deque(clients), set()
    begin = time.monotonic()
    deadline = begin + ramp + seconds

    def end(client, now):
        client.ended = now - client.began
        selector.unregister(client.socket)
        client.socket.close()
        open_clients.discard(client)

    while (waiting or open_clients) and time.monotonic() < deadline:
        while waiting and time.monotonic() - begin >= ramp * (1 - len(waiting) / len(clients)):
            client = waiting.popleft()
            client.connect(address)
            selector.register(client.socket, selectors.EVENT_READ, client)
            open_clients.add(client)
        for key, _ in selector.select(0.02):
            now = time.monotonic()
            if not key.data.receive(now):
                end(key.data, now)
        now = time.monotonic()
        for client in [client for client in open_clients if client.pending or now >= client.next_byte]:
            if not client.send(now):
                # What the server said last may still be there to read.
                while client.receive(now) and client.answer == b"":
                    time.sleep(0.01)
                end(client, now)


def ordinary(origin, requests, begin, stop, results):
    """Asks again and again, one request each 20 ms, and puts (name, as wanted, milliseconds) into the queue at the end."""
    place = urllib.parse.urlsplit(origin)
    kept = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    measured = []
    begin.wait()
    while not stop.is_set():
        for name, method, path, headers, body, wanted in requests:
            start = time.monotonic()
            is_new = name.endswith("by a new connection")
            connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30) if is_new else kept
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            answer.read()
            measured.append((name, answer.status == wanted, (time.monotonic() - start) * 1000))
            if is_new:
                connection.close()
            time.sleep(0.02)
    results.put(measured)


def judge_cuts(name, clients, limit):
    """A line of how the clients ended; whether all were cut as they should."""
    statuses = collections.Counter(client.answer.split(b"\r\n", 1)[0].decode("latin-1") or "no answer" for client in clients)
    cut = [client for client in clients if client.ended is not None]
    in_time = [
        client
        for client in cut
        if client.answered is not None
        and limit - EARLY_SECONDS <= client.answered <= limit + LATE_SECONDS
        and client.ended <= limit + 2 * LATE_SECONDS
    ]
    said = ", ".join(f"{count} x {status}" for status, count in statuses.items())
    print(f"{name}: {len(cut)} of {len(clients)} cut, {len(in_time)} in time; {said}")
    answered = sorted(client.answered for client in clients if client.answered is not None)
    if answered:
        ended = max((client.ended for client in cut), default=0)
        print(
            f"    answered after {answered[0]:.1f} to {answered[-1]:.1f} s (limit {limit:g} s), "
            f"the last connection ended after {ended:.1f} s"
        )
    return len(in_time) == len(clients) and set(statuses) == {"HTTP/1.1 408 Request Timeout"}


def judge_requests(measured, limit):
    """A line for each kind of ordinary request; whether all were answered well and below the limit, in milliseconds.

    An upload waits for the storage, which works on the same processors: it must succeed, and its time is only told.
    """
    good = bool(measured)
    for name in dict.fromkeys(name for name, _, _ in measured):
        times = sorted(ms for kind, _, ms in measured if kind == name)
        wrong = sum(not right for kind, right, _ in measured if kind == name)
        p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
        print(
            f"{name}: {len(times)} requests, median {statistics.median(times):.1f} ms, 99 of 100 below {p99:.1f} ms, "
            f"longest {times[-1]:.1f} ms" + (f", {wrong} answered otherwise" if wrong else "")
        )
        good = good and not wrong and (times[-1] < limit or name.startswith("upload"))
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--origin", required=True, help="such as http://127.0.0.1:8080")
    parser.add_argument("--message", required=True, help="of a conversation that the token's user is in")
    parser.add_argument("--attachment", required=True, help="of that message")
    parser.add_argument("--bodies", type=int, default=500)
    parser.add_argument("--heads", type=int, default=100)
    parser.add_argument("--body-limit", type=float, default=20, help="seconds to the end of the first window of the rate")
    parser.add_argument("--head-limit", type=float, default=20, help="server.headerTimeoutSeconds")
    parser.add_argument("--ramp", type=float, default=1, help="seconds within which all of them connect")
    parser.add_argument("--limit-ms", type=float, default=100, help="of an ordinary request")
    options = parser.parse_args()

    place = urllib.parse.urlsplit(options.origin)
    address = (place.hostname, place.port)
    token = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    api, pdf = "/api/chat", b"%PDF-1.7\n" + b"text " * 200
    upload_head = "".join(
        f"{line}\r\n"
        for line in (
            f"POST {api}/upload/?message_id={options.message} HTTP/1.1",
            f"Host: {place.netloc}",
            f"Authorization: {token['Authorization']}",
            "Content-Type: application/pdf",
            "Content-Length: 1000000",
            "",
        )
    ).encode()
    endless_head = f"GET /healthz HTTP/1.1\r\nHost: {place.netloc}\r\nX-Slow: a".encode()
    requests = [
        ("GET by a new connection", "GET", "/healthz", {}, None, 200),
        ("GET of an attachment", "GET", f"{api}/attachments/{options.attachment}/", token, None, 200),
        ("GET of a list", "GET", f"{api}/attachments/?message_id={options.message}&limit=10", token, None, 200),
        (
            "upload of 1 KB", "POST", f"{api}/upload/?message_id={options.message}",
            token | {"Content-Type": "application/pdf"}, pdf, 201,
        ),
    ]  # fmt: skip

    # In a process of their own, so that what is measured is the server.
    context = multiprocessing.get_context("fork")
    begin, stop, results = context.Event(), context.Event(), context.Queue()
    measuring = context.Process(target=ordinary, args=(options.origin, requests, begin, stop, results), daemon=True)
    measuring.start()
    bodies = [SlowClient(upload_head + b"%PDF-1.7\n", b" ") for _ in range(options.bodies)]
    heads = [SlowClient(endless_head, b"a") for _ in range(options.heads)]
    begin.set()
    drip(bodies + heads, address, options.ramp, max(options.body_limit, options.head_limit) + 4 * LATE_SECONDS)
    stop.set()
    measured = results.get(timeout=60)
    measuring.join()

    good = judge_cuts("bodies of a byte a second", bodies, options.body_limit)
    good = judge_cuts("heads without an end", heads, options.head_limit) and good
    good = judge_requests(measured, options.limit_ms) and good
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    connection.request("GET", f"{api}/messages/{options.message}/", headers=token)
    stored = len(json.load(connection.getresponse())["attachments"])
    uploads = 1 + sum(right for name, right, _ in measured if name.startswith("upload"))
    print(f"{stored} attachments are stored, {uploads} were acknowledged")
    sys.exit(not (good and stored == uploads))


if __name__ == "__main__":
    main()
