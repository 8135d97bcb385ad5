"""A running Satchel changes its storage: from SeaweedFS to moto, while clients read, upload and delete, and the run is killed."""

import concurrent.futures
import hashlib
import http.client
import json
import os
import random
import signal
import threading
import time
import urllib.parse
import uuid

from torturing import ACCESS, BINARIES, SECRET, WEED_PORT, Gateway, keys, new_bucket, picture, require, say, storage, wait_until

BASE = "/api/chat"
# Of the files, those of this length go in parts.
LARGE_BYTES = 9 << 20


class Client(threading.local):
    """A connection a thread."""

    def __init__(self, port, tokens):
        self.port, self.tokens, self.connection = port, tokens, None

    def send(self, method, path, token="user", body=None, headers=None):
        """Status, headers and body; asked again where a kept connection was closed, or the server says to come later."""
        for _ in range(300):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.connection.request(
                    method, BASE + path, body=body, headers={"Authorization": f"Bearer {self.tokens[token]}", **(headers or {})}
                )
                answer = self.connection.getresponse()
                content = answer.read()
                if answer.status != 503:
                    return answer.status, answer.headers, content
            except (OSError, http.client.HTTPException):
                self.connection.close()
                self.connection = None
            time.sleep(0.1)
        return 0, {}, b"it was never answered"


class Chat:
    """What was uploaded, and is to be there whatever the storage is."""

    def __init__(self, port, tokens):
        self.client = Client(port, tokens)
        self.message = str(uuid.uuid4())
        self.digests = {}
        self.deleted = set()
        self.faults = []

    def announce(self):
        conversation = str(uuid.uuid4())
        for path, value in (
            (f"/conversations/{conversation}/", {"participants": [{"user_id": "ann"}]}),
            (f"/messages/{self.message}/", {"conversation_id": conversation, "sender_id": "ann"}),
        ):
            status, _, content = self.client.send(
                "PUT", path, "service", json.dumps(value), {"Content-Type": "application/json"}
            )
            require(status == 200, f"PUT {path}: {status} {content[:200]}")

    def upload(self, number):
        noise = random.Random(number)
        if number % 5 == 0:
            body, kind = picture(number), "image/png"
        else:
            length = LARGE_BYTES if number % 60 == 1 else noise.choice([10, 4000, 70_000])
            body, kind = b"%PDF-1.7\n" + noise.randbytes(length), "application/pdf"
        headers = {"Content-Type": kind, "Content-Disposition": f'attachment; filename="file {number}"'}
        status, _, content = self.client.send("POST", f"/upload/?message_id={self.message}", body=body, headers=headers)
        require(status == 201, f"an upload got {status}: {content[:300]}")
        self.digests[json.loads(content)["id"]] = hashlib.sha256(body).hexdigest()

    def read(self, identifier):
        """The attachment by its redirect."""
        status, headers, content = self.client.send("GET", f"/attachments/{identifier}/content")
        if status == 302:
            there = urllib.parse.urlsplit(headers["Location"])
            connection = http.client.HTTPConnection(there.netloc, timeout=60)
            connection.request("GET", f"{there.path}?{there.query}")
            answer = connection.getresponse()
            status, content = answer.status, answer.read()
            connection.close()
        return status, content

    def check(self, identifier):
        """It answers with its bytes, or was deleted."""
        status, content = self.read(identifier)
        if identifier in self.deleted:
            return
        if status != 200 or hashlib.sha256(content).hexdigest() != self.digests[identifier]:
            # A deletion that came in between is none.
            if identifier not in self.deleted:
                self.faults.append(f"{identifier}: {status} {content[:200]!r}")

    def delete(self, identifier):
        self.deleted.add(identifier)
        status, _, content = self.client.send("DELETE", f"/attachments/{identifier}/")
        require(status == 200, f"a DELETE got {status}: {content[:200]}")

    @property
    def living(self):
        return sorted(set(self.digests) - self.deleted)


def checked_while(chat, is_over, chance):
    """Reads at random until it is told to end; how often."""
    count = 0
    while not is_over.is_set():
        chat.check(chance.choice(chat.living))
        count += 1
    return count


