"""A real Django project of the old system's shape, moved whole: its rows, its bytes, who may see what, and the old ids in the routes."""

import collections
import hashlib
import json
import os
import pathlib
import random
import urllib.error
import urllib.request
import uuid

from torturing import Gateway, keys, new_bucket, require, say, storage

PROJECT = pathlib.Path(os.environ["TORTURE_DJANGO"]) if os.environ.get("TORTURE_DJANGO") else None
# Of each conversation so many attachments are asked for by somebody who is not in it.
STRANGERS = 3


def digest(content):
    return hashlib.sha256(content).hexdigest()


def fetch(url, token=None, **headers):
    """The status and the body of a GET; redirects are followed."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


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
    attachments = {row[0]: row[1:] for row in place.rows("SELECT id, message_id, uploaded_by FROM attachment")}
    wanted = {name: (row["message_id"], row["uploaded_by"]) for name, row in truth.attachments.items()}
    require(attachments == wanted, f"{len(attachments)} attachments in the catalog, {len(wanted)} in the project")


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
        "id": row["id"], "file_name": row["is_name"], "file_type": row["is_kind"], "mime_type": row["is_mime"],
        "file_size": row["file_size"],
    }  # fmt: skip
    for field in ("width", "height"):
        if row[field] is not None:
            wanted[field] = row[field]
    found = {field: answer[field] for field in wanted}
    require(found == wanted, f"{name}: {found}, and the project says {wanted}")
    status, content = fetch(answer["url"])
    require(status == 200 and digest(content) == row["sha256"], f"{name}: its URL gives {status} and other bytes")
    status, content = fetch(f"{base}/attachments/{row['id']}/content", token)
    require(status == 200 and digest(content) == row["sha256"], f"{name}: content gives {status} and other bytes")
    if row["thumbnail"] is not None:
        status, content = fetch(answer["thumbnail_url"])
        is_same = status == 200 and digest(content) == row["thumbnail_sha256"]
        require(is_same, f"{name}: its thumbnail gives {status} and other bytes")


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
            for path in ("", "content", "thumbnail"):
                status, body = fetch(f"{base}/attachments/{row['id']}/{path}", stranger)
                require(status == 404, f"{row['id']}/{path} answers {status} to a stranger: {body[:200]!r}")
                refused += 1
    return refused


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
    place.run(*command, status=status)
    listed = place.run("storage", "status", "--failures", status=status)
    require(all(name in listed for name in truth.missing), "what has no file is not all listed")
    place.run("storage", "verify", "--deep", "--leave-unusable")
    require(folder_digest(PROJECT) == before, "the project was touched")
    check_rows(place, truth)
    check_objects(place, bucket)
    # Again, and nothing comes twice.
    place.run(*command, status=status)
    check_rows(place, truth)
    check_objects(place, bucket)

    tokens = {user: place.run("token", "--user", user).strip() for user in [*truth.users, "nobody of them"]}
    base = f"http://127.0.0.1:{port}/api/chat"
    chance = random.Random(options.seed)
    try:
        # What media work adds to files that lack something is not looked at here.
        place.serve(more={"SATCHEL_JOBS_IN_SERVER": "none"})
        require(place.is_running, f"the gateway ended at its start; see {place.folder}/log")
        for row in truth.attachments.values():
            check_answer(base, row, tokens[chance.choice(truth.participants(row))])
        refused = check_access(base, truth, tokens, chance)
        for name in truth.missing:
            status, _ = fetch(f"{base}/attachments/{name}/", tokens[truth.participants(truth.all[name])[0]])
            require(status == 404, f"{name} has no file, and answers {status}")
    finally:
        place.end()
    count = len(truth.attachments)
    print(f"django    {count} attachments answer by their old ids, all bytes equal; {refused} requests of strangers refused")
