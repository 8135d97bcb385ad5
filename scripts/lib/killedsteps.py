"""Kills the steps after a migration at random points, and gives each of them again: cut-over, export, rollback, prune.

Nothing may be lost, nothing deleted at the source that is not proved to be in the target, and nothing half written under a final
name; what is given again ends well, and a verification after it is clean.
"""

import hashlib
import json
import os
import random
import signal
import time

import s3proxy
from migrating import SOURCE, check_arrived, journal_states, make_bucket_source, make_source, recorded, source_digest
from torturing import WEED_PORT, Place, keys, new_bucket, require, say, storage

PREFIX = "media"
# The beginning of the names of files that an export has not finished.
PARTIAL = ".satchel-part-"
MIN_AGE = ["--min-age", "1", "--yes"]
# Times are compared in whole seconds and finer: more than the age above.
AGE_SECONDS = 2.0


def kill_when(place, command, is_reached, statuses=(0,)):
    """Starts a command and kills it as soon as a point is reached; False where it came to its end before."""
    process = place.start("storage", *command)
    deadline = time.monotonic() + 300
    while process.poll() is None and not is_reached():
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            require(False, f"storage {command[0]} does not come to its end; see {place.folder}/log")
        time.sleep(0.001)
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    status = process.wait()
    wanted = (*statuses, -signal.SIGKILL)
    require(status in wanted, f"storage {command[0]} ended with {status} at a kill; see {place.folder}/log")
    return status == -signal.SIGKILL


def after(counter, count):
    """Whether a counter has gone up by so much since now."""
    end = counter() + count
    return lambda: counter() >= end


def require_kills(what, hits, tries):
    """A command may come to its end between its point and the signal, but seldom."""
    require(hits * 2 >= tries, f"{hits} kills of {tries} hit a {what}")


