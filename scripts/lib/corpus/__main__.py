"""Sends a corpus through a gateway and holds what comes back against the truth; scripts/corpus starts it."""

import argparse
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import pathlib
import signal
import sys
import time

from corpus import colour, facts, rendition, selftest, watch
from corpus.client import Bucket, Gateway, Refused, fetch, request
from corpus.report import Check, FileResult, Report, known_differences

# How long a file may take in all: the worker's time limit, twice, and its queue.
PATIENCE_SECONDS = 120


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def chosen(directory, options):
    """The truths to try: those of `--only`, then every Nth."""
    lines = (directory / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    truths = [json.loads(line) for line in lines if line.strip()]
    if options.only:
        truths = [
            truth
            for truth in truths
            if any(fnmatch.fnmatchcase(truth["path"].removeprefix("files/"), glob) for glob in options.only)
        ]
    index, count = options.shard
    return truths[index - 1 :: count]


class Run:
    """The uploads, and all that is known of them."""

    def __init__(self, directory, truths, gateway, bucket):
        self.directory = directory
        self.truths = truths
        self.gateway = gateway
        self.bucket = bucket
        self.results = {}
        self.answers = {}
        self.renditions = {}
        #: For each name, from when to when it was worked on.
        self.windows = {}

    def upload_all(self):
        for number, truth in enumerate(self.truths, 1):
            name = truth["path"].removeprefix("files/")
            result = FileResult(name, truth["kind"], truth["expect"])
            self.results[name] = result
            began = time.monotonic()
            try:
                self.upload(name, truth, result)
            except (OSError, RuntimeError, ValueError, KeyError) as error:
                result.problems.append(f"{type(error).__name__}: {error}")
            self.windows[name] = (began, time.monotonic())
            result.seconds = time.monotonic() - began
            if number % 25 == 0:
                say(f"{number} of {len(self.truths)}")

    def upload(self, name, truth, result):
        path = self.directory / truth["path"]
        try:
            answer = self.gateway.settled(self.gateway.upload(path), PATIENCE_SECONDS)
        except Refused as refusal:
            result.status = str(refusal)
            result.outcome = facts.outcome(None)
            result.problems += facts.outcome_problems(truth, None, result.status)
            return
        self.answers[name] = answer
        result.status = answer["status"]
        result.outcome = facts.outcome(answer)
        if answer["status"] == "processing":
            result.problems.append(f"still processing after {PATIENCE_SECONDS} s")
            return
        result.problems += facts.outcome_problems(truth, answer, result.status)
        result.problems += facts.problems(truth, answer)
        result.remarks += facts.remarks(truth, answer)
        if hashlib.sha256(fetch(answer["url"])).hexdigest() != truth["sha256"]:
            result.problems.append("the url does not return the file's bytes")
        self.renditions[name] = [
            (declared["name"], fetch(declared["url"]), declared)
            for declared in answer["renditions"]
            if declared["mime_type"].startswith("image/") and declared["name"] in ("thumbnail", "preview")
        ]

    def compare_all(self, pictures):
        """Holds renditions against references, in processes of their own: decoders may die of such files."""
        with concurrent.futures.ProcessPoolExecutor() as pool:
            waiting = {
                name: pool.submit(
                    rendition.compare, self.directory / truth["path"], truth, self.renditions[name], pictures
                )
                for truth in self.truths
                if self.renditions.get(name := truth["path"].removeprefix("files/"))
            }
            for name, future in waiting.items():
                try:
                    problems, figures = future.result()
                except Exception as error:  # whatever a decoder may do
                    problems, figures = [f"the comparison failed: {error!r}"], {}
                self.results[name].problems += problems
                self.results[name].figures = figures

    def at(self, moment):
        """The name of what was worked on then."""
        return next((name for name, (begin, end) in self.windows.items() if begin <= moment <= end), "nothing")

    # --- What must hold for the whole run.

    def health_check(self, rows):
        if not rows:
            return Check("health", False, "nothing was asked")
        taken = sorted(took for _, took, _, _ in rows)
        late = max(late for _, _, late, _ in rows)
        slow = sorted((row for row in rows if row[1] > watch.HealthWatch.BOUND), key=lambda row: -row[1])
        silent = [row for row in rows if row[3] != 200]
        detail = (
            f"{len(rows)} answers, 99th percentile {taken[int(len(taken) * 0.99)] * 1000:.1f} ms, "
            f"worst {taken[-1] * 1000:.1f} ms; asked up to {late * 1000:.1f} ms late"
        )
        if slow:
            names = dict.fromkeys(self.at(began) for began, *_ in slow)
            detail += f"; over 100 ms {len(slow)} times, during {', '.join(list(names)[:5])}"
        if silent:
            detail += f"; not 200 {len(silent)} times, during {self.at(silent[0][0])}"
        return Check("/healthz every 20 ms answers within 100 ms", not slow and not silent, detail)

    def leftover_checks(self):
        """While it still serves: the spool, the objects, the jobs."""
        gateway = self.gateway

        def spool():
            files = (path for path in pathlib.Path(gateway.spool).iterdir() if path.name not in watch.CANARY_NAMES)
            return [path.name for path in files]

        watch.wait_until(10, lambda: not spool())
        yield Check("no spool file is left", not spool(), ", ".join(spool()[:3]))

        wanted = set()
        for answer in self.answers.values():
            urls = [answer["url"], *(declared["url"] for declared in answer["renditions"])]
            wanted |= {self.bucket.key_of(url) for url in urls}
        watch.wait_until(10, lambda: self.bucket.keys() == wanted)
        keys = self.bucket.keys()
        detail = ", ".join(
            [f"without a row: {key}" for key in keys - wanted] + [f"missing: {key}" for key in wanted - keys]
        )
        yield Check(f"each of {len(keys)} objects has a row, and each row its objects", keys == wanted, detail[:300])

        def jobs():
            return [child for server in watch.children(gateway.pid) for child in watch.descendants(server)]

        watch.wait_until(5, lambda: not jobs())
        yield Check("no job's process is left", not jobs(), f"{len(jobs())}" if jobs() else "")
        servers = watch.children(gateway.pid)
        yield Check("there is one worker", len(servers) == 1, "" if len(servers) == 1 else f"{len(servers)}")

        for answer in self.answers.values():
            gateway.delete(answer)
        watch.wait_until(60, lambda: not self.bucket.keys())
        yield Check("after deleting all attachments the bucket is empty", not self.bucket.keys())

    def end_checks(self):
        """The gateway is the process it was; it ends, and all that it started with it."""
        pid = self.gateway.pid
        alive = watch.runs(pid) and request("GET", f"{self.gateway.origin}/healthz")[0] == 200
        yield Check("the gateway lives", alive)
        started = watch.descendants(pid)
        if alive:
            os.kill(pid, signal.SIGTERM)
        yield Check("it ends on SIGTERM", watch.wait_until(45, lambda: not watch.runs(pid)))
        watch.wait_until(5, lambda: not any(map(watch.runs, started)))
        left = [child for child in started if watch.runs(child)]
        yield Check("none of its processes is left", not left, ", ".join(map(str, left)))


def shard(text):
    index, _, count = text.partition("/")
    index, count = int(index), int(count)
    if not 1 <= index <= count:
        raise ValueError
    return index, count


def main():
    parser = argparse.ArgumentParser(prog="scripts/corpus")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--only", action="append")
    parser.add_argument("--shard", type=shard, default=(1, 1))
    parser.add_argument("--minimum", type=float, default=98)
    parser.add_argument("--known", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()

    colour.check()
    known = known_differences(options.known) if options.known else None
    truths = chosen(options.directory, options)
    if not truths:
        sys.exit("error: no file of the corpus is chosen")
    if options.self_test:
        return 0 if selftest.run(options.directory, truths) else 1
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)

    run = Run(options.directory, truths, Gateway(os.environ), Bucket(os.environ))
    try:
        canaries = watch.Canaries([run.gateway.spool, os.environ["CORPUS_DIRECTORY"]])
    except OSError as error:
        sys.exit(f"error: a canary cannot be set up, perhaps for another run of this script: {error}")
    canaries.prove()
    health = watch.HealthWatch(run.gateway.origin, os.environ["CORPUS_WORK"])
    say(f"uploading {len(truths)} files")
    run.upload_all()
    checks = [run.health_check(health.stop())]
    checks += run.leftover_checks()
    checks += run.end_checks()
    touched = canaries.close()
    checks.append(Check("the canaries are untouched", not touched, "; ".join(touched[:5])))
    say("comparing pictures")
    run.compare_all(options.pictures)

    report = Report(list(run.results.values()), checks, options.minimum, known)
    report.print()
    if options.json:
        report.write_json(options.json)
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())