def torture_provider(options):
    files, moto_port = max(60, options.moving // 10), int(os.environ["TORTURE_MOTO_PORT"])
    say(f"provider: {files} attachments from SeaweedFS to moto under a running server")
    old, new = new_bucket(), new_bucket(moto_port)
    port = int(os.environ["TORTURE_GATEWAY_PORT"])
    place = Gateway(
        "provider",
        old,
        {
            "SATCHEL_AUTH_SECRET": uuid.uuid4().hex + uuid.uuid4().hex,
            "SATCHEL_MEDIA_WORKER_PATH": str(BINARIES / "satchel-worker"),
            "SATCHEL_LIMITS_ADDRESS_REQUESTS_PER_MINUTE": "0",
            "SATCHEL_LIMITS_USER_READS_PER_MINUTE": "0",
            "SATCHEL_LIMITS_USER_WRITES_PER_MINUTE": "0",
            "SATCHEL_LIMITS_USER_UPLOADS_PER_MINUTE": "0",
            "SATCHEL_DELETION_RETENTION_DAYS": "0",
            "SATCHEL_LOG_LEVEL": "warning",
        },
        port,
    )
    place.run("db", "migrate")
    chat = Chat(
        port,
        {
            "user": place.run("token", "--user", "ann", "--expires-in", "86400").strip(),
            "service": place.run("token", "--user", "app", "--service", "--expires-in", "86400").strip(),
        },
    )
    try:
        place.serve()
        require(place.is_running, f"the gateway ended at its start; see {place.folder}/log")
        chat.announce()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(chat.upload, range(files)))
        wait_until("all media work is done", lambda: not place.rows("SELECT 1 FROM attachment WHERE status = 'processing'"))
        place.end()
        before = keys(old)

        # The same database, another storage, and the one of before as the old place.
        place.environment |= {
            "SATCHEL_S3_ENDPOINT": f"http://127.0.0.1:{moto_port}",
            "SATCHEL_S3_BUCKET": new,
            "SATCHEL_MIGRATION_SOURCE_KIND": "s3",
            "SATCHEL_MIGRATION_SOURCE_S3_ENDPOINT": f"http://127.0.0.1:{WEED_PORT}",
            "SATCHEL_MIGRATION_SOURCE_S3_BUCKET": old,
            "SATCHEL_MIGRATION_SOURCE_S3_ACCESS_KEY_ID": ACCESS,
            "SATCHEL_MIGRATION_SOURCE_S3_SECRET_ACCESS_KEY": SECRET,
        }
        place.serve()
        require(place.is_running, f"the gateway ended at its start with the new storage; see {place.folder}/log")
        reads = move(place, chat, files)
        require(not chat.faults, f"{len(chat.faults)} reads went wrong, such as {chat.faults[:3]}")
        place.run("storage", "verify", "--deep")
        place.run("storage", "cutover")
        check_moved(place, chat, old, new, moto_port, before)
    finally:
        place.end()
    print(f"provider  {files} attachments and {files // 6} new ones: {reads} reads meanwhile, {len(chat.deleted)} deleted in both, all bytes equal")


def move(place, chat, files):
    """The run, killed once in its midst, while others read, upload and delete; how often was read."""
    command = ["storage", "migrate", "--from-catalog", "--workers", "2"]
    is_over, chance = threading.Event(), random.Random(11)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(checked_while, chat, is_over, random.Random(seed)) for seed in range(4)]
        try:
            run = place.start(*command, "--max-rate", "4M")
            moved = "SELECT count(*) FROM old_place WHERE state = 'moved'"
            wait_until("a third has moved", lambda: run.poll() is not None or place.rows(moved)[0][0] > files // 3)
            require(run.poll() is None, f"the run ended before it was killed; see {place.folder}/log")
            run.send_signal(signal.SIGKILL)
            run.wait()
            uploads = [pool.submit(chat.upload, files + number) for number in range(files // 6)]
            for identifier in chance.sample(chat.living, files // 6):
                chat.delete(identifier)
            run = place.start(*command)
            for upload in uploads:
                upload.result()
            for identifier in chance.sample(chat.living, files // 12):
                chat.delete(identifier)
            status = run.wait(timeout=900)
            require(status == 0, f"the run ended with {status}; see {place.folder}/log")
        finally:
            is_over.set()
        return sum(reader.result() for reader in readers)


def check_moved(place, chat, old, new, moto_port, before):
    """Everything is in the new storage and nothing else, and what was deleted is gone in both."""

    def spoken_of():
        rows = place.rows("SELECT object_key FROM attachment UNION SELECT object_key FROM rendition")
        return {row[0] for row in rows}

    wait_until("what was deleted is gone from the new storage", lambda: keys(new, moto_port) == spoken_of(), 60)
    gone = before - spoken_of()
    require(gone, "nothing was deleted that the old storage had")
    wait_until("what was deleted is gone from the old storage", lambda: keys(old) == before - gone, 60)
    require(not storage(moto_port).list_multipart_uploads(Bucket=new).get("Uploads", []), "an upload is left open")
    # Without the old place, as after the move.
    place.end()
    for name in list(place.environment):
        if name.startswith("SATCHEL_MIGRATION_SOURCE_"):
            del place.environment[name]
    place.serve()
    require(place.is_running, f"the gateway ended at its start without the old place; see {place.folder}/log")
    for identifier in chat.living:
        chat.check(identifier)
    require(not chat.faults, f"{len(chat.faults)} reads went wrong after the move, such as {chat.faults[:3]}")
