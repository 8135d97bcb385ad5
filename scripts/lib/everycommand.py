"""Each of the ways in and out that `satchel storage` has, as a program, and what a person makes of a storage with another name."""

import os
import sqlite3
import subprocess
import uuid

import oldproject
from changedprovider import Chat
from migrating import SOURCE
from torturing import ACCESS, BINARIES, SECRET, WEED_PORT, WORK, Gateway, Place, keys, new_bucket, require, say, wait_until

ENDPOINT = f"http://127.0.0.1:{WEED_PORT}"
FILES = 24


def records(place):
    """What goes along with an attachment, whoever takes it in."""
    return sorted(place.rows("SELECT id, file_name, sha256, file_size, message_id, uploaded_by FROM attachment"))


def refused(place, *arguments):
    """The words with which a command ends with a failure."""
    result = subprocess.run(
        [BINARIES / "satchel", *arguments], env=place.environment, capture_output=True, text=True, check=False, timeout=60
    )
    require(result.returncode != 0, f"satchel {' '.join(arguments)} did not fail")
    return result.stderr


def fresh(name, settings):
    place = Place(name, new_bucket(), settings)
    place.run("db", "migrate")
    return place


def make_chat(name, port, settings, bucket):
    """A running gateway with a message, and who speaks to it."""
    place = Gateway(name, bucket, settings, port)
    place.run("db", "migrate")
    tokens = {
        "user": place.run("token", "--user", "ann", "--expires-in", "86400").strip(),
        "service": place.run("token", "--user", "app", "--service", "--expires-in", "86400").strip(),
    }
    chat = Chat(port, tokens)
    place.serve()
    require(place.is_running, f"the gateway ended at its start; see {place.folder}/log")
    chat.announce()
    return place, chat


def torture_commands(_):
    say(f"commands: every way in and out, with {FILES} attachments")
    port, bucket = int(os.environ["TORTURE_GATEWAY_PORT"]), new_bucket()
    settings = {
        **SOURCE,
        "SATCHEL_AUTH_SECRET": uuid.uuid4().hex + uuid.uuid4().hex,
        "SATCHEL_MEDIA_WORKER_PATH": str(BINARIES / "satchel-worker"),
        "SATCHEL_LOG_LEVEL": "warning",
    }
    place, chat = make_chat("commands", port, settings, bucket)
    try:
        for number in range(FILES):
            chat.upload(number)
        wait_until("all media work is done", lambda: not place.rows("SELECT 1 FROM attachment WHERE status = 'processing'"))
        place.end()
        bring_everywhere(place, bucket, settings)
        bring_into_message(bucket, port, settings)
        bring_by_names(settings)
        rename(place, chat)
        move_unnoted(place, bucket)
    finally:
        place.end()
    print(f"commands  {FILES} attachments out and in by every way, adopted under another name, placed, and rolled back")


def bring_everywhere(place, bucket, settings):
    """Out to directories, and in again by a manifest, by another catalog, and as bare objects."""
    wanted, files, bare = records(place), WORK / "commands-out", WORK / "commands-bare"
    export = ["storage", "export", str(files), "--renditions"]
    place.run(*export)
    require("there already" in place.run(*export), "a second export does not tell what is there")
    place.run("storage", "export", str(bare), "--from", f"s3://{bucket}", "--from-endpoint", ENDPOINT)

    other = fresh("commands-catalog", settings)
    command = ["storage", "migrate", "--from", f"s3://{bucket}", "--satchel-db", str(place.database), "--from-endpoint", ENDPOINT]
    other.run(*command, "--plan")
    report = other.folder / "report.html"
    other.run(*command, "--verify", "reread", "--between", "00:00-23:59", "--report", str(report))
    require("read back and hashed" in report.read_text(), "the report does not say that everything was read back")
    other.run("storage", "verify", "--deep")
    other.run("storage", "cutover")
    require(records(other) == wanted, "the other catalog's attachments are others")

    again = fresh("commands-manifest", settings)
    again.run("storage", "migrate", "--from", str(files), "--manifest", str(files / "manifest.jsonl"))
    again.run("storage", "verify", "--deep")
    require(records(again) == wanted, "the attachments of the manifest are others")
    again.run("storage", "retry")
    again.run("storage", "retry", "--keep-arrived")

    objects = fresh("commands-objects", settings)
    objects.run("storage", "migrate", "--from", str(bare), "--manifest", str(bare / "manifest.jsonl"))
    require(keys(objects.environment["SATCHEL_S3_BUCKET"]) == keys(bucket), "the bare objects have other keys")


