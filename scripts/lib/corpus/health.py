"""Asks a URL every 20 ms, over a new connection each time, until its standard input ends; prints a line an answer.

A line is: when it was asked (CLOCK_MONOTONIC, seconds), how long the answer took, by how much this program was late in
asking, and the status (0 for none). It is a process of its own, so that nothing else here delays it.
"""

import http.client
import select
import sys
import time
import urllib.parse

INTERVAL = 0.02


def ask(parts):
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def main():
    parts = urllib.parse.urlsplit(sys.argv[1])
    due = time.monotonic()
    while True:
        ended, _, _ = select.select([sys.stdin], [], [], max(0, due - time.monotonic()))
        if ended:
            return
        began = time.monotonic()
        status = ask(parts)
        print(f"{began:.6f} {time.monotonic() - began:.6f} {began - due:.6f} {status}")
        # What was missed while an answer was waited for is not made up for.
        due = max(due + INTERVAL, time.monotonic())


if __name__ == "__main__":
    main()
