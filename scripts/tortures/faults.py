"""Has a debug build die at each of its fault points, one after the other, and looks what the next process makes of it.

Started by scripts/torture, which says in the environment what runs where. Needs boto3, which comes with moto.
"""

import argparse
import collections
import concurrent.futures
import http.server
import itertools
import json
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

import torturing
from torturing import BINARIES, WORK, Failed, free_port, keys, new_bucket, require, storage, wait_until

SOURCES = pathlib.Path(__file__).resolve().parent.parent.parent / "Sources"
TOKEN_SECRET = "the token secret of a torture, 32 bytes or more"
PATIENCE = 90
# What a process beside the server leaves is settled two minutes after its last sign of life.
LONG_PATIENCE = 300
KEY = re.compile(
    r"attachments/\d{4}/\d\d/\d\d/(?P<id>[0-9a-f-]{36})(?:-[0-9a-f-]{36})?\.(?P<name>[^.]+)(?:\.[a-z0-9]+)?"
)


class Hook(http.server.ThreadingHTTPServer):
    """Takes webhooks, and files to be scanned; keeps what came."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), HookRequest)
        self.events = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class HookRequest(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        length = self.headers.get("Content-Length")
        body = self.rfile.read(int(length)) if length else self.chunks()
        answer = {}
        if self.path == "/scan":
            with urllib.request.urlopen(json.loads(body)["url"]) as file:
                answer = {"clean": b"EICAR" not in file.read()}
        else:
            self.server.events.append(json.loads(body)["type"])
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def chunks(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *_):
        pass


class Gateway(torturing.Gateway):
    """A gateway with a database and a bucket of its own, and somebody who may upload."""

    def __init__(self, name, settings):
        self.bucket = new_bucket()
        self.hook = Hook()
        super().__init__(
            name,
            self.bucket,
            {
                "SATCHEL_AUTH_SECRET": TOKEN_SECRET,
                "SATCHEL_LOG_LEVEL": "debug",
                # Short ones, for URLs of an original that was replaced are waited for.
                "SATCHEL_URLS_LIFETIME_SECONDS": "5",
                "SATCHEL_URLS_WINDOW_SECONDS": "1",
                **{key: value.format(hook=self.hook.base) for key, value in settings.items()},
            },
            free_port(),
        )
        self.tokens = {
            user: self.run("token", "--user", user, *more).strip()
            for user, more in [("ann", []), ("backend", ["--service"])]
        }
        self.conversation, self.message = str(uuid.uuid4()), str(uuid.uuid4())

    def serve(self, fault=None):
        """A fault may come with the start's own work."""
        super().serve("--migrate", more={"SATCHEL_TEST_FAULT_POINT": fault} if fault else None)

    def request(self, method, path, user="ann", body=None, kind="application/json"):
        """The status and the parsed answer; None and None where the gateway died meanwhile."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/chat{path}",
            method=method,
            data=body,
            headers={"Authorization": f"Bearer {self.tokens[user]}", "Content-Type": kind},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")
        except OSError:
            return None, None

    def prepare(self):
        people = json.dumps({"participants": [{"user_id": "ann"}]}).encode()
        self.request("PUT", f"/conversations/{self.conversation}/", "backend", people)
        message = json.dumps({"conversation_id": self.conversation, "sender_id": "ann"}).encode()
        self.request("PUT", f"/messages/{self.message}/", "backend", message)

    def upload(self, path):
        """The id of the attachment; None where the gateway died before it answered."""
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="message_id"\r\n\r\n{self.message}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n\r\n'
        )
        body = head.encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        status, answer = self.request("POST", "/upload/", body=body, kind=f"multipart/form-data; boundary={boundary}")
        require(status in (201, None), f"an upload was answered {status}: {answer}")
        return answer and answer["id"]

    def count(self, query):
        return self.rows(f"SELECT count(*) FROM {query}")[0][0]

    def spool_files(self):
        return [path for path in self.spool.rglob("*") if path.is_file() and path.suffix == ".spool"]


# --- What is done to make a gateway come by a fault point, and how it must be in the end.


def make_video(path, *arguments):
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=2"]
        + ["-f", "lavfi", "-i", "sine=duration=2", "-pix_fmt", "yuv420p", "-shortest", *arguments, path],
        check=True,
    )


def files():
    folder = WORK / "files"
    folder.mkdir()
    make_video(folder / "clip.mp4")
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "sine=duration=3", "-ar", "48000"]
        + ["-c:a", "pcm_s16le", folder / "tone.wav"],
        check=True,
    )
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=1200x800", "-frames:v", "1"]
        + ["-q:v", "2", folder / "photo.jpg"],
        check=True,
    )
    (folder / "note.txt").write_text("Words, and nothing else.\n" * 50)
    (folder / "virus.txt").write_text("EICAR, in this torture's own sense of the word.\n")
    return folder


class Scenario:
    """An action, the settings that it needs, and what must be so after everything has settled.

    `done` are the jobs that must have been done by then, no more and no fewer, by their kinds and names.
    """

    def __init__(self, act, done, settings=None, before=None, check=None, first=None, dies="server"):
        self.act = act
        self.done = done
        # Which process dies: the server, or one beside it that goes on: a command, or `satchel work`.
        self.dies = dies
        # The point at which a server dies before, so that the one that dies at the point in question finds a job in the queue.
        self.first = first
        self.settings = settings or {}
        self.before = before
        self.check = check or (lambda gateway, found: None)


def upload_clip(gateway, folder):
    return gateway.upload(folder / "clip.mp4")


def upload_note(gateway, folder):
    return gateway.upload(folder / "note.txt")


def upload_tone(gateway, folder):
    return gateway.upload(folder / "tone.wav")


def upload_photo(gateway, folder):
    return gateway.upload(folder / "photo.jpg")


def upload_virus(gateway, folder):
    return gateway.upload(folder / "virus.txt")


def is_ready(gateway, attachment):
    """Whatever was acknowledged, or is there all the same, is ready with its pictures."""
    rows = gateway.rows("SELECT id, status FROM attachment WHERE file_type = 'video'")
    require(all(status == "ready" for _, status in rows), f"not ready: {rows}")
    for identifier, _ in rows:
        names = {row[0] for row in gateway.rows(f"SELECT name FROM rendition WHERE attachment_id = '{identifier}'")}
        require("thumbnail" in names, f"{identifier} has the renditions {names}")
    if attachment:
        require(attachment in {row[0] for row in rows}, "an acknowledged upload is gone")
        status, answer = gateway.request("GET", f"/attachments/{attachment}/")
        require(status == 200, f"GET answers {status}")
        with urllib.request.urlopen(answer["url"]) as body:
            require(len(body.read()) == answer["file_size"], "the URL gives other bytes")


def is_gone(gateway, attachment):
    require(gateway.count("attachment") == 0, "what was deleted is there")
    require(gateway.request("GET", f"/attachments/{attachment}/")[0] == 404, "what was deleted is answered")


def is_there_or_ready(gateway, attachment):
    is_ready(gateway, attachment)
    require(gateway.count("attachment") == 1, "there must be one attachment")


def has_other_keys(gateway, attachment):
    is_there_or_ready(gateway, attachment)
    kept = {row[0] for row in gateway.rows("SELECT object_key FROM attachment")} & gateway.keys_before
    require(not kept, f"the objects did not move: {kept}")


def act_on(method, path):
    return lambda gateway, folder: gateway.request(method, path.format(id=gateway.subject, message=gateway.message))


def is_there_again(gateway, attachment):
    require(gateway.count("trash") == 0, "what was restored is in the trash")
    is_there_or_ready(gateway, attachment)


def is_in_trash(gateway, attachment):
    require(gateway.count("attachment") == 0, "what was deleted is there")
    require(gateway.count("trash") == 1, "what was deleted cannot be restored")
    status, answer = gateway.request("POST", f"/attachments/{attachment}/restore/")
    require(status == 200, f"it cannot be restored: {status} {answer}")
    wait_until("what the restoration does is settled", lambda: settled(gateway))
    is_ready(gateway, attachment)


def is_purged(gateway, attachment):
    is_gone(gateway, attachment)
    require(gateway.count("trash") == 0, "what was purged can be restored")
    require(gateway.count("activity WHERE action = 'file_purged'") == 1, "the purge is not in the log once")


def has_rendition(gateway, attachment):
    is_ready(gateway, attachment)
    rows = gateway.rows("SELECT width, height, mime_type FROM rendition WHERE name = '180p'")
    require(rows == [(320, 180, "video/mp4")], f"the renditions of that name are {rows}")


def has_sound(gateway, attachment):
    rows = gateway.rows(
        "SELECT attachment.status, rendition.mime_type FROM attachment"
        " LEFT JOIN rendition ON attachment_id = attachment.id AND name = 'voice'"
    )
    require(rows == [("ready", "audio/ogg")], f"the sound is {rows}")


def has_stream(gateway, attachment):
    has_rendition(gateway, attachment)
    names = {row[0] for row in gateway.rows("SELECT name FROM rendition WHERE name LIKE 'hls%'")}
    require(names == {"hls180p", "hls180pindex"}, f"of the stream there are {names}")


def is_in_log_once(gateway, cause):
    count = gateway.count(f"activity WHERE action = 'file_purged' AND cause = '{cause}'")
    require(count == 1, f"{count} lines of the log tell of the purge")


def took_the_place(gateway, attachment):
    is_ready(gateway, attachment)
    rows = gateway.rows("SELECT width, height FROM attachment")
    require(rows == [(320, 180)], f"the original is {rows}")
    is_in_log_once(gateway, "replaced")


def became(kind):
    """The rendition has taken the original's place, once."""

    def check(gateway, attachment):
        rows = gateway.rows("SELECT status, mime_type FROM attachment")
        require(rows == [("ready", kind)], f"the original is {rows}")
        is_in_log_once(gateway, "replaced")

    return check


