"""The API without files: one attachment with its presigned URLs against /healthz, also in a large catalog, whose lists are read
from the first page to a far one."""

import argparse
import json
import os
import statistics
import sys
import time
import urllib.request

import benchmarking as bench

CONNECTIONS = 32
PAGE = 100
FAR_PAGE = 10_000


def ask(gateway, path):
    request = urllib.request.Request(f"{gateway.base}{path}", headers={"Authorization": gateway.authorization})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def upload(gateway):
    """The id of an attachment that has a thumbnail."""
    body = bench.FILES / "answer.json"
    arguments = ["--header", f"Authorization: {gateway.authorization}", "--form", f"message_id={gateway.message}"]
    bench.timed_curl(
        [*arguments, "--form", f"file=@{bench.FILES / 'small.mp4'}", f"{gateway.base}/upload/"], 201, body
    )
    answer = json.loads(body.read_text())
    if not answer["url"] or not answer["thumbnail_url"]:
        bench.fail(f"the attachment lacks a URL: {answer}")
    return answer["id"]


def measure_get(report, what, gateway, options):
    health = gateway.base.removesuffix("/api/chat") + "/healthz"
    attachment = f"{gateway.base}/attachments/{upload(gateway)}/"
    ours, yardstick = [], []
    bench.request_rate(attachment, CONNECTIONS, 1, gateway.authorization)
    for _ in range(options.runs):
        yardstick.append(bench.request_rate(health, CONNECTIONS, options.seconds))
        ours.append(bench.request_rate(attachment, CONNECTIONS, options.seconds, gateway.authorization))
    report.add_rates(f"GET of one attachment, {what}, against /healthz", ours, yardstick, 0.5)


def measure_pages(report, gateway, conversation, rows):
    """Reads one list to its far page by cursors, then that page and the first one in turns."""
    path = f"/attachments/?conversation_id={conversation}&limit={PAGE}"
    last = min(FAR_PAGE, rows // PAGE)
    place = None
    for _ in range(1, last):
        place = ask(gateway, path + (f"&cursor={place}" if place else ""))["next_cursor"]
    far = f"{path}&cursor={place}"
    if len(ask(gateway, far)["attachments"]) != PAGE:
        bench.fail("the far page is not full")
    times = {path: [], far: []}
    for _ in range(200):
        for page, taken in times.items():
            began = time.monotonic()
            ask(gateway, page)
            taken.append(time.monotonic() - began)
    report.add_times(f"page {last} of a list, against page 1", times[far], times[path], 1.2)
    bench.say(f"a page takes {statistics.median(times[path]) * 1000:.2f} ms")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--large-runs", type=int, default=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    report = bench.Report("api")
    rows = int(os.environ["BENCH_ROWS"])
    bench.say("one attachment, a small catalog")
    measure_get(report, "a small catalog", bench.Gateway("BENCH_GATEWAY"), options)
    large = bench.Gateway("BENCH_LARGE_GATEWAY")
    bench.say(f"one attachment among {rows}")
    measure_get(report, f"one of {rows}", large, options)
    bench.say("pages of a list")
    measure_pages(report, large, os.environ["BENCH_CONVERSATION"], rows)
    sys.exit(report.finish(options.json))


if __name__ == "__main__":
    main()