def bring_into_message(bucket, port, settings):
    """A bucket that no record speaks of, into one message."""
    place, chat = make_chat("commands-message", port, settings, new_bucket())
    try:
        source = ["--from", f"s3://{bucket}", "--from-endpoint", ENDPOINT]
        place.run("storage", "migrate", *source, "--message", chat.message, "--user", "ann")
        require(len(records(place)) == len(keys(bucket)), "not every file became an attachment")
    finally:
        place.end()


def bring_by_names(settings):
    """A Django project whose users are called by their names, without one of its columns."""
    project = oldproject.PROJECT
    if project is None:
        return
    place = fresh("commands-names", settings)
    source = ["--django-db", str(project / "db.sqlite3"), "--media-root", str(project / "media")]
    options = ["--user-names", "--map", "attachment.codec=", "--time-zone", "Europe/Berlin", "--json"]
    place.run("storage", "migrate", *source, *options, status=2 if oldproject.Truth(project).missing else 0)
    users = {row[0] for row in place.rows("SELECT DISTINCT user_id FROM participant")}
    require(users and not any(user.isdigit() for user in users), f"users are called {sorted(users)[:3]}")
    for dialect in ("postgresql", "mysql"):
        require("SELECT" in place.run("storage", "migrate", "--print-queries", dialect).upper(), f"no queries for {dialect}")


def rename(place, chat):
    """The storage gets another name: the server asks what that means, and goes on when it is told."""
    place.environment["SATCHEL_S3_ENDPOINT"] = f"http://localhost:{WEED_PORT}"
    require("satchel storage adopt --yes" in refused(place, "serve"), "the server does not say what to do")
    place.run("storage", "adopt", "--yes")
    place.serve()
    require(place.is_running, f"the gateway ended at its start; see {place.folder}/log")
    for identifier in chat.living:
        chat.check(identifier)
    require(not chat.faults, f"{len(chat.faults)} reads went wrong, such as {chat.faults[:3]}")
    place.end()


def move_unnoted(place, bucket):
    """A catalog of which nobody knows where its objects are moves once that was said; and back."""
    with sqlite3.connect(place.database) as database:
        database.execute("DELETE FROM meta WHERE name = 'storage'")
    place.environment |= {
        "SATCHEL_S3_BUCKET": new_bucket(),
        "SATCHEL_MIGRATION_SOURCE_KIND": "s3",
        "SATCHEL_MIGRATION_SOURCE_S3_ENDPOINT": f"http://localhost:{WEED_PORT}",
        "SATCHEL_MIGRATION_SOURCE_S3_BUCKET": bucket,
        "SATCHEL_MIGRATION_SOURCE_S3_ACCESS_KEY_ID": ACCESS,
        "SATCHEL_MIGRATION_SOURCE_S3_SECRET_ACCESS_KEY": SECRET,
    }
    command = ["storage", "migrate", "--from-catalog"]
    require("--place-all" in refused(place, *command), "a catalog without that note does not say what to do")
    place.run(*command, "--place-all")
    place.run("storage", "verify", "--deep")
    place.run("storage", "cutover")
    require(keys(place.environment["SATCHEL_S3_BUCKET"]) == keys(bucket), "not everything moved")
    place.run("storage", "rollback", "--yes")
    waiting = place.rows("SELECT count(*) FROM old_place WHERE state = 'waiting'")[0][0]
    require(waiting == len(keys(bucket)), f"after the rollback {waiting} objects are served from the old place")