def heard_in_turn(gateway):
    """The receiver heard of the creation and then of the end; a kill may have each said again, but none after the next."""
    told = [event for event, _ in itertools.groupby(gateway.hook.events)]
    require(told == ["attachment.created", "attachment.ready"], f"the receiver was told {gateway.hook.events}")


def was_told(gateway, attachment):
    is_ready(gateway, attachment)
    heard_in_turn(gateway)


def was_told_of_note(gateway, attachment):
    require(gateway.rows("SELECT status FROM attachment") == [("ready",)], "the note is not ready")
    heard_in_turn(gateway)


def reprocess(gateway, folder):
    """Work that nobody waits for, on what is ready."""
    gateway.run("reprocess", "--all")


def is_infected(gateway, attachment):
    rows = gateway.rows("SELECT status, failure_reason, hold FROM attachment")
    require(rows == [("failed", "infected", "infected")], f"the attachment is {rows}")
    is_in_log_once(gateway, "infected")
    if attachment:
        status, answer = gateway.request("GET", f"/attachments/{attachment}/")
        require(status == 200 and answer["url"] is None, f"GET answers {status} with the URL {answer['url']}")


def has_passed(gateway, attachment):
    rows = gateway.rows("SELECT status, hold FROM attachment")
    require(rows == [("ready", None)], f"the attachment is {rows}")


