"""Fills a project of the old system's shape through its ORM; see `make --help`."""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import random as randomness
import sys
import tempfile
import uuid

import media
import names

HERE = pathlib.Path(__file__).resolve().parent
BATCH = 200


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--missing", type=int, default=0)
    parser.add_argument("--unreferenced", type=int, default=0)
    parser.add_argument("--stay", action="store_true")
    return parser.parse_args()


def set_up(directory):
    os.environ["OLDCHAT_DIRECTORY"] = str(directory)
    os.environ["DJANGO_SETTINGS_MODULE"] = "oldchat.settings"
    sys.path.insert(0, str(HERE))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)


class Filler:
    def __init__(self, options, truth, folder):
        from django.contrib.auth import get_user_model

        self.random = randomness.Random(options.seed)
        self.truth, self.folder = truth, folder
        self.users = [
            get_user_model().objects.create(username=f"user{number}@example.org") for number in range(1, 41)
        ]
        self.messages = []

    def uuid(self):
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def note(self, table, **row):
        self.truth.write(json.dumps({"table": table, **row}, ensure_ascii=True) + "\n")

    def conversations(self, count):
        from oldchat.chat.models import Conversation, Message

        for number in range(count):
            conversation = Conversation.objects.create(id=self.uuid())
            # The last one has nobody in it, and no messages.
            members = self.random.sample(self.users, self.random.randint(2, 6)) if number < count - 1 else []
            conversation.participants.set(members)
            self.note("conversation", id=str(conversation.id), participants=sorted(str(user.id) for user in members))
            for _ in range(self.random.randint(10, 50) if members else 0):
                sender = self.random.choice(members)
                message = Message.objects.create(id=self.uuid(), conversation=conversation, sender=sender, text="…")
                self.messages.append(message)
                self.note(
                    "message", id=str(message.id), conversation_id=str(conversation.id), sender_id=str(sender.id)
                )

    def attachment(self, number):
        from django.core.files.base import ContentFile
        from oldchat.chat.models import Activity, Attachment

        made = media.make(self.random, self.folder)
        name, disk_name = names.pick(self.random, made.ending)
        message = self.random.choice(self.messages)
        uploaded_at = self.time(number)
        row = Attachment(
            id=self.uuid(),
            message=message,
            file_name=name,
            file_type=made.kind,
            file_size=len(made.data),
            mime_type=made.mime,
            uploaded_at=uploaded_at,
        )
        # Some rows lack what the old system could not find out.
        if self.random.random() < 0.9:
            for fact in ("duration", "width", "height", "bitrate", "codec"):
                if fact in made.facts:
                    setattr(row, fact, made.facts[fact])
        # And some say what the file is not.
        if made.kind == "image" and self.random.random() < 0.03:
            row.mime_type = "image/png" if made.mime != "image/png" else "image/jpeg"
        row.file.save(disk_name, ContentFile(made.data), save=False)
        picture = size = None
        if "still" in made.facts and self.random.random() < 0.9:
            picture, size = media.thumbnail(made.facts["still"])
            row.thumbnail.save(f"{pathlib.PurePath(disk_name).stem[:100]}_thumb.jpg", ContentFile(picture), save=False)
        row.save(force_insert=True)
        Activity.objects.create(
            user=message.sender,
            action="file_uploaded",
            description=f"Uploaded {name}",
            ip_address="192.0.2.7",
            user_agent="OldClient/1.0",
            timestamp=uploaded_at,
        )
        self.note(
            "attachment",
            id=str(row.id),
            message_id=str(message.id),
            uploaded_by=str(message.sender_id),
            uploaded_at=uploaded_at.isoformat(),
            path=row.file.name,
            file_name=name,
            file_type=row.file_type,
            mime_type=row.mime_type,
            file_size=row.file_size,
            duration=row.duration,
            width=row.width,
            height=row.height,
            bitrate=row.bitrate,
            codec=row.codec or None,
            thumbnail=row.thumbnail.name if row.thumbnail else None,
            thumbnail_size=size,
            thumbnail_sha256=hashlib.sha256(picture).hexdigest() if picture else None,
            sha256=hashlib.sha256(made.data).hexdigest(),
            is_name=names.cleaned(name),
            is_kind=made.kind,
            is_mime=made.mime,
        )
        return row

    def time(self, number):
        day = datetime.datetime(2023, 1, 1, tzinfo=datetime.timezone.utc)
        moment = day + datetime.timedelta(days=self.random.randrange(1000), microseconds=self.random.randrange(86400 * 10**6))
        if number % 50 == 0:
            # On the edge of a day, and without a fraction: Django then writes none.
            moment = moment.replace(hour=23, minute=59, second=59, microsecond=0)
        elif number % 50 == 1:
            moment = moment.replace(hour=23, minute=59, second=59, microsecond=999600)
        return moment


def fill(options):
    from django.conf import settings
    from django.db import transaction

    with open(options.directory / "truth.jsonl", "w") as truth, tempfile.TemporaryDirectory() as folder:
        rows = []
        with transaction.atomic():
            filler = Filler(options, truth, folder)
            filler.conversations(max(2, options.count // 40))
        for start in range(0, options.count, BATCH):
            with transaction.atomic():
                rows += [filler.attachment(number) for number in range(start, min(start + BATCH, options.count))]
        root = pathlib.Path(settings.MEDIA_ROOT)
        for row in filler.random.sample(rows, options.missing):
            (root / row.file.name).unlink()
            filler.note("missing", id=str(row.id))
        for number in range(options.unreferenced):
            path = root / "attachments" / f"nobody's {number}.bin"
            path.write_bytes(filler.random.randbytes(100 + number))
            filler.note("unreferenced", path=f"attachments/{path.name}")


def stay():
    """Writes to the database now and then, as a running project does, until the input ends."""
    import select

    from oldchat.chat.models import Activity

    print("staying", flush=True)
    while not select.select([sys.stdin], [], [], 0.02)[0] or sys.stdin.read(1):
        Activity.objects.create(action="seen", description="still here")


def main():
    options = arguments()
    options.directory = options.directory.resolve()
    if options.directory.exists() and any(options.directory.iterdir()):
        sys.exit(f"error: {options.directory} is not empty")
    options.directory.mkdir(parents=True, exist_ok=True)
    set_up(options.directory)
    fill(options)
    if options.stay:
        stay()


main()
