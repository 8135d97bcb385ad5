"""Clients that read random attachments and thumbnails while a migration moves them: each read must give the right bytes."""

import collections
import hashlib
import http.client
import os
import random
import threading
import time
import urllib.parse
import uuid

from migrating import SOURCE, check_arrived, make_bucket_source, make_source, recorded
from torturing import ACCESS, SECRET, WEED_PORT, Gateway, keys, new_bucket, require, say, storage

# So many of the attachments are pictures with a thumbnail: each fifth.
PICTURES_EVERY = 5
PREFIX = "media"


class Reader(threading.Thread):
    """A client that reads random attachments and thumbnails, and compares each with what it must be."""

    def __init__(self, base, token, source, is_old, count, seed):
        super().__init__(daemon=True)
        self.base, self.token, self.count = urllib.parse.urlsplit(base), token, count
        self.source = source
        # Whether what answered at a place and a path was the old place.
        self.is_old = is_old
        self.chance = random.Random(seed)
        # By what was read, content or thumbnail: its statuses, and how much of it the old place answered.
        self.statuses = {"content": collections.Counter(), "thumbnail": collections.Counter()}
        self.old = collections.Counter()
        self.faults = []
        self.connections = {}

    @property
    def done(self):
        return sum(sum(statuses.values()) for statuses in self.statuses.values())

    def run(self):
        wanted = {"content": self.source.digests, "thumbnail": self.source.thumbnails}
        identifiers = {what: sorted(digests) for what, digests in wanted.items()}
        for _ in range(self.count):
            what = self.chance.choice(("content", "content", "thumbnail"))
            identifier = self.chance.choice(identifiers[what])
            try:
                status, body, where = self.read(f"{self.base.path}/attachments/{identifier}/{what}")
            except (OSError, http.client.HTTPException) as error:
                status, body, where = 0, repr(error).encode(), None
            self.statuses[what][status] += 1
            if where is not None and self.is_old(*where):
                self.old[what] += 1
            if status != 200:
                self.faults.append(f"{what} of {identifier}: {status} {body[:200]!r} from {where}")
            elif hashlib.sha256(body).hexdigest() != wanted[what][identifier]:
                self.faults.append(f"{what} of {identifier}: {len(body)} other bytes from {where}")

    def read(self, target, netloc=None):
        """The answer that the redirect leads to: status, body, and where it came from."""
        headers = {} if netloc else {"Authorization": f"Bearer {self.token}"}
        netloc = netloc or self.base.netloc
        for attempt in (1, 2):
            connection = self.connections.get(netloc) or http.client.HTTPConnection(netloc, timeout=60)
            self.connections[netloc] = connection
            try:
                connection.request("GET", target, headers=headers)
                response = connection.getresponse()
                body = response.read()
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A server may close a connection that lay still.
                del self.connections[netloc]
                if attempt == 2:
                    raise
        if response.status == 302:
            there = urllib.parse.urlsplit(response.headers["Location"])
            return self.read(f"{there.path}?{there.query}", there.netloc)
        return response.status, body, (netloc, target.partition("?")[0])


