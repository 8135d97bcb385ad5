"""Uploads through the gateway against `curl -T` of the same file to a presigned URL of the same storage."""

import argparse
import json
import sys
import threading
import time

import benchmarking as bench

SIMULTANEOUS = 64
MEMORY_BOUND_MIB = 100

gateway = bench.Gateway("BENCH_GATEWAY")


def compare(report, what, path, runs, bound):
    """A first run of each is not counted: it fills caches and opens connections."""
    bench.say(what)
    bench.put_directly(path)
    gateway.upload(path)
    gateway.forget_peak_memory()
    yardstick, ours = [], []
    for _ in range(runs):
        yardstick.append(bench.put_directly(path))
        ours.append(gateway.upload(path))
    report.add_times(what, ours, yardstick, bound)
    report.add_value(f"{what}: peak memory of the gateway", "MiB", gateway.peak_memory, MEMORY_BOUND_MIB)


def at_once(requests):
    """Runs all of them, each on a thread and a connection of its own; seconds for all, and their answers."""
    connections = [bench.Connection(url) for _, url, _, _ in requests]
    answers = [None] * len(requests)
    start = threading.Barrier(len(requests) + 1)

    def send(index):
        method, _, body, headers = requests[index]
        start.wait()
        try:
            answers[index] = connections[index].send(method, body, headers)
        except OSError as error:
            answers[index] = (0, str(error).encode())

    threads = [threading.Thread(target=send, args=(index,)) for index in range(len(requests))]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    return time.monotonic() - began, answers


def form(content):
    """The body and the headers of a form with the message's id and one file."""
    boundary = "satchel-benchmark-boundary"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="message_id"\r\n\r\n{gateway.message}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="1mb.mp4"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Authorization": gateway.authorization, "Content-Type": f"multipart/form-data; boundary={boundary}"}
    return body, headers


def measure_simultaneous(report, path, runs):
    what = f"{SIMULTANEOUS} uploads of 1 MB at once"
    bench.say(what)
    content = path.read_bytes()
    body, headers = form(content)
    keys = [f"yardstick-{index}" for index in range(SIMULTANEOUS)]
    gateway.forget_peak_memory()
    yardstick, ours, fewest = [], [], SIMULTANEOUS
    for _ in range(runs):
        seconds, answers = at_once([("PUT", bench.presigned("PUT", key), content, {}) for key in keys])
        if any(status != 200 for status, _ in answers):
            bench.fail(f"the storage itself refused: {[answer for answer in answers if answer[0] != 200][0]}")
        yardstick.append(seconds)
        for key in keys:
            bench.delete_object(key)

        seconds, answers = at_once([("POST", f"{gateway.base}/upload/", body, headers)] * SIMULTANEOUS)
        ours.append(seconds)
        created = [json.loads(content) for status, content in answers if status == 201]
        for status, text in answers:
            if status != 201:
                bench.say(f"answered {status}: {text[:200]!r}")
        fewest = min(fewest, len(created))
        for answer in created:
            gateway.delete(answer)
    report.add_times(what, ours, yardstick)
    report.add_value(f"{what}: answered 201", "", fewest, SIMULTANEOUS, at_least=True)
    report.add_value(f"{what}: peak memory of the gateway", "MiB", gateway.peak_memory, MEMORY_BOUND_MIB)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--large-runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    report = bench.Report("upload")
    compare(report, "50 MB upload", bench.FILES / "50mb.mp4", options.runs, bound=2.0)
    if options.large_runs > 0:
        compare(report, "1 GiB upload", bench.FILES / "1gib.mp4", options.large_runs, bound=1.6)
    measure_simultaneous(report, bench.FILES / "1mb.mp4", runs=3)
    for worker in gateway.children:
        report.add_value("peak memory of the worker's server", "MiB", bench.peak_memory(worker))
    return report.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
