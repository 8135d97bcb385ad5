"""Maltreats migrations: kills, a target that denies, readers meanwhile, and two kinds of servers with odd keys.

Started by scripts/torture, which says in the environment what runs where. Needs boto3, which comes with moto.
"""

import argparse
import collections
import hashlib
import http.client
import json
import os
import random
import signal
import sys
import threading
import time
import urllib.parse
import uuid

import oldproject
import s3proxy
from torturing import ACCESS, SECRET, WEED_PORT, WORK, Failed, Gateway, Place, keys, new_bucket, require, say, storage

MOTO_PORT = int(os.environ["TORTURE_MOTO_PORT"])
BLOCK = 1 << 20

# Keys that servers, shells and signers have stumbled over.
ODD_KEYS = [
    "my file.txt", "a?b.txt", "My#1.png", "libstdc++.rpm", "a&b=c;d.bin", "[1] (2) {3}.pdf", "Grüße/日本語.pdf",
    "100%.txt", "%41.txt", "quote\"s'.txt", "star*tilde~!.bin", "comma,at@dollar$.bin", "deep/er/and/deeper/x.bin",
    "emoji 🎉.mp4", "e\u0301.txt", "plus+space +.txt", "back\\slash.txt", "trailing dot..txt", "x" * 200 + ".bin",
    "now!.txt", "deep/" * 50 + "y" * 200 + "/" + "z" * 200 + ".bin",
]  # fmt: skip
# Keys that servers which keep files do not take, and what becomes of them there.
RENAMED_KEYS = {
    "a//b.txt": "a/%2F/b.txt", "dots/../up.txt": "dots/%2E%2E/up.txt", "./here.txt": "%2E/here.txt",
    "next\u0085line.txt": "next%C2%85line.txt", "like%0Athat.txt": "like%250Athat.txt",
}  # fmt: skip


# What a bucket that is a source is opened with.
SOURCE = {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}


def recorded(place):
    """The catalog's attachments: id to key, SHA-256 as noted, and length."""
    return {row[0]: row[1:] for row in place.rows("SELECT id, object_key, stored_sha256, file_size FROM attachment")}


def write_file(path, size, seed):
    """A file of noise; its SHA-256."""
    noise = random.Random(seed)
    digest = hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        while size > 0:
            block = noise.randbytes(min(size, BLOCK))
            file.write(block)
            digest.update(block)
            size -= len(block)
    return digest.hexdigest()


def make_source(name, small, large, large_bytes):
    """A directory and its manifest: the folder, the manifest, id to SHA-256."""
    folder = WORK / name
    conversation, sizes, digests = str(uuid.uuid4()), random.Random(7), {}
    lines = []
    for index in range(small + large):
        size = sizes.choice([0, 1, 700, 4096, 16384, 65537]) if index < small else large_bytes + index
        location = f"2025/{index % 12 + 1:02}/file {index} #+.bin"
        identifier = str(uuid.uuid4())
        digests[identifier] = write_file(folder / location, size, f"{name}{index}")
        lines.append(
            {
                "path": location,
                "id": identifier,
                "message_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{conversation}/{index // 20}")),
                "conversation_id": conversation,
                "sender_id": "ann",
                "participants": ["ann", "bob"],
                "file_name": f"file {index}.bin",
                "uploaded_at": "2025-01-15T10:30:00Z",
            }
        )
    # Large ones are met everywhere, not only at the end.
    random.Random(8).shuffle(lines)
    manifest = WORK / f"{name}.jsonl"
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder, manifest, digests