def read_while_moving(options, name, source, settings, command, is_old, rate):
    """Moves, reads meanwhile, and prints what was read of which kind and from where."""
    port = int(os.environ["TORTURE_GATEWAY_PORT"])
    bucket = new_bucket()
    place = Gateway(
        name,
        bucket,
        {
            **SOURCE,
            "SATCHEL_SERVER_HOST": "127.0.0.1",
            "SATCHEL_HTTP_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SATCHEL_AUTH_SECRET": uuid.uuid4().hex + uuid.uuid4().hex,
            "SATCHEL_LIMITS_ADDRESS_REQUESTS_PER_MINUTE": "0",
            "SATCHEL_LIMITS_USER_READS_PER_MINUTE": "0",
            "SATCHEL_SERVER_MAX_CONNECTIONS_PER_ADDRESS": "0",
            "SATCHEL_LOG_LEVEL": "warning",
            **settings,
        },
        port,
    )
    place.run("db", "migrate")
    token = place.run("token", "--user", "ann", "--expires-in", "86400").strip()
    base = f"http://127.0.0.1:{port}/api/chat"
    run = None
    try:
        # What media work would make anew is not what was brought.
        place.serve(more={"SATCHEL_JOBS_IN_SERVER": "none"})
        require(place.is_running, f"the gateway ended at its start; see {place.folder}/log")
        pace = ["--workers", "4"] + (["--max-rate", f"{rate}"] if rate else [])
        run = place.start("storage", "migrate", *command, "--manifest", str(source.manifest), *pace)
        deadline = time.monotonic() + 120
        while len(recorded(place)) < len(source.digests):
            is_coming = run.poll() is None and time.monotonic() < deadline
            require(is_coming, f"the records do not come; see {place.folder}/log")
            time.sleep(0.1)
        share = max(1, options.reads // options.clients)
        readers = [Reader(base, token, source, is_old, share, seed) for seed in range(options.clients)]
        for reader in readers:
            reader.start()
        while run.poll() is None and any(reader.is_alive() for reader in readers):
            time.sleep(0.05)
        meanwhile = sum(reader.done for reader in readers)
        for reader in readers:
            reader.join()
        require(run.wait(timeout=1800) == 0, f"the run ended with {run.returncode}; see {place.folder}/log")
    finally:
        if run is not None and run.poll() is None:
            run.terminate()
            run.wait(timeout=60)
        place.end()
    faults = [fault for reader in readers for fault in reader.faults]
    require(not faults, f"{len(faults)} reads from {name} went wrong, such as {faults[:3]}")
    check_arrived(place, storage(), bucket, source)
    # Reads after the move are of a bucket that nobody changes: they prove nothing about it.
    require(meanwhile * 2 >= options.reads, f"{meanwhile} reads of {options.reads} while objects moved: see --rate")
    counts = []
    for what, named in (("content", "originals"), ("thumbnail", "thumbnails")):
        count = sum(reader.statuses[what][200] for reader in readers)
        old = sum(reader.old[what] for reader in readers)
        require(old > 0, f"none of {count} {named} was read from the old place: see --rate")
        require(old < count, f"none of {count} {named} was read from the storage")
        counts.append(f"{count} {named} ({old} of them from the old place)")
    objects = len(source.digests) + len(source.thumbnails)
    print(f"reads     {name}: {' and '.join(counts)}, all 200 with the right bytes, {meanwhile} while {objects} objects moved")


def torture_reads(options):
    say(f"reads: {options.clients} clients read {options.reads} times while {options.moving} objects leave a media root")
    source = make_source("reads-source", options.moving, 0, 0, pictures_every=PICTURES_EVERY)
    total = sum(path.stat().st_size for path in source.folder.rglob("*") if path.is_file())
    rate = options.rate or max(1024, total // options.moving_seconds)
    port = os.environ["TORTURE_GATEWAY_PORT"]
    settings = {
        "SATCHEL_MIGRATION_SOURCE_KIND": "directory",
        "SATCHEL_MIGRATION_SOURCE_DIRECTORY": str(source.folder),
    }
    read_while_moving(
        options,
        "media-root",
        source,
        settings,
        ["--from", str(source.folder)],
        lambda netloc, _: netloc == f"127.0.0.1:{port}",
        rate,
    )

    say(f"reads: {options.clients} clients read {options.reads} times while {options.moving} objects leave a bucket")
    old = make_bucket_source(source, PREFIX)
    before = len(keys(old))
    endpoint = f"http://127.0.0.1:{WEED_PORT}"
    settings = {
        "SATCHEL_MIGRATION_SOURCE_KIND": "s3",
        "SATCHEL_MIGRATION_SOURCE_S3_ENDPOINT": endpoint,
        "SATCHEL_MIGRATION_SOURCE_S3_BUCKET": old,
        "SATCHEL_MIGRATION_SOURCE_S3_PREFIX": PREFIX,
        "SATCHEL_MIGRATION_SOURCE_S3_ACCESS_KEY_ID": ACCESS,
        "SATCHEL_MIGRATION_SOURCE_S3_SECRET_ACCESS_KEY": SECRET,
    }
    read_while_moving(
        options,
        "old-bucket",
        source,
        settings,
        ["--from", f"s3://{old}/{PREFIX}", "--from-endpoint", endpoint],
        lambda _, path: path.startswith(f"/{old}/"),
        rate,
    )
    require(len(keys(old)) == before, "the old bucket was touched")
