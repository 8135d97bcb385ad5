"""Maltreats migrations: kills of them and of what follows them, targets that deny, readers meanwhile, two kinds of servers.

Started by scripts/torture, which says in the environment what runs where. Needs boto3, which comes with moto.
"""

import argparse
import collections
import os
import random
import signal
import sqlite3
import sys
import time
import urllib.parse

import botocore.exceptions
import changedprovider
import everycommand
import killedsteps
import movingreads
import oldproject
import s3proxy
from migrating import BLOCK, SOURCE, check_arrived, make_bucket_source, make_source, object_digest, source_digest
from torturing import ACCESS, SECRET, WEED_PORT, Failed, Place, keys, new_bucket, require, say, storage

MOTO_PORT = int(os.environ["TORTURE_MOTO_PORT"])
# An identity of SeaweedFS that may read and list in this one bucket, and nothing else.
READER, READER_SECRET = os.environ["TORTURE_READER"], os.environ["TORTURE_READER_SECRET"]
READER_BUCKET = os.environ["TORTURE_READER_BUCKET"]

# Keys that servers, shells and signers have stumbled over.
ODD_KEYS = [
    "my file.txt", "a?b.txt", "My#1.png", "libstdc++.rpm", "a&b=c;d.bin", "[1] (2) {3}.pdf", "Grüße/日本語.pdf",
    "100%.txt", "%41.txt", "quote\"s'.txt", "star*tilde~!.bin", "comma,at@dollar$.bin", "deep/er/and/deeper/x.bin",
    "emoji 🎉.mp4", "e\u0301.txt", "plus+space +.txt", "back\\slash.txt", "trailing dot..txt", "x" * 200 + ".bin",
    "now!.txt", "deep/" * 50 + "y" * 200 + "/" + "z" * 200 + ".bin",
]  # fmt: skip
# One of them has tags.
TAGS, TAGGED = "team=media&kind=odd+key", 6
# Keys that servers which keep files do not take, and what becomes of them there.
RENAMED_KEYS = {
    "a//b.txt": "a/%2F/b.txt", "dots/../up.txt": "dots/%2E%2E/up.txt", "./here.txt": "%2E/here.txt",
    "next\u0085line.txt": "next%C2%85line.txt", "bell\x07.txt": "bell%07.txt", "like%0Athat.txt": "like%250Athat.txt",
}  # fmt: skip


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
    source = make_source("kills-source", options.objects, options.large, options.large_bytes)
    before = source_digest(source.folder)
    # A request an object, and some for each large one: points spread over all of it.
    total = options.objects + options.large * (options.large_bytes // (8 << 20) + 3)
    kill_runs(options, "kills", source, [str(source.folder)], total, options.kills)
    require(source_digest(source.folder) == before, "the source was changed")

    # What a bucket gives with its MD5 is sent while it is read, in one request.
    kills, large = max(1, options.kills // 4), options.large * 2
    say(f"kills: {options.objects // 20} small and {large} large objects of a bucket, {kills} kill -9")
    source = make_source("kills-bucket-source", options.objects // 20, large, options.large_bytes)
    old = make_bucket_source(source, "old")
    before = facts(storage(), old)
    origin = [f"s3://{old}/old", "--from-endpoint", f"http://127.0.0.1:{WEED_PORT}"]
    kill_runs(options, "kills-bucket", source, origin, options.objects // 20 + large, kills)
    require(facts(storage(), old) == before, "the source was changed")


def kill_runs(options, name, source, origin, total, kills):
    """Kills a migration from an origin at so many points of `total` requests, resumes it, and checks what arrived."""
    files = len(source.digests)
    bucket = new_bucket()
    proxy = s3proxy.Proxy(WEED_PORT)
    place = Place(name, bucket, SOURCE, proxy.port)
    place.run("db", "migrate")
    command = ["storage", "migrate", "--from", *origin, "--manifest", str(source.manifest)]
    chance = random.Random(options.seed)
    points = sorted(chance.randrange(total) for _ in range(kills))
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
    missed = kills - killed
    require(missed <= max(1, kills // 10), f"{killed} kills of {kills} hit a run")
    place.run(*command)
    place.run("storage", "status")
    place.run("storage", "verify", "--deep")
    place.run("storage", "cutover")
    check_arrived(place, storage(), bucket, source)
    sent, parts, completed = check_copied_once(proxy.taken())
    require(sent + completed == files, f"{sent} objects and {completed} uploads for {files} files")
    # Once more: nothing is to be done.
    count = len([entry for entry in proxy.taken() if entry.method in ("PUT", "POST")])
    place.run(*command)
    again = len([entry for entry in proxy.taken() if entry.method in ("PUT", "POST")])
    require(count == again, f"a run after the end sent {again - count} times something")
    sums = f"{sent} objects and {completed} uploads of {parts} parts"
    print(f"{name:<9} {killed} kills; {sums}, each sent once; all bytes equal")


def check_denied(place, source, before):
    """A migration is refused: the exit code and the report say so, and nothing at the source is touched."""
    command = ["storage", "migrate", "--from", str(source.folder), "--manifest", str(source.manifest)]
    report = place.folder / "report.html"
    said = place.run(*command, "--report", str(report), status=5)
    require("the target denies the writing. The source was not touched." in said, f"the summary says: {said[-500:]}")
    require("target_forbidden" in report.read_text(), "the report does not name the refusal")
    require(source_digest(source.folder) == before, "the source was touched")
    place.run("storage", "prune", "--min-age", "1", "--yes")
    require(source_digest(source.folder) == before, "a prune touched what never arrived")
    return command


def torture_denied(options):
    say("denied: a proxy that refuses PutObject")
    source = make_source("denied-source", min(options.objects // 2, 500), 1, min(options.large_bytes, 20 << 20))
    before, files = source_digest(source.folder), len(source.digests)
    bucket = new_bucket()
    proxy = s3proxy.Proxy(WEED_PORT, denies_writing=True)
    place = Place("denied", bucket, SOURCE, proxy.port)
    place.run("db", "migrate")
    command = check_denied(place, source, before)
    refused = [entry for entry in proxy.taken() if entry.status == 403]
    require(0 < len(refused) < files, f"{len(refused)} refusals of {files}: it did not stop early")
    # With the right to write, the same command goes on.
    proxy.denies_writing = False
    place.run(*command)
    check_arrived(place, storage(), bucket, source)
    print(f"denied    by a proxy: exit code 5 after {len(refused)} refusals, source untouched, then all {files} arrived")
    deny_by_identity(source, before)


def refusal(call):
    """The code that a storage refuses a call with; None where it lets it be."""
    try:
        call()
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return None


def deny_by_identity(source, before):
    """The storage itself refuses: its identity may read and list in the bucket, and not write."""
    say("denied: an identity of SeaweedFS without the right to write")
    client, reader = storage(), storage(access=READER, secret=READER_SECRET)
    client.create_bucket(Bucket=READER_BUCKET)
    client.put_object(Bucket=READER_BUCKET, Key="there", Body=b"to be read")
    # Else it were another refusal than the one that is meant.
    for what, call, wanted in (
        ("read", lambda: reader.get_object(Bucket=READER_BUCKET, Key="there"), None),
        ("list", lambda: reader.list_objects_v2(Bucket=READER_BUCKET), None),
        ("write", lambda: reader.put_object(Bucket=READER_BUCKET, Key="there", Body=b"written"), "AccessDenied"),
    ):
        found = refusal(call)
        require(found == wanted, f"that the reader would {what}, SeaweedFS answers with {found}, not {wanted}")
    client.delete_object(Bucket=READER_BUCKET, Key="there")
    files = len(source.digests)
    place = Place(
        "denied-identity",
        READER_BUCKET,
        {**SOURCE, "SATCHEL_S3_ACCESS_KEY_ID": READER, "SATCHEL_S3_SECRET_ACCESS_KEY": READER_SECRET},
    )
    place.run("db", "migrate")
    command = check_denied(place, source, before)
    require(not keys(READER_BUCKET), "something was written all the same")
    path = place.folder / "migration.sqlite"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30) as journal:
        counted = journal.execute("SELECT count(*) FROM object WHERE failure_code = 'target_forbidden'").fetchone()
    require(0 < counted[0] < files, f"{counted[0]} refusals of {files}: it did not stop early")
    # With keys that may write, the same command goes on.
    place.run(*command, more={"SATCHEL_S3_ACCESS_KEY_ID": ACCESS, "SATCHEL_S3_SECRET_ACCESS_KEY": SECRET})
    check_arrived(place, client, READER_BUCKET, source)
    # What has arrived can be looked at by who may only read.
    place.run("storage", "verify", "--deep")
    print(f"denied    by its identity: exit code 5, {counted[0]} objects refused, source untouched, then all {files} arrived")


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
                head.get("CacheControl"), head.get("ContentEncoding"), head.get("ContentLanguage"), metadata,
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
            **({"ContentLanguage": "de, ja"} if index % 5 == 4 else {}),
            Metadata={"owner": "ann", "number": str(index)},
            **({"Tagging": TAGS} if index == TAGGED else {}),
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
    check_tags(there, moto, second)
    back = Place("servers-back", third, SOURCE)
    back.run("storage", "migrate", "--from", f"s3://{second}", "--from-endpoint", f"http://127.0.0.1:{MOTO_PORT}")
    back.run("storage", "verify", "--deep")
    compare("back on SeaweedFS", wanted, facts(weed, third))
    # Servers do not let one set when an object was changed: it goes with the object, and stays what it was at first.
    times = modified(weed, first, "old/")
    require(noted_times(moto, second) == times, "on moto: the times are others")
    require(noted_times(weed, third) == times, "back on SeaweedFS: the times are others")
    copy_within(weed, first, wanted, times)
    rename_keys(weed, moto)
    print(
        f"servers   {len(wanted)} objects to moto and back: bytes, types, dispositions, encodings, languages, metadata, times equal, "
        "and copied within SeaweedFS"
    )


def check_tags(place, client, bucket):
    """Tags are there, or it is told that they are not."""
    found = client.get_object_tagging(Bucket=bucket, Key=ODD_KEYS[TAGGED])["TagSet"]
    tags = {tag["Key"]: tag["Value"] for tag in found}
    wanted = dict(urllib.parse.parse_qsl(TAGS))
    is_told = f"it had {len(wanted)} tags at the source" in place.run("storage", "status", "--failures")
    require(tags == wanted or is_told, f"of {wanted} the copy in {bucket} has {tags}, and nobody is told")


def copy_within(weed, first, wanted, times):
    """Within one server it copies by itself, and all is as where the bytes come through here."""
    bucket, proxy = new_bucket(), s3proxy.Proxy(WEED_PORT)
    place = Place("servers-within", bucket, SOURCE, proxy.port)
    endpoint = f"http://127.0.0.1:{proxy.port}"
    place.run("storage", "migrate", "--from", f"s3://{first}/old", "--from-endpoint", endpoint)
    place.run("storage", "verify", "--deep")
    compare("copied within SeaweedFS", wanted, facts(weed, bucket))
    require(noted_times(weed, bucket) == times, "copied within SeaweedFS: the times are others")
    check_tags(place, weed, bucket)
    puts = [entry for entry in proxy.taken() if entry.method == "PUT" and entry.path.removeprefix(f"/{bucket}/") in wanted]
    sent = [entry.path for entry in puts if not entry.is_copy]
    require(puts and not sent, f"{len(sent)} of {len(puts)} objects were sent and not copied, such as {sent[:3]}")


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
    "steps": killedsteps.torture_steps,
    "denied": torture_denied,
    "reads": movingreads.torture_reads,
    "servers": torture_servers,
    "provider": changedprovider.torture_provider,
    "commands": everycommand.torture_commands,
    "django": oldproject.torture_django,
}


# A minute and a half on two cores, beside the part django. The seed spreads the few kills, none of them near an end.
QUICK = {
    "objects": 300, "large": 2, "large_bytes": 9 << 20, "kills": 4, "moving": 160, "moving_seconds": 8, "reads": 600,
    "clients": 8, "seed": 3636,
}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=20)
    parser.add_argument("--large-bytes", type=int, default=24 << 20)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--moving", type=int, default=5000)
    # The moves that are read from are held back to about so long, for there must be time to read meanwhile.
    parser.add_argument("--moving-seconds", type=int, default=45)
    parser.add_argument("--reads", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rate", default="")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    if parser.parse_known_args()[0].quick:
        parser.set_defaults(**QUICK)
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