def source_digest(folder):
    """One digest over all names, lengths, times and bytes of a directory."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            state = path.stat()
            digest.update(f"{path.relative_to(folder)}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def object_digest(client, bucket, key):
    digest = hashlib.sha256()
    for block in client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def check_arrived(place, client, bucket, digests):
    """Every file is in the catalog and in the bucket, byte for byte, and nothing else is there."""
    objects = recorded(place)
    require(set(objects) == set(digests), f"{len(objects)} attachments in the catalog, {len(digests)} files")
    for identifier, (key, noted, _) in objects.items():
        found = object_digest(client, bucket, key)
        sent = digests[identifier]
        require(found == sent == noted, f"{identifier}: sent {sent}, found {found}, noted {noted}")
    require(keys(bucket) == {value[0] for value in objects.values()}, "the bucket has other keys than the catalog")
    uploads = client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    require(not uploads, f"{len(uploads)} multipart uploads are left open")


def check_copied_once(entries):
    """No object and no part was given to the server twice, where it did not refuse it; how many of each were.

    What it never answered counts: it may have taken it in.
    """
    objects, parts, completions = collections.Counter(), collections.Counter(), collections.Counter()
    for entry in entries:
        if entry.status not in (200, None):
            continue
        if entry.method == "PUT" and "partNumber" in entry.query:
            parts[entry.path, entry.query["partNumber"]] += 1
        elif entry.method == "PUT":
            objects[entry.path] += 1
        elif entry.method == "POST" and "uploadId" in entry.query:
            completions[entry.path] += 1
    for what, counts in (("object", objects), ("part", parts), ("completion", completions)):
        twice = [key for key, count in counts.items() if count > 1]
        require(not twice, f"{len(twice)} times an {what} was sent twice, such as {twice[:3]}")
    require(not set(objects) & set(completions), "an object went both ways")
    return len(objects), len(parts), len(completions)


# --- The parts.


def torture_kills(options):
    say(f"kills: {options.objects} small and {options.large} large objects, {options.kills} kill -9")
    folder, manifest, digests = make_source("kills-source", options.objects, options.large, options.large_bytes)
    before = source_digest(folder)
    bucket = new_bucket()
    proxy = s3proxy.Proxy(WEED_PORT)
    place = Place("kills", bucket, SOURCE, proxy.port)
    place.run("db", "migrate")
    command = ["storage", "migrate", "--from", str(folder), "--manifest", str(manifest)]
    # A request an object, and some for each large one: points spread over all of it.
    total = options.objects + options.large * (options.large_bytes // (8 << 20) + 3)
    chance = random.Random(options.seed)
    points = sorted(chance.randrange(total) for _ in range(options.kills))
    killed = 0
    for before_it, point in zip([0, *points], points):
        # So many requests after those of the run before: what a run looks at anew is no progress.
        threshold = proxy.begun + 1 + point - before_it
        process = place.start(*command)
        deadline = time.monotonic() + 600
        while process.poll() is None and not proxy.wait_for(threshold, 0.2):
            require(time.monotonic() < deadline, f"nothing moves any more; see {place.folder}/log")
        time.sleep(chance.random() * 0.03)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        status = process.wait()
        require(status in (0, -signal.SIGKILL), f"a run ended with {status}; see {place.folder}/log")
    # A run may come to its end between the point and the signal, but seldom.
    require(killed * 10 >= options.kills * 9, f"{killed} kills of {options.kills} hit a run")
    place.run(*command)
    place.run("storage", "status")
    place.run("storage", "verify", "--deep")
    place.run("storage", "cutover")
    check_arrived(place, storage(), bucket, digests)
    sent, parts, completed = check_copied_once(proxy.taken())
    require(sent + completed == len(digests), f"{sent} objects and {completed} uploads for {len(digests)} files")
    require(source_digest(folder) == before, "the source was changed")
    # Once more: nothing is to be done.
    count = len([entry for entry in proxy.taken() if entry.method in ("PUT", "POST")])
    place.run(*command)
    again = len([entry for entry in proxy.taken() if entry.method in ("PUT", "POST")])
    require(count == again, f"a run after the end sent {again - count} times something")
    sums = f"{sent} objects and {completed} uploads of {parts} parts"
    print(f"kills     {killed} kills; {sums}, each sent once; all bytes equal")


def torture_denied(options):
    say("denied: a target that refuses PutObject")
    folder, manifest, digests = make_source("denied-source", min(options.objects, 500), 1, 20 << 20)
    before = source_digest(folder)
    bucket = new_bucket()
    proxy = s3proxy.Proxy(WEED_PORT, denies_writing=True)
    place = Place("denied", bucket, SOURCE, proxy.port)
    place.run("db", "migrate")
    report = place.folder / "report.html"
    command = ["storage", "migrate", "--from", str(folder), "--manifest", str(manifest)]
    place.run(*command, "--report", str(report), status=5)
    require("target_forbidden" in report.read_text(), "the report does not name the refusal")
    require(source_digest(folder) == before, "the source was touched")
    refused = [entry for entry in proxy.taken() if entry.status == 403]
    require(0 < len(refused) < len(digests), f"{len(refused)} refusals of {len(digests)}: it did not stop early")
    place.run("storage", "prune", "--min-age", "1", "--yes")
    require(source_digest(folder) == before, "a prune touched what never arrived")
    # With the right to write, the same command goes on.
    proxy.denies_writing = False
    place.run(*command)
    check_arrived(place, storage(), bucket, digests)
    print(f"denied    exit code 5 after {len(refused)} refusals, source untouched, then all {len(digests)} arrived")


class Reader(threading.Thread):
    """A client that reads random attachments and compares each with what it must be."""

    def __init__(self, base, token, digests, count, seed):
        super().__init__(daemon=True)
        self.base, self.token, self.digests, self.count = urllib.parse.urlsplit(base), token, digests, count
        self.chance = random.Random(seed)
        self.statuses = collections.Counter()
        self.faults = []
        self.connections = {}

    def run(self):
        identifiers = sorted(self.digests)
        for _ in range(self.count):
            identifier = self.chance.choice(identifiers)
            try:
                status, body = self.read(f"{self.base.path}/attachments/{identifier}/content")
            except (OSError, http.client.HTTPException) as error:
                status, body = 0, str(error).encode()
            self.statuses[status] += 1
            if status != 200 or hashlib.sha256(body).hexdigest() != self.digests[identifier]:
                self.faults.append(f"{identifier}: {status} {body[:200]!r}")

    def read(self, target, netloc=None):
        """The answer that the redirect leads to."""
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
        return response.status, body


def torture_reads(options):
    moving = options.moving
    say(f"reads: {options.clients} clients read {options.reads} times while {moving} objects move")
    folder, manifest, digests = make_source("reads-source", moving, 0, 0)
    bucket = new_bucket()
    port = int(os.environ["TORTURE_GATEWAY_PORT"])
    place = Gateway(
        "reads",
        bucket,
        {
            "SATCHEL_SERVER_HOST": "127.0.0.1",
            "SATCHEL_HTTP_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SATCHEL_AUTH_SECRET": uuid.uuid4().hex + uuid.uuid4().hex,
            "SATCHEL_MIGRATION_SOURCE_KIND": "directory",
            "SATCHEL_MIGRATION_SOURCE_DIRECTORY": str(folder),
            "SATCHEL_LIMITS_ADDRESS_REQUESTS_PER_MINUTE": "0",
            "SATCHEL_LIMITS_USER_READS_PER_MINUTE": "0",
            "SATCHEL_SERVER_MAX_CONNECTIONS_PER_ADDRESS": "0",
            "SATCHEL_LOG_LEVEL": "warning",
        },
        port,
    )
    place.run("db", "migrate")
    token = place.run("token", "--user", "ann", "--expires-in", "86400").strip()
    base = f"http://127.0.0.1:{port}/api/chat"
    run = None
    try:
        place.serve()
        require(place.is_running, f"the gateway ended at its start; see {place.folder}/log")
        rate = ["--max-rate", f"{options.rate}"] if options.rate else []
        command = ["storage", "migrate", "--from", str(folder), "--manifest", str(manifest), "--workers", "4"]
        run = place.start(*command, *rate)
        deadline = time.monotonic() + 120
        while len(recorded(place)) < len(digests):
            is_coming = run.poll() is None and time.monotonic() < deadline
            require(is_coming, f"the records do not come; see {place.folder}/log")
            time.sleep(0.1)
        share = options.reads // options.clients
        readers = [Reader(base, token, digests, share, seed) for seed in range(options.clients)]
        for reader in readers:
            reader.start()
        while run.poll() is None and any(reader.is_alive() for reader in readers):
            time.sleep(0.05)
        meanwhile = sum(sum(reader.statuses.values()) for reader in readers)
        for reader in readers:
            reader.join()
        require(run.wait(timeout=1800) == 0, f"the run ended with {run.returncode}; see {place.folder}/log")
    finally:
        if run is not None and run.poll() is None:
            run.terminate()
            run.wait(timeout=60)
        place.end()
    faults = [fault for reader in readers for fault in reader.faults]
    require(not faults, f"{len(faults)} reads went wrong, such as {faults[:3]}")
    statuses = sum((reader.statuses for reader in readers), collections.Counter())
    check_arrived(place, storage(), bucket, digests)
    require(meanwhile * 10 >= options.reads, f"{meanwhile} reads of {options.reads} while objects moved: see --rate")
    print(f"reads     {statuses[200]} reads, all 200 with the right bytes, {meanwhile} of them while {moving} objects moved")


def facts(client, bucket):
    """Everything that must be the same on the other side, by key."""
    found = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            head = client.head_object(Bucket=bucket, Key=item["Key"])
            # What a migration adds: the digest and the like, and the time of the source, which no server lets one set.
            added = {name for name in head["Metadata"] if name.startswith("satchel-")} | {"mtime"}
            metadata = {name: value for name, value in head["Metadata"].items() if name not in added}
            found[item["Key"]] = (
                object_digest(client, bucket, item["Key"]), head["ContentType"], head.get("ContentDisposition"),
                head.get("CacheControl"), head.get("ContentEncoding"), metadata,
            )  # fmt: skip
    return found


def torture_servers(options):
    say("servers: SeaweedFS to moto and back, with odd keys")
    weed, moto = storage(), storage(MOTO_PORT)
    first = new_bucket()
    chance = random.Random(9)
    for index, key in enumerate(ODD_KEYS):
        weed.put_object(
            Bucket=first,
            Key=f"old/{key}",
            Body=chance.randbytes(index * 997),
            ContentType=["image/png", "video/mp4", "text/plain; charset=utf-8"][index % 3],
            ContentDisposition="attachment; filename*=UTF-8''n%C3%A4me.bin",
            CacheControl="private, max-age=60",
            **({"ContentEncoding": "br"} if index % 4 == 3 else {}),
            Metadata={"owner": "ann", "number": str(index)},
        )
    large = chance.randbytes(BLOCK) * (options.large_bytes // BLOCK + 9)
    key = "old/large + film.mp4"
    weed.put_object(
        Bucket=first,
        Key=key,
        Body=large,
        ContentType="video/mp4",
        ContentDisposition='inline; filename="film.mp4"',
        CacheControl="no-store",
        Metadata={"owner": "bob", "some_name": "with spaces"},
    )
    wanted = {key.removeprefix("old/"): value for key, value in facts(weed, first).items()}
    second, third = new_bucket(MOTO_PORT), new_bucket()
    there = Place("servers-there", second, SOURCE, MOTO_PORT)
    endpoint = f"http://127.0.0.1:{WEED_PORT}"
    there.run("storage", "migrate", "--from", f"s3://{first}/old", "--from-endpoint", endpoint)
    there.run("storage", "verify", "--deep")
    compare("on moto", wanted, facts(moto, second))
    back = Place("servers-back", third, SOURCE)
    back.run("storage", "migrate", "--from", f"s3://{second}", "--from-endpoint", f"http://127.0.0.1:{MOTO_PORT}")
    back.run("storage", "verify", "--deep")
    compare("back on SeaweedFS", wanted, facts(weed, third))
    # Servers do not let one set when an object was changed: it goes with the object, and stays what it was at first.
    times = modified(weed, first, "old/")
    require(noted_times(moto, second) == times, "on moto: the times are others")
    require(noted_times(weed, third) == times, "back on SeaweedFS: the times are others")
    rename_keys(weed, moto)
    print(f"servers   {len(wanted)} objects to moto and back: bytes, types, dispositions, encodings, metadata, times equal")


def modified(client, bucket, prefix):
    """When each object was changed, in whole seconds."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    items = [item for page in pages for item in page.get("Contents", [])]
    return {item["Key"].removeprefix(prefix): int(item["LastModified"].timestamp()) for item in items}


