"""Uploads very many attachments and deletes all of them, while the gateway is killed at random times.

Started by scripts/torture, which says in the environment what runs where. Needs boto3, which comes with moto.

Deletions are of every sort: single, by message, by conversation, purged at once, with a retention and without (each start of
the gateway has the other), some restored. Retentions are brought to their end in the database, as days do. At the end, bucket
and catalog must have the same keys, each purge must be logged once, and what was not deleted must have its bytes.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import http.client
import json
import os
import pathlib
import queue
import random
import re
import signal
import sqlite3
import sys
import threading
import time
import urllib.request
import uuid

import torturing
from torturing import BINARIES, WORK, Failed, keys, new_bucket, picture, require, say, storage

PORT = int(os.environ["TORTURE_GATEWAY_PORT"])
BASE = "/api/chat"
# One begins each second; on a busy machine some are late, but so many must come.
BACKUPS_PER_SECOND = 0.8


class Gateway(torturing.Gateway):
    """The process, which comes back after each kill with the other retention."""

    def __init__(self, bucket):
        super().__init__(
            "gateway",
            bucket,
            {
                "SATCHEL_S3_PART_MEGABYTES": "5",
                "SATCHEL_AUTH_SECRET": hashlib.sha256(os.urandom(32)).hexdigest(),
                "SATCHEL_MEDIA_WORKER_PATH": str(BINARIES / "satchel-worker"),
                "SATCHEL_LIMITS_ADDRESS_REQUESTS_PER_MINUTE": "0",
                "SATCHEL_LIMITS_USER_READS_PER_MINUTE": "0",
                "SATCHEL_LIMITS_USER_WRITES_PER_MINUTE": "0",
                "SATCHEL_LIMITS_USER_UPLOADS_PER_MINUTE": "0",
                "SATCHEL_LIMITS_USER_UPLOADS_AT_ONCE": "0",
                "SATCHEL_SERVER_MAX_CONNECTIONS_PER_ADDRESS": "0",
                "SATCHEL_SERVER_SHUTDOWN_GRACE_SECONDS": "5",
                "SATCHEL_METRICS_ENABLED": "true",
            },
            PORT,
        )
        self.starts = 0
        self.peak = 0
        self.run("db", "migrate")
        self.tokens = {
            False: self.run("token", "--user", "alice", "--expires-in", "86400").strip(),
            True: self.run("token", "--user", "backend", "--service", "--expires-in", "86400").strip(),
        }

    def serve(self):
        retention, revokes = str(self.starts % 2), "true" if self.starts % 4 == 1 else "false"
        self.starts += 1
        super().serve(
            more={"SATCHEL_DELETION_RETENTION_DAYS": retention, "SATCHEL_DELETION_REVOKE_URLS": revokes}
        )
        require(self.is_running, f"the gateway ended with {self.process.returncode}")

    def end(self, number):
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
            self.peak = max(self.peak, int(status.split("VmHWM:")[1].split()[0]))
        except (OSError, IndexError):
            pass
        super().end(number)


class Client(threading.local):
    """A connection a thread; what a kill cut off is tried again until the gateway answers."""

    connection = None

    def send(self, method, path, token, body=None, headers=None):
        """The status and the body; a request that was cut off may have taken effect."""
        for _ in range(600):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
                self.connection.request(
                    method, BASE + path, body=body, headers={"Authorization": f"Bearer {token}", **(headers or {})}
                )
                answer = self.connection.getresponse()
                content = answer.read()
                if answer.status not in (503, 429):
                    return answer.status, content
            except (OSError, http.client.HTTPException):
                self.connection.close()
                self.connection = None
            time.sleep(0.1)
        raise Failed(f"{method} {path} was never answered")


class Run:
    """What was acknowledged so far, and what goes on."""

    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.bucket = new_bucket()
        self.gateway = Gateway(self.bucket)
        self.client = Client()
        self.lock = threading.Lock()
        self.is_over = threading.Event()
        self.copies = queue.Queue()
        # By how many seconds a backup began too late.
        self.lateness = 0.0
        # How long backups were being taken.
        self.backup_seconds = 0.0
        self.faults = []
        self.counts = collections.Counter()
        self.digests = {}
        # Conversation to its messages; the first one is never deleted by what happens meanwhile.
        self.messages = {
            str(uuid.uuid4()): [str(uuid.uuid4()) for _ in range(8)] for _ in range(max(4, options.objects // 400))
        }
        self.kept = next(iter(self.messages))
        self.conversation_of = {message: key for key, list_ in self.messages.items() for message in list_}

    def send(self, method, path, is_service=False, **more):
        return self.client.send(method, path, self.gateway.tokens[is_service], **more)

    def put(self, path, value):
        status, content = self.send(
            "PUT", path, True, body=json.dumps(value), headers={"Content-Type": "application/json"}
        )
        require(status == 200, f"PUT {path}: {status} {content[:200]}")

    def announce(self, conversation, messages):
        self.put(f"/conversations/{conversation}/", {"participants": [{"user_id": "alice"}]})
        for message in messages:
            self.put(f"/messages/{message}/", {"conversation_id": conversation, "sender_id": "alice"})

    def count(self, name, number=1):
        with self.lock:
            self.counts[name] += number

    # What is done, by many at a time.

    def upload(self, number):
        """One attachment, and what becomes of it."""
        noise = random.Random(f"{self.options.seed} {number}")
        conversation = noise.choice(list(self.messages))
        message = noise.choice(self.messages[conversation])
        if number % 25 == 0:
            body, kind = picture(number), "image/png"
        elif number % 500 == 1:
            body, kind = b"%PDF-1.7\n" + noise.randbytes(6 << 20), "application/pdf"
        else:
            body, kind = b"%PDF-1.7\n" + noise.randbytes(noise.choice([10, 1000, 4000])), "application/pdf"
        headers = {"Content-Type": kind, "Content-Disposition": f'attachment; filename="file {number}"'}
        while True:
            status, content = self.send("POST", f"/upload/?message_id={message}", body=body, headers=headers)
            if status == 201:
                break
            # Its message was deleted by somebody meanwhile.
            require(status in (403, 404), f"an upload got {status}: {content[:300]}")
            self.announce(conversation, [message])
        identifier = json.loads(content)["id"]
        self.count("uploaded")
        with self.lock:
            self.digests[identifier] = (conversation, hashlib.sha256(body).hexdigest())
        if conversation != self.kept and noise.random() < 0.7:
            self.delete(identifier, message, conversation, noise)

    def delete(self, identifier, message, conversation, noise):
        chance = noise.random()
        if chance < 0.02:
            self.expect("DELETE", f"/messages/{message}/", (200, 404), True)
            self.count("messages deleted")
            return
        if chance < 0.022:
            self.expect("DELETE", f"/conversations/{conversation}/", (200, 404), True)
            self.count("conversations deleted")
            return
        query = "?purge=true" if chance < 0.1 else "?revoke=true" if chance < 0.15 else ""
        self.expect("DELETE", f"/attachments/{identifier}/{query}", (200, 404))
        self.count("deleted")
        if chance > 0.8:
            status, _ = self.expect("POST", f"/attachments/{identifier}/restore/", (200, 404, 409))
            if status == 200:
                self.count("restored")

    def expect(self, method, path, statuses, is_service=False):
        status, content = self.send(method, path, is_service)
        require(status in statuses, f"{method} {path}: {status} {content[:300]}")
        return status, content

    # What happens beside.

    def guarded(self, work):
        try:
            work()
        except Exception as fault:  # noqa: BLE001: whatever it is, it is told, and the run fails
            with self.lock:
                self.faults.append(f"{work.__name__}: {fault}")

    def kill(self):
        while not self.is_over.wait(self.random.uniform(*self.options.between)):
            self.gateway.end(signal.SIGKILL)
            self.count("kills")
            self.gateway.serve()

    def expire(self):
        """Days go by for half of what is in the trash."""
        while not self.is_over.wait(2):
            with sqlite3.connect(self.gateway.database, timeout=60) as database:
                database.execute("UPDATE trash SET purge_after = 1 WHERE abs(random() % 2) = 0")

    def back_up(self):
        """A copy a second; what restoring and checking take is none of the second."""
        begin = due = time.monotonic()
        try:
            while not self.is_over.wait(max(0, due - time.monotonic())):
                self.lateness = max(self.lateness, time.monotonic() - due)
                due += 1
                copy = WORK / f"backup-{self.counts['backups taken']}.sqlite"
                self.gateway.run("db", "backup", "--to", str(copy))
                self.count("backups taken")
                self.copies.put(copy)
        finally:
            self.backup_seconds = time.monotonic() - begin
            # After an error, too: who restores the copies would wait for the next one for ever.
            self.copies.put(None)

    def restore(self):
        """Each copy must restore into a good database."""
        restored = WORK / "restored.sqlite"
        while (copy := self.copies.get()) is not None:
            restored.unlink(missing_ok=True)
            self.gateway.run("db", "restore", str(copy), "--to", str(restored))
            self.gateway.run("db", "check", "--database", str(restored))
            copy.unlink()
            self.count("backups restored")

    # What must hold at the end.

    def catalog_keys(self):
        return {
            row[0]
            for row in self.gateway.rows(
                "SELECT object_key FROM attachment UNION SELECT object_key FROM rendition"
                " UNION SELECT object_key FROM trash_object"
            )
        }

    def wait_for_rest(self):
        """Until nothing is left to be done."""
        questions = {
            "jobs": "SELECT count(*) FROM job",
            "intents": "SELECT count(*) FROM upload_intent",
            "due in the trash": "SELECT count(*) FROM trash WHERE purge_after = 1 OR is_revoking = 1",
        }
        left = {}
        for _ in range(1200):
            left = {name: self.gateway.rows(sql)[0][0] for name, sql in questions.items()}
            if not any(left.values()):
                return
            time.sleep(0.5)
        raise Failed(f"after ten minutes there are still {left}")

    def compare(self, when):
        self.wait_for_rest()
        bucket, catalog = keys(self.bucket), self.catalog_keys()
        require(not bucket - catalog, f"{when}: objects of nobody: {sorted(bucket - catalog)[:5]}")
        require(not catalog - bucket, f"{when}: rows without objects: {sorted(catalog - bucket)[:5]}")
        uploads = storage().list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])
        require(not uploads, f"{when}: open multipart uploads: {[item['Key'] for item in uploads][:5]}")
        found = self.gateway.run("sweep", "--plan", "--json", "--older-than", "0s")
        require(not found, f"{when}: the sweep finds {found[:500]}")
        twice = self.gateway.rows(
            "SELECT attachment_id FROM activity WHERE action = 'file_purged' GROUP BY 1 HAVING count(*) > 1"
        )
        require(not twice, f"{when}: purged twice: {twice[:5]}")
        return len(bucket)

    def batches(self):
        """How many DeleteObjects the gateway has sent since its start."""
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics") as answer:
            text = answer.read().decode()
        counts = re.findall(r'^satchel_s3_call_duration_seconds_count\{[^}]*operation="DeleteObjects"[^}]*\} (\d+)', text, re.M)
        return sum(map(int, counts))

    def check_kept(self):
        """What nobody deleted has its bytes, whoever was killed meanwhile."""
        kept = {key: value[1] for key, value in self.digests.items() if value[0] == self.kept}
        for identifier, digest in kept.items():
            status, content = self.expect("GET", f"/attachments/{identifier}/", (200,))
            with urllib.request.urlopen(json.loads(content)["url"]) as answer:
                found = hashlib.sha256(answer.read()).hexdigest()
            require(found == digest, f"{identifier} has other bytes than were sent")
        return len(kept)

    def perform(self):
        begin = time.monotonic()
        self.gateway.serve()
        for conversation, messages in self.messages.items():
            self.announce(conversation, messages)
        beside = [
            threading.Thread(target=self.guarded, args=(work,))
            for work in (self.kill, self.expire, self.back_up, self.restore)
        ]
        for thread in beside:
            thread.start()
        try:
            with concurrent.futures.ThreadPoolExecutor(self.options.clients) as pool:
                for result in pool.map(self.upload, range(self.options.objects)):
                    require(not self.faults, "; ".join(self.faults[:3]))
                # The rest, the kept conversation apart: half of it with a purge.
                others = [key for key in self.messages if key != self.kept]
                paths = [f"/conversations/{key}/{'?purge=true' if i % 2 else ''}" for i, key in enumerate(others)]
                for _ in pool.map(lambda path: self.expect("DELETE", path, (200, 404), True), paths):
                    pass
        finally:
            self.is_over.set()
            for thread in beside:
                thread.join()
        require(not self.faults, "; ".join(self.faults[:3]))
        taken, seconds = self.counts["backups taken"], self.backup_seconds
        require(taken >= BACKUPS_PER_SECOND * seconds, f"only {taken} backups were taken in {seconds:.0f} s")
        require(self.counts["backups restored"] == taken, f"of {taken} backups not all were restored")
        say(f"{taken} backups in {seconds:.0f} s, {self.lateness:.1f} s late at most")
        number = self.compare("after the last kill")
        kept = self.check_kept()
        say(f"{number} objects, of which {kept} attachments were never deleted")
        before = self.batches()
        with sqlite3.connect(self.gateway.database, timeout=60) as database:
            database.execute("UPDATE trash SET purge_after = 1")
        self.expect("DELETE", f"/conversations/{self.kept}/?purge=true", (200,), True)
        require(self.compare("with everything deleted") == 0, "something is left in the bucket")
        batches = self.batches() - before
        say(f"the last {number} objects were deleted by {batches} requests")
        require(0 < batches <= max(5, number // 20), f"{number} objects took {batches} requests")
        purged = self.gateway.rows("SELECT count(*) FROM activity WHERE action = 'file_purged'")[0][0]
        brought = self.gateway.rows("SELECT count(*) FROM activity WHERE action = 'file_uploaded'")[0][0]
        require(purged == brought, f"{brought} were uploaded, {purged} purged")
        self.gateway.end(signal.SIGTERM)
        left = [path for path in self.gateway.spool.rglob("*") if path.is_file()]
        require(not left, f"the spool has {left[:5]}")
        done = ", ".join(f"{number} {name}" for name, number in sorted(self.counts.items()))
        print(
            f"ok        lifecycle: {brought} attachments, {purged} purged, bucket equals catalog; {done}; "
            f"peak {self.gateway.peak // 1024} MiB; {time.monotonic() - begin:.0f} s"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--between", type=float, nargs=2, default=(2.0, 8.0), metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    say(f"seed {options.seed}")
    run = Run(options)
    try:
        run.perform()
    except Failed as fault:
        print(f"FAIL      lifecycle: {fault}")
        return 1
    finally:
        if run.gateway.is_running:
            run.gateway.end(signal.SIGKILL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