def upload_and_delete(gateway, folder):
    attachment = gateway.upload(folder / "clip.mp4")
    wait_until("the upload is settled", lambda: settled(gateway))
    require(gateway.request("DELETE", f"/attachments/{attachment}/")[0] == 200, "it cannot be deleted")
    return attachment


def end_retention(gateway, folder):
    """Days go by."""
    with sqlite3.connect(gateway.database, timeout=60) as database:
        database.execute("UPDATE trash SET purge_after = 1")


def upload_with_an_orphan(gateway, folder):
    attachment = gateway.upload(folder / "clip.mp4")
    gateway.orphan = f"attachments/2026/01/01/{uuid.uuid4()}.original"
    storage().put_object(Bucket=gateway.bucket, Key=gateway.orphan, Body=b"nobody's")
    return attachment


def sweep(gateway, fault=None):
    """The end of the sweep's two commands, the second one at what the first one found."""
    plan = gateway.folder / "plan.jsonl"
    more = {"SATCHEL_TEST_FAULT_POINT": fault} if fault else {}
    for arguments in (["--plan", "--out", plan, "--older-than", "0s"], ["--apply", plan]):
        plan.unlink(missing_ok=True) if "--plan" in arguments else None
        result = subprocess.run(
            [BINARIES / "satchel", "sweep", *arguments],
            env={**gateway.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        gateway.log.write((result.stdout + result.stderr).encode())
        if result.returncode == -signal.SIGKILL:
            return
        require(result.returncode == 0, f"sweep ended with {result.returncode}: {result.stderr[-500:]}")
    require(not fault, f"the sweep did not come by {fault}")


def is_swept(gateway, attachment):
    sweep(gateway)
    require(gateway.orphan not in keys(gateway.bucket), "what nobody refers to is there")
    is_in_log_once(gateway, "orphaned")
    is_there_or_ready(gateway, attachment)


TRASH = {"SATCHEL_DELETION_RETENTION_DAYS": "1"}
SMALLER = {
    "SATCHEL_RENDITIONS_VIDEO_180P_SHORT_EDGE": "180",
    "SATCHEL_RENDITIONS_VIDEO_180P_CRF": "35",
    "SATCHEL_RENDITIONS_VIDEO_180P_PRESET": "ultrafast",
}
SOUND = {"SATCHEL_RENDITIONS_AUDIO_VOICE_FORMAT": "opus", "SATCHEL_RENDITIONS_AUDIO_VOICE_BITRATE": "48"}
STREAMED = {**SMALLER, "SATCHEL_RENDITIONS_HLS_ENABLED": "true"}
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOLD = {
    "SATCHEL_WEBHOOKS_APP_URL": "{hook}/events",
    "SATCHEL_WEBHOOKS_APP_SECRET": WEBHOOK_SECRET,
    "SATCHEL_WEBHOOKS_APP_EVENTS": "attachment.created,attachment.ready",
    "SATCHEL_WEBHOOKS_APP_ALLOW_PRIVATE": "true",
}
SCANNED = {"SATCHEL_SCAN_HTTP_URL": "{hook}/scan", "SATCHEL_SCAN_HTTP_SECRET": WEBHOOK_SECRET}

SMALL_ORIGINAL = {**SMALLER, "SATCHEL_RENDITIONS_KEEP_ORIGINAL": "false"}
BESIDE = {"SATCHEL_JOBS_IN_SERVER": "none"}

MADE = {"process": 1, "transcode 180p": 1}
GONE = {"process": 1, "purge": 1}
MOVED = {"process": 1, "revoke": 1, "purge": 1}
REMADE = {"process": 1, "import": 1}


def replaced(kind, name):
    return {"process": 1, f"{kind} {name}": 1, "transcode original": 1, "purge": 1}


UPLOAD = Scenario(upload_clip, {"process": 1}, check=is_ready)
CUT_OFF = Scenario(upload_clip, {}, check=is_ready)
TRANSCODE = Scenario(upload_clip, MADE, SMALLER, check=has_rendition)
REPLACE = Scenario(upload_clip, replaced("transcode", "180p"), SMALL_ORIGINAL, check=took_the_place)
STREAM = Scenario(upload_clip, {**MADE, "transcode hls180p": 1}, STREAMED, check=has_stream)
RENDER = Scenario(upload_tone, {"process": 1, "render voice": 1}, SOUND, check=has_sound)
SMALL_SOUND = Scenario(
    upload_tone,
    replaced("render", "voice"),
    {**SOUND, "SATCHEL_RENDITIONS_KEEP_ORIGINAL": "false"},
    check=became("audio/ogg"),
)
SMALL_IMAGE = Scenario(
    upload_photo,
    replaced("render", "web"),
    {"SATCHEL_RENDITIONS_IMAGE_WEB_LONG_EDGE": "400", "SATCHEL_RENDITIONS_KEEP_ORIGINAL": "false"},
    check=became("image/webp"),
)
REPROCESS = Scenario(reprocess, REMADE, before=upload_clip, check=is_there_or_ready)
TELL = Scenario(upload_note, {"webhook app": 2}, TOLD, check=was_told_of_note)
TELL_OF_CLIP = Scenario(upload_clip, {"process": 1, "webhook app": 2}, TOLD, check=was_told)
PASS = Scenario(upload_note, {"scan": 1}, SCANNED, check=has_passed)
PASS_CLIP = Scenario(upload_clip, {"scan": 1, "process": 1}, SCANNED, check=is_there_or_ready)
REFUSE = Scenario(upload_virus, {"purge": 1}, SCANNED, check=is_infected)

REVOKE = Scenario(act_on("POST", "/attachments/{id}/revoke"), MOVED, before=upload_clip, check=has_other_keys)
DELETE = Scenario(act_on("DELETE", "/attachments/{id}/"), GONE, before=upload_clip, check=is_gone)
MESSAGE = Scenario(
    lambda gateway, folder: gateway.request("DELETE", f"/messages/{gateway.message}/", "backend"),
    GONE,
    before=upload_clip,
    check=is_gone,
)
CONVERSATION = Scenario(
    lambda gateway, folder: gateway.request("DELETE", f"/conversations/{gateway.conversation}/", "backend"),
    GONE,
    before=upload_clip,
    check=is_gone,
)
DISCARD = Scenario(act_on("DELETE", "/attachments/{id}/"), {"process": 1}, TRASH, upload_clip, is_in_trash)
DISCARD_AND_REVOKE = Scenario(
    act_on("DELETE", "/attachments/{id}/?revoke=true"), GONE, TRASH, upload_clip, is_in_trash
)
RESTORE = Scenario(
    act_on("POST", "/attachments/{id}/restore/"), {"process": 1}, TRASH, upload_and_delete, is_there_again
)
PURGE = Scenario(act_on("DELETE", "/attachments/{id}/?purge=true"), GONE, TRASH, upload_and_delete, is_purged)
EXPIRE = Scenario(end_retention, GONE, TRASH, upload_and_delete, is_purged)
SWEEP = Scenario(sweep, GONE, before=upload_with_an_orphan, check=is_swept, dies="command")


def after(first, scenario):
    """The same, begun by a server that died at a point: the job is in the queue when the next one starts."""
    return Scenario(
        scenario.act, scenario.done, scenario.settings, scenario.before, scenario.check, first=first, dies=scenario.dies
    )


def beside(scenario):
    """The same with all jobs left to `satchel work`, which is what dies."""
    settings = {**scenario.settings, **BESIDE}
    return Scenario(scenario.act, scenario.done, settings, scenario.before, scenario.check, dies="work")


def at(points, what, scenario):
    return {f"{point} {what}": scenario for point in points}


JOB = ("jobs.claimed", "jobs.ended")
PICTURES = ("process.intents", "process.stored", "process.recorded")
RENDITION = ("transcode.encoded", "transcode.stored", "transcode.recorded")
REPLACEMENT = ("transcode.verified", "transcode.replaced")
COPIES = ("revoke.intents", "revoke.copied", "revoke.swapped")

# Each fault point is here, or the torture fails; behind a space stands what comes by it where that is not the first thing
# that one thinks of, and behind a colon how often it is passed before. What takes longest comes first.
SCENARIOS = {
    **at((*JOB, *RENDITION), "of satchel work", beside(TRANSCODE)),
    **at((*JOB, *PICTURES), "of an import by satchel work", beside(REPROCESS)),
    "upload.intent": CUT_OFF,
    "upload.stored": CUT_OFF,
    "upload.committed": UPLOAD,
    # While the upload is answered, and after a server that died has left it to the next one.
    "process.intents": UPLOAD,
    "process.stored": UPLOAD,
    "process.recorded": UPLOAD,
    **at((*JOB, *PICTURES), "of a process", after("upload.committed", UPLOAD)),
    **at((*JOB, *PICTURES), "of an import", REPROCESS),
    "scan.passed": PASS,
    "scan.infected": REFUSE,
    **at((*JOB, "scan.passed"), "of a scan", after("upload.committed", PASS)),
    **at((*JOB, "scan.infected"), "of a scan that finds something", after("upload.committed", REFUSE)),
    **at(PICTURES, "after a scan", PASS_CLIP),
    **at((*JOB, "scan.passed", *PICTURES), "of a video's scan", after("upload.committed", PASS_CLIP)),
    "jobs.claimed": TRANSCODE,
    "jobs.ended": TRANSCODE,
    "transcode.encoded": TRANSCODE,
    "transcode.stored": TRANSCODE,
    "transcode.recorded": TRANSCODE,
    "transcode.verified": REPLACE,
    "transcode.replaced": REPLACE,
    "jobs.claimed:1 of a replacement": REPLACE,
    "jobs.ended:1 of a replacement": REPLACE,
    **at(RENDITION, "of a stream", STREAM),
    **at((*JOB, *RENDITION), "of a sound", RENDER),
    **at(REPLACEMENT, "of a sound", SMALL_SOUND),
    **at((*JOB, *RENDITION, *REPLACEMENT), "of an image", SMALL_IMAGE),
    "webhook.sent": TELL_OF_CLIP,
    **at(JOB, "of a webhook", TELL),
    "revoke.claimed": REVOKE,
    "revoke.intents": REVOKE,
    "revoke.copied": REVOKE,
    "revoke.swapped": REVOKE,
    "purge.deleted of a revocation": REVOKE,
    **at(
        (*JOB, "revoke.claimed", *COPIES, "purge.deleted"),
        "of a revocation by the next server",
        after("revoke.claimed", REVOKE),
    ),
    "purge.queued": DELETE,
    "purge.deleted": DELETE,
    **at((*JOB, "purge.deleted"), "of a purge by the next server", after("purge.queued", DELETE)),
    **at((*JOB, "purge.deleted", "trash.moved"), "of a message's purge", MESSAGE),
    "trash.moved of a conversation's purge": CONVERSATION,
    "trash.moved": DISCARD,
    "trash.copied": DISCARD_AND_REVOKE,
    **at(COPIES, "of the trash", DISCARD_AND_REVOKE),
    "trash.restored": RESTORE,
    "trash.purged": PURGE,
    **at((*JOB, "trash.purged", "purge.deleted"), "after a retention", EXPIRE),
    "sweep.listed": SWEEP,
    "sweep.condemned": SWEEP,
    "sweep.applied": SWEEP,
}


def fault_of(point):
    """What the environment has of a scenario's name."""
    return point.partition(" ")[0]


def folder_name(point):
    return re.sub("[ :']+", "-", point)


def points():
    found = set()
    for path in SOURCES.rglob("*.swift"):
        found |= set(re.findall(r'FaultPoint\.pass\("([^"]+)"\)', path.read_text()))
    return sorted(found)


def settled(gateway):
    questions = ("job", "upload_intent", "trash WHERE is_revoking = 1")
    return all(gateway.count(question) == 0 for question in questions)


def check_nothing_orphaned(gateway):
    wanted = {
        row[0]
        for row in gateway.rows(
            "SELECT object_key FROM attachment WHERE hold IS NOT 'infected' UNION SELECT object_key FROM rendition"
            " UNION SELECT object_key FROM trash_object"
        )
    }
    found = keys(gateway.bucket)
    require(found == wanted, f"lost: {sorted(wanted - found)}, left: {sorted(found - wanted)}")
    uploads = storage().list_multipart_uploads(Bucket=gateway.bucket).get("Uploads", [])
    require(not uploads, f"uploads are open: {[upload['Key'] for upload in uploads]}")
    wait_until("the spool is empty", lambda: not gateway.spool_files(), 10)
    require(gateway.run("db", "check").strip().endswith("bytes"), "the database is not sound")


def check_nothing_twice(gateway, scenario):
    """Each rendition is there once, in the bucket and in the catalog, and each job was done once."""
    objects = collections.Counter()
    for key in keys(gateway.bucket):
        match = KEY.fullmatch(key)
        require(match, f"the object {key} has no name of ours")
        objects[match["id"], match["name"]] += 1
    twice = {name: count for name, count in objects.items() if count > 1}
    require(not twice, f"stored twice: {twice}")
    rows = collections.Counter(gateway.rows("SELECT attachment_id, name FROM rendition"))
    twice = {name: count for name, count in rows.items() if count > 1}
    require(not twice, f"recorded twice: {twice}")
    unstored = [name for name in rows if objects[name] != 1]
    require(not unstored, f"recorded and not stored once: {unstored}")
    done = collections.Counter(
        f"{kind} {name}".strip()
        for kind, name in gateway.rows("SELECT kind, name FROM job_history WHERE outcome = 'done'")
    )
    require(done == collections.Counter(scenario.done), f"done were {dict(done)}, and not {scenario.done}")
    # Only a death costs an attempt.
    deaths = 2 if scenario.first else 1
    begun = gateway.rows("SELECT kind, name, attempts FROM job_history WHERE attempts > ?", 1 + deaths)
    require(not begun, f"begun more often than somebody died: {begun}")


def die(gateway, fault, act):
    """Starts a server that dies at a point, acts on it, and waits for its death; answers what the act does."""
    gateway.serve(fault=fault)
    outcome = act()
    wait_until(f"the gateway dies at {fault}", lambda: gateway.process.poll() is not None)
    require(gateway.process.returncode == -signal.SIGKILL, f"it ended with {gateway.process.returncode}")
    return outcome


def die_beside(gateway, fault, act):
    """The same with `satchel work` beside a server that goes on; answers the next such process, too."""
    work = gateway.start("work", more={"SATCHEL_TEST_FAULT_POINT": fault})
    try:
        outcome = act()
        wait_until(f"satchel work dies at {fault}", lambda: work.poll() is not None)
    finally:
        if work.poll() is None:
            work.kill()
    require(work.returncode == -signal.SIGKILL, f"satchel work ended with {work.returncode}")
    require(gateway.is_running and gateway.answers(), "the server did not go on")
    return outcome, gateway.start("work")


def torture(point, scenario, folder):
    gateway = Gateway(folder_name(point), scenario.settings)
    fault = fault_of(point)
    work = outcome = None

    def act():
        if not scenario.before:
            gateway.prepare()
        return scenario.act(gateway, folder)

    try:
        if scenario.before:
            gateway.serve()
            gateway.prepare()
            gateway.subject = scenario.before(gateway, folder)
            wait_until("what was before is settled", lambda: settled(gateway))
            gateway.keys_before = keys(gateway.bucket)
            gateway.end()
        if scenario.dies == "command":
            gateway.serve()
            scenario.act(gateway, fault)
        elif scenario.dies == "work":
            gateway.serve()
            outcome, work = die_beside(gateway, fault, act)
        else:
            outcome = die(gateway, scenario.first or fault, act)
            if scenario.first:
                die(gateway, fault, lambda: None)
            gateway.serve()
        wait_until("all jobs are over", lambda: settled(gateway), LONG_PATIENCE if work else PATIENCE)
        scenario.check(gateway, gateway.subject if scenario.before else outcome)
        check_nothing_orphaned(gateway)
        odd = gateway.rows("SELECT kind, outcome, last_error FROM job_history WHERE outcome <> 'done'")
        wanted = [("scan", "failed", "infected")] if scenario.check is is_infected else []
        require(odd == wanted, f"jobs came to nothing: {odd}")
        check_nothing_twice(gateway, scenario)
    finally:
        if work:
            work.terminate()
            work.wait(60)
        gateway.end()
        gateway.log.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--at-once", type=int, default=8)
    options = parser.parse_args()
    known = points()
    covered = {fault_of(name).partition(":")[0] for name in SCENARIOS}
    missing = sorted(covered.symmetric_difference(known))
    if missing:
        sys.exit(f"error: fault points and scenarios are not the same: {', '.join(missing)}")
    # A server takes a silent `satchel work` for dead after two minutes.
    chosen = options.only or [name for name in SCENARIOS if not (options.quick and name.endswith("satchel work"))]
    folder = files()

    def passes(point):
        began = time.monotonic()
        try:
            torture(point, SCENARIOS[point], folder)
        except Failed as fault:
            print(f"FAIL  {point}: {fault}", flush=True)
            print((WORK / folder_name(point) / "log").read_text(errors="replace")[-3000:], file=sys.stderr)
            return False
        print(f"ok    {point}  ({time.monotonic() - began:.1f} s)", flush=True)
        return True

    # Most of the time is spent waiting for second looks.
    with concurrent.futures.ThreadPoolExecutor(options.at_once) as pool:
        results = list(pool.map(passes, chosen))
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


main()