def noted_times(client, bucket):
    """What goes with each object as its time, in whole seconds."""
    times = {}
    for key in modified(client, bucket, ""):
        times[key] = int(float(client.head_object(Bucket=bucket, Key=key)["Metadata"]["mtime"]))
    return times


def rename_keys(weed, moto):
    """Keys that the target does not take are brought under the names that the documentation tells."""
    source, target = new_bucket(MOTO_PORT), new_bucket()
    for key in RENAMED_KEYS:
        moto.put_object(Bucket=source, Key=key, Body=f"under {key}".encode())
    place = Place("servers-renamed", target, SOURCE)
    place.run("storage", "migrate", "--from", f"s3://{source}", "--from-endpoint", f"http://127.0.0.1:{MOTO_PORT}")
    place.run("storage", "verify", "--deep")
    require(keys(target) == set(RENAMED_KEYS.values()), f"the keys became {sorted(keys(target))}")
    for key, renamed in RENAMED_KEYS.items():
        found = weed.get_object(Bucket=target, Key=renamed)["Body"].read()
        require(found == f"under {key}".encode(), f"{renamed!r} has other bytes")


def compare(where, wanted, found):
    require(set(found) == set(wanted), f"{where}: keys {sorted(set(found) ^ set(wanted))[:5]} are on one side alone")
    for key, value in wanted.items():
        require(found[key] == value, f"{where}: {key!r} is {found[key]}, was {value}")


PARTS = {
    "kills": torture_kills,
    "denied": torture_denied,
    "reads": torture_reads,
    "servers": torture_servers,
    "django": oldproject.torture_django,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=20)
    parser.add_argument("--large-bytes", type=int, default=24 << 20)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--moving", type=int, default=5000)
    parser.add_argument("--reads", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rate", default="")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    say(f"seed {options.seed}")
    failed = 0
    for name, part in PARTS.items():
        if name not in (options.only or PARTS):
            continue
        try:
            part(options)
        except Failed as fault:
            print(f"FAIL      {name}: {fault}")
            failed += 1
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
