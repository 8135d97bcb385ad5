"""A real Django project of the old system's shape, moved whole: its rows, its bytes, who may see what, and the old ids in the routes."""

import collections
import datetime
import hashlib
import json
import os
import pathlib
import random
import time
import urllib.error
import urllib.request
import uuid

from torturing import Gateway, keys, new_bucket, require, say, storage

PROJECT = pathlib.Path(os.environ["TORTURE_DJANGO"]) if os.environ.get("TORTURE_DJANGO") else None
# Of each conversation so many attachments are asked for by somebody who is not in it.
STRANGERS = 3
# Django keeps microseconds, and the catalog the nearest millisecond; a little for binary fractions.
TIME_ERROR_SECONDS = 0.0006


def digest(content):
    return hashlib.sha256(content).hexdigest()


def fetch(url, token=None, method="GET", body=None, **headers):
    """The status and the body of an answer; redirects are followed."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def seconds(text):
    """The time of RFC 3339, or as Python writes one, in seconds since 1970."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def folder_digest(folder):
    """One digest over the names, times and bytes of a project."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith(("-wal", "-shm")):
            found.update(f"{path.relative_to(folder)}\0{path.stat().st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
            found.update(path.read_bytes())
    return found.hexdigest()


class Truth:
    """What the project's maker knows of it."""

    def __init__(self, project):
        tables = collections.defaultdict(list)
        for line in (project / "truth.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            tables[row["table"]].append(row)
        self.conversations = {row["id"]: sorted(row["participants"]) for row in tables["conversation"]}
        self.messages = {row["id"]: row for row in tables["message"]}
        self.missing = {row["id"] for row in tables["missing"]}
        self.all = {row["id"]: row for row in tables["attachment"]}
        self.attachments = {name: row for name, row in self.all.items() if name not in self.missing}
        self.users = sorted({user for users in self.conversations.values() for user in users})

    def participants(self, attachment):
        return self.conversations[self.messages[attachment["message_id"]]["conversation_id"]]


def check_rows(place, truth):
    """Every conversation, participant, message and attachment is in the catalog, and no other."""
    found = collections.defaultdict(list)
    for conversation, user in place.rows("SELECT conversation_id, user_id FROM participant"):
        found[conversation].append(user)
    wanted = {conversation: users for conversation, users in truth.conversations.items() if users}
    require({name: sorted(users) for name, users in found.items()} == wanted, "the participants are others")
    conversations = {row[0] for row in place.rows("SELECT id FROM conversation")}
    require(conversations == set(truth.conversations), "the conversations are others")
    messages = {row[0]: row[1:] for row in place.rows("SELECT id, conversation_id, sender_id FROM message")}
    wanted = {name: (row["conversation_id"], row["sender_id"]) for name, row in truth.messages.items()}
    require(messages == wanted, "the messages are others")
    rows = place.rows("SELECT id, message_id, uploaded_by, uploaded_at FROM attachment")
    attachments = {row[0]: row[1:3] for row in rows}
    wanted = {name: (row["message_id"], row["uploaded_by"]) for name, row in truth.attachments.items()}
    require(attachments == wanted, f"{len(attachments)} attachments in the catalog, {len(wanted)} in the project")
    for name, _, _, milliseconds in rows:
        wanted = truth.attachments[name]["uploaded_at"]
        is_same = abs(milliseconds / 1000 - seconds(wanted)) < TIME_ERROR_SECONDS
        require(is_same, f"{name} was uploaded at {wanted}, and the catalog says {milliseconds} ms")


def record_times(place):
    """When conversations and messages began, in milliseconds, by id."""
    return dict(place.rows("SELECT id, created_at FROM conversation UNION ALL SELECT id, created_at FROM message"))


def check_record_times(times, begin, end):
    """The old tables have no such time: it is that at which the records were brought."""
    others = {name: at for name, at in times.items() if not begin - 1 <= at / 1000 <= end + 1}
    require(not others, f"{len(others)} records are of another time than their move, such as {list(others.items())[:3]}")


def check_objects(place, bucket):
    """The bucket has what the catalog speaks of, and nothing else."""
    wanted = {row[0] for row in place.rows("SELECT object_key FROM attachment UNION SELECT object_key FROM rendition")}
    require(keys(bucket) == wanted, "the bucket has other keys than the catalog")
    uploads = storage().list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    require(not uploads, f"{len(uploads)} multipart uploads are left open")


def check_answer(base, row, token):
    """The attachment answers under its old id with its values, its bytes and its picture."""
    name = f"{row['id']} ({row['path']})"
    status, body = fetch(f"{base}/attachments/{row['id']}/", token)
    require(status == 200, f"{name}: {status} {body[:300]!r}")
    answer = json.loads(body)
    wanted = {
        "id": row["id"], "message_id": row["message_id"], "uploaded_by": row["uploaded_by"], "file_name": row["is_name"],
        "file_type": row["is_kind"], "mime_type": row["is_mime"], "file_size": row["file_size"],
        # What the old system did not find out is not known here either, before media work looks.
        "duration": row["duration"], "width": row["width"], "height": row["height"], "bitrate": row["bitrate"],
        "codec": row["codec"] if row["is_kind"] == "video" else None,
        "audio_codec": row["codec"] if row["is_kind"] == "audio" else None,
    }  # fmt: skip
    found = {field: answer[field] for field in wanted}
    require(found == wanted, f"{name}: {found}, and the project says {wanted}")
    # Answers have whole seconds, and of a fraction the second that has begun.
    uploaded_at = seconds(row["uploaded_at"])
    bounds = [(uploaded_at + error) // 1 for error in (-TIME_ERROR_SECONDS, TIME_ERROR_SECONDS)]
    is_same = seconds(answer["uploaded_at"]) in bounds
    require(is_same, f"{name}: uploaded at {answer['uploaded_at']}, and the project says {row['uploaded_at']}")
    status, content = fetch(answer["url"])
    require(status == 200 and digest(content) == row["sha256"], f"{name}: its URL gives {status} and other bytes")
    status, content = fetch(f"{base}/attachments/{row['id']}/content", token)
    require(status == 200 and digest(content) == row["sha256"], f"{name}: content gives {status} and other bytes")
    if row["thumbnail"] is not None:
        status, content = fetch(answer["thumbnail_url"])
        is_same = status == 200 and digest(content) == row["thumbnail_sha256"]
        require(is_same, f"{name}: its thumbnail gives {status} and other bytes")


def ask(url, token):
    """The JSON of an answer that must be given."""
    status, body = fetch(url, token)
    require(status == 200, f"{url}: {status} {body[:300]!r}")
    return json.loads(body)


def check_record_time(answer, times):
    """The answer has the catalog's time, in whole seconds."""
    at = times[answer["id"]] / 1000
    is_same = abs(seconds(answer["created_at"]) - at) <= 1
    require(is_same, f"{answer['id']}: of {answer['created_at']}, and the catalog says {at} s")


def check_records(base, truth, times, backend, tokens, chance):
    """Each conversation answers to the app's back end and each message to who takes part, as it was, with the time at which it was
    brought."""
    by_message = collections.defaultdict(list)
    for row in truth.attachments.values():
        by_message[row["message_id"]].append(row["id"])
    for name, users in truth.conversations.items():
        answer = ask(f"{base}/conversations/{name}/", backend)
        found = {participant["user_id"]: participant["role"] for participant in answer["participants"]}
        # The old system has no roles.
        is_same = answer["id"] == name and found == dict.fromkeys(users, "member")
        require(is_same and len(answer["participants"]) == len(users), f"conversation {name} answers {answer}")
        check_record_time(answer, times)
    for name, row in truth.messages.items():
        token = tokens[chance.choice(truth.conversations[row["conversation_id"]])]
        answer = ask(f"{base}/messages/{name}/", token)
        found = [answer[field] for field in ("id", "conversation_id", "sender_id")]
        require(found == [name, row["conversation_id"], row["sender_id"]], f"message {name} answers {found}")
        attachments = sorted(attachment["id"] for attachment in answer["attachments"])
        require(attachments == sorted(by_message[name]), f"message {name} answers with the attachments {attachments}")
        check_record_time(answer, times)


def check_access(base, truth, tokens, chance):
    """Who is not in a conversation gets nothing of it; how many were refused."""
    by_conversation = collections.defaultdict(list)
    for row in truth.attachments.values():
        by_conversation[truth.messages[row["message_id"]]["conversation_id"]].append(row)
    refused = 0
    for conversation, rows in by_conversation.items():
        strangers = [user for user in truth.users if user not in truth.conversations[conversation]]
        for row in chance.sample(rows, min(STRANGERS, len(rows))):
            stranger = tokens[chance.choice(strangers)] if strangers else tokens["nobody of them"]
            routes = [f"attachments/{row['id']}/{path}" for path in ("", "content", "thumbnail")]
            for route in [*routes, f"messages/{row['message_id']}/"]:
                status, body = fetch(f"{base}/{route}", stranger)
                require(status == 404, f"{route} answers {status} to a stranger: {body[:200]!r}")
                refused += 1
    return refused


def check_downloads(base, truth, tokens, chance):
    """The route of old clients gives out the films by their ids, and says of everything else that it is none."""
    for row in truth.attachments.values():
        is_film = row["is_kind"] == "video"
        # Of the others a few say it all.
        if not is_film and chance.random() > 0.05:
            continue
        status, body = fetch(f"{base}/videos/{row['id']}/download/", tokens[chance.choice(truth.participants(row))])
        require(status == (200 if is_film else 400), f"the download of {row['id']}: {status} {body[:200]!r}")
        require(not is_film or json.loads(body)["id"] == row["id"], f"the download of {row['id']} is another's")


def check_changes(base, truth, tokens, chance):
    """Who takes part adds to old messages, and who uploaded deletes; nobody else does. How many were deleted."""
    deleted = 0
    for row in chance.sample(sorted(truth.attachments.values(), key=lambda row: row["id"]), 40):
        users = truth.participants(row)
        stranger = next((user for user in truth.users if user not in users), "nobody of them")
        upload, one = f"{base}/upload/?message_id={row['message_id']}", f"{base}/attachments/{row['id']}/"
        sent = {"method": "POST", "body": b"%PDF-1.7\n", "Content-Type": "application/pdf"}
        sent["Content-Disposition"] = 'attachment; filename="new.pdf"'
        status, body = fetch(upload, tokens[stranger], **sent)
        require(status in (403, 404), f"an upload of a stranger to {row['message_id']} got {status}: {body[:200]!r}")
        status, body = fetch(upload, tokens[users[0]], **sent)
        require(status == 201, f"an upload to {row['message_id']} got {status}: {body[:200]!r}")
        for user, wanted in [(stranger, (403, 404))] + [(user, (403,)) for user in users if user != row["uploaded_by"]]:
            status, body = fetch(one, tokens[user], method="DELETE")
            require(status in wanted, f"{user} deletes {row['id']}: {status} {body[:200]!r}")
        if row["uploaded_by"] in users:
            status, body = fetch(one, tokens[row["uploaded_by"]], method="DELETE")
            require(status == 200, f"{row['id']} cannot be deleted: {status} {body[:200]!r}")
            status, _ = fetch(one, tokens[row["uploaded_by"]])
            require(status == 404, f"{row['id']} was deleted, and answers {status}")
            deleted += 1
    return deleted


def torture_django(options):
    """Moves the project as an operator would, and asks for all of it by the old ids."""
    if PROJECT is None:
        print("django    left out: Django cannot be had here")
        return
    truth = Truth(PROJECT)
    say(f"django: a project of {len(truth.all)} attachments, {len(truth.missing)} of them without their file")
    before = folder_digest(PROJECT)
    bucket = new_bucket()
    port = int(os.environ["TORTURE_GATEWAY_PORT"])
    place = Gateway(
        "django",
        bucket,
        {
            "SATCHEL_SERVER_HOST": "127.0.0.1",
            "SATCHEL_AUTH_SECRET": uuid.uuid4().hex + uuid.uuid4().hex,
            "SATCHEL_LIMITS_ADDRESS_REQUESTS_PER_MINUTE": "0",
            "SATCHEL_LIMITS_USER_READS_PER_MINUTE": "0",
            "SATCHEL_LOG_LEVEL": "warning",
        },
        port,
    )
    place.run("db", "migrate")
    command = ["storage", "migrate", "--django-db", str(PROJECT / "db.sqlite3"), "--media-root", str(PROJECT / "media")]
    # What has no file is told of, and keeps the end from being that of a whole project.
    status = 2 if truth.missing else 0
    place.run(*command, "--plan", status=status)
    require(not keys(bucket), "a plan wrote into the bucket")
    begin = time.time()
    place.run(*command, status=status)
    times = record_times(place)
    check_record_times(times, begin, time.time())
    listed = place.run("storage", "status", "--failures", status=status)
    require(all(name in listed for name in truth.missing), "what has no file is not all listed")
    place.run("storage", "verify", "--deep", "--leave-unusable")
    place.run("storage", "cutover", "--leave-unusable")
    require(folder_digest(PROJECT) == before, "the project was touched")
    check_rows(place, truth)
    check_objects(place, bucket)
    # Again, and nothing comes twice, or is of another time.
    place.run(*command, status=status)
    require(record_times(place) == times, "a second run gave conversations or messages other times")
    check_rows(place, truth)
    check_objects(place, bucket)

    tokens = {user: place.run("token", "--user", user).strip() for user in [*truth.users, "nobody of them"]}
    backend = place.run("token", "--user", "backend", "--service").strip()
    base = f"http://127.0.0.1:{port}/api/chat"
    chance = random.Random(options.seed)
    try:
        # What media work adds to files that lack something is not looked at here.
        place.serve(more={"SATCHEL_JOBS_IN_SERVER": "none"})
        require(place.is_running, f"the gateway ended at its start; see {place.folder}/log")
        for row in truth.attachments.values():
            check_answer(base, row, tokens[chance.choice(truth.participants(row))])
        check_records(base, truth, times, backend, tokens, chance)
        refused = check_access(base, truth, tokens, chance)
        for name in truth.missing:
            status, _ = fetch(f"{base}/attachments/{name}/", tokens[truth.participants(truth.all[name])[0]])
            require(status == 404, f"{name} has no file, and answers {status}")
        check_downloads(base, truth, tokens, chance)
        deleted = check_changes(base, truth, tokens, chance)
    finally:
        place.end()
    count = len(truth.attachments)
    print(
        f"django    {count} attachments answer by their old ids, all bytes equal; {refused} requests of strangers refused; "
        f"{deleted} deleted by who uploaded them"
    )