def steps_between(chance, total, count):
    """How far to go on between one kill and the next, so that the points are spread over most of the work."""
    points = sorted(chance.randrange(max(1, total * 9 // 10)) for _ in range(count))
    return [1 + point - before for before, point in zip([0, *points], points)]


def files_below(folder):
    """The paths of all files, from the folder."""
    return {os.path.relpath(os.path.join(path, name), folder) for path, _, names in os.walk(folder) for name in names}


# --- Cut-over.


def kill_cutovers(place, proxy, chance, count, total):
    """A cut-over looks at everything anew each time: it is noted, or it is not."""
    hits = 0
    for _ in range(count):
        hits += kill_when(place, ["cutover"], after(lambda: proxy.methods["HEAD"], 1 + chance.randrange(total)))
        noted = len(place.rows("SELECT 1 FROM meta WHERE name LIKE 'cut_over:%'"))
        require(noted <= 1, f"a cut-over is noted {noted} times")
    require_kills("cut-over", hits, count)
    place.run("storage", "cutover")
    require(len(place.rows("SELECT 1 FROM meta WHERE name LIKE 'cut_over:%'")) == 1, "the cut-over is not noted")
    place.run("storage", "cutover")
    return hits


# --- Export.


def check_exported(target, source, is_whole):
    """What has its final name is whole; how many files that are."""
    count = 0
    for path in files_below(target):
        name = os.path.basename(path)
        if name.startswith(PARTIAL):
            require(not is_whole, f"an export that came to its end left {path}")
            continue
        if path == "manifest.jsonl":
            require(is_whole, "there is a manifest of an export that did not come to its end")
            continue
        folder, identifier, _ = path.split(os.sep)
        require(folder == "files" and identifier in source.digests, f"the export has {path}")
        found = hashlib.sha256((target / path).read_bytes()).hexdigest()
        require(found == source.digests[identifier], f"{path} is half written, or has other bytes")
        count += 1
    return count


def kill_exports(place, proxy, chance, count, source):
    target = place.folder / "export"
    command = ["export", str(target)]
    hits = 0
    for steps in steps_between(chance, len(source.digests), count):
        was_hit = kill_when(place, command, after(lambda: proxy.methods["GET"], steps))
        hits += was_hit
        if not was_hit:
            break
        check_exported(target, source, is_whole=False)
    require_kills("export", hits, count)
    place.run("storage", *command)
    found = check_exported(target, source, is_whole=True)
    require(found == len(source.digests), f"{found} files were exported of {len(source.digests)}")
    lines = [json.loads(line) for line in (target / "manifest.jsonl").read_text("utf-8").splitlines()]
    told = {line["id"]: line["sha256"] for line in lines}
    require(len(lines) == len(told) and told == source.digests, "the manifest does not tell of each file once")
    again = json.loads(place.run("storage", *command, "--json").splitlines()[-1])
    counts = (again["written"]["objects"], again["kept"]["objects"])
    require(counts == (0, len(source.digests)), f"an export after the end: {again}")
    return hits


# --- Prune.


def spoil(source, place, bucket):
    """Takes some copies out of the target, and has some files changed at the source; what was there before, to mend it."""
    client, objects = storage(), recorded(place)
    chosen = sorted(source.digests, key=lambda name: (source.folder / source.locations[name]).stat().st_size)[:6]
    lost, changed = {}, {}
    for identifier in chosen[:3]:
        path = source.folder / source.locations[identifier]
        lost[objects[identifier][0]] = path.read_bytes()
        client.delete_object(Bucket=bucket, Key=objects[identifier][0])
    for identifier in chosen[3:]:
        path = source.folder / source.locations[identifier]
        changed[path] = (path.read_bytes(), path.stat().st_mtime_ns)
        path.write_bytes(b"changed since it arrived")
    return {source.locations[identifier] for identifier in chosen}, lost, changed


def mend(bucket, lost, changed):
    client = storage()
    for key, content in lost.items():
        client.put_object(Bucket=bucket, Key=key, Body=content)
    for path, (content, time_of_change) in changed.items():
        path.write_bytes(content)
        os.utime(path, ns=(time_of_change, time_of_change))


def kill_prunes(place, chance, count, source, bucket):
    """Of a flat directory, which is empty at the end: by how many files are left."""
    command = ["prune", *MIN_AGE]
    held, lost, changed = spoil(source, place, bucket)

    def left():
        return set(os.listdir(source.folder))

    before = len(left())
    hits = tries = 0
    for point in sorted((chance.randrange(len(held), before) for _ in range(count)), reverse=True):
        now = len(left())
        if now <= len(held):
            break
        # The process before may have gone beyond this point in the moment of its death.
        target = min(point, now - 1)
        tries += 1
        hits += kill_when(place, command, lambda target=target: len(left()) <= target, statuses=(0, 2))
        require(held <= left(), f"{sorted(held - left())[:3]} was deleted, and is not proved to be in the target")
    require_kills("prune", hits, tries)
    place.run("storage", *command, status=2)
    require(left() == held, f"a prune to the end left {len(left())} files, and {len(held)} are to be left")
    mend(bucket, lost, changed)
    # With the last file the directory is empty, as one that is not mounted: a death in that moment must not be taken for that.
    was_hit = kill_when(place, command, lambda: not left())
    place.run("storage", *command)
    require(not left(), f"{len(left())} files are left")
    require(journal_states(place) == {"pruned": before}, f"the journal has {journal_states(place)}")
    # Once more: nothing is to be done.
    place.run("storage", *command)
    return hits + was_hit


def kill_bucket_prunes(place, proxy, chance, count, old, total):
    """Of a bucket: by the deletions that it was asked for."""
    command = ["prune", *MIN_AGE]
    hits = tries = 0
    for steps in steps_between(chance, total, count):
        tries += 1
        was_hit = kill_when(place, command, after(lambda: proxy.methods["DELETE"], steps))
        hits += was_hit
        if not was_hit:
            break
    require_kills("prune of a bucket", hits, tries)
    place.run("storage", *command)
    require(not keys(old), f"{len(keys(old))} objects are left in the old bucket")
    require(journal_states(place) == {"pruned": total}, f"the journal has {journal_states(place)}")
    place.run("storage", *command)
    return hits


# --- Rollback.


def count_places(place, state):
    return place.rows("SELECT count(*) FROM old_place WHERE state = ?", state)[0][0]


def kill_rollbacks(place, proxy, chance, count, old, total):
    """Of a bucket, which is asked for each object; nothing may be pruned in between, for some of it is served from there again."""
    command = ["rollback", "--yes"]
    hits = tries = 0
    while tries < count and (moved := count_places(place, "moved")) > 0:
        tries += 1
        hits += kill_when(place, command, after(lambda: proxy.methods["HEAD"], 1 + chance.randrange(moved)))
        if count_places(place, "waiting") > 0:
            place.run("storage", "prune", *MIN_AGE)
            require(proxy.methods["DELETE"] == 0, "a prune deleted what is served from the old bucket")
    require_kills("rollback", hits, tries)
    place.run("storage", *command)
    waiting = count_places(place, "waiting")
    require(waiting == total, f"{waiting} of {total} objects are served from the old bucket after a rollback")
    require(len(keys(old)) == total, "the old bucket has lost something")
    place.run("storage", *command)
    return hits


# --- All of them.


def torture_steps(options):
    # More than two pages of what a rollback commits at once, at full size; enough for a kill to come before the end, else.
    objects, large = max(80, options.objects // 8), min(options.large, 2)
    count = max(3, options.kills // 5)
    chance = random.Random(options.seed)
    total = objects + large

    say(f"steps: {count} kill -9 each of cut-over, export and prune, {total} objects from a directory")
    source = make_source("steps-source", objects, large, options.large_bytes, is_flat=True)
    before = source_digest(source.folder)
    bucket = new_bucket()
    proxy = s3proxy.Proxy(WEED_PORT)
    place = Place("steps", bucket, SOURCE, proxy.port)
    place.run("db", "migrate")
    place.run("storage", "migrate", "--from", str(source.folder), "--manifest", str(source.manifest))
    cutovers = kill_cutovers(place, proxy, chance, count, total)
    exports = kill_exports(place, proxy, chance, count, source)
    require(source_digest(source.folder) == before, "a cut-over or an export touched the source")
    time.sleep(AGE_SECONDS)
    prunes = kill_prunes(place, chance, count, source, bucket)
    place.run("storage", "verify", "--deep")
    check_arrived(place, storage(), bucket, source)
    print(
        f"steps     directory: {cutovers} kills of cut-overs, {exports} of exports, {prunes} of prunes; given again each ended well, "
        f"{total} objects whole, none deleted unproved"
    )

    say(f"steps: {count} kill -9 each of rollback and prune, {total} objects from a bucket")
    source = make_source("steps-bucket-source", objects, large, options.large_bytes)
    old = make_bucket_source(source, PREFIX)
    bucket = new_bucket()
    here, there = s3proxy.Proxy(WEED_PORT), s3proxy.Proxy(WEED_PORT)
    place = Place("steps-bucket", bucket, SOURCE, here.port)
    place.run("db", "migrate")
    endpoint = f"http://127.0.0.1:{there.port}"
    command = ["--from", f"s3://{old}/{PREFIX}", "--from-endpoint", endpoint, "--manifest", str(source.manifest)]
    place.run("storage", "migrate", *command)
    rollbacks = kill_rollbacks(place, there, chance, count, old, total)
    sent = here.methods["PUT"] + here.methods["POST"]
    place.run("storage", "migrate", *command)
    again = here.methods["PUT"] + here.methods["POST"]
    require(sent == again, f"a run after a rollback sent {again - sent} times something")
    waiting = count_places(place, "waiting")
    require(waiting == 0, f"{waiting} objects wait after a rollback and a run")
    place.run("storage", "verify", "--deep")
    place.run("storage", "cutover")
    time.sleep(AGE_SECONDS)
    prunes = kill_bucket_prunes(place, there, chance, count, old, total)
    place.run("storage", "verify", "--deep")
    # What a prune tries the buckets with is not left either.
    check_arrived(place, storage(), bucket, source)
    print(
        f"steps     bucket: {rollbacks} kills of rollbacks, {prunes} of prunes; given again each ended well, "
        f"{total} objects whole, none sent twice"
    )
