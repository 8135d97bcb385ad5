"""Fills the catalog of a gateway that does not run with attachments, of which the storage has nothing.

    python3 scripts/lib/fillcatalog.py satchel.sqlite 1000000 bench

All in one conversation of that user, a thousand to a message. The database must be migrated. Prints the conversation's
id.
"""

import random
import sqlite3
import sys
import uuid

FIRST = 1_700_000_000_000
PER_MESSAGE = 1_000


def identifier(milliseconds, source):
    """A UUID of version 7 (RFC 9562, 5.7) for that time."""
    number = milliseconds << 80 | 7 << 76 | source.getrandbits(12) << 64 | 2 << 62 | source.getrandbits(62)
    return str(uuid.UUID(int=number))


def rows(count, messages, user, source):
    for index in range(count):
        time = FIRST + index * 1_000
        own = identifier(time, source)
        kind, mime = (("image", "image/jpeg"), ("video", "video/mp4"), ("document", "application/pdf"))[index % 3]
        digest = f"{source.getrandbits(256):064x}"
        yield (
            own, messages[index // PER_MESSAGE], f"attachments/2023/11/14/{own}.original", f"file {index}", kind,
            source.randrange(1_000, 10_000_000), mime, digest, digest, "ready", user, time,
        )  # fmt: skip


def main(path, count, user):
    source = random.Random(1)
    conversation = identifier(FIRST, source)
    messages = [identifier(FIRST + index, source) for index in range(-(-count // PER_MESSAGE))]
    database = sqlite3.connect(path)
    with database:
        database.execute("INSERT INTO conversation (id, created_at) VALUES (?, ?)", (conversation, FIRST))
        database.execute(
            "INSERT INTO participant (conversation_id, user_id, role) VALUES (?, ?, 'member')", (conversation, user)
        )
        database.executemany(
            "INSERT INTO message (id, conversation_id, sender_id, created_at) VALUES (?, ?, ?, ?)",
            ((message, conversation, user, FIRST) for message in messages),
        )
        database.executemany(
            """
            INSERT INTO attachment (
                id, message_id, object_key, file_name, file_type, file_size, mime_type, sha256, stored_sha256, status,
                uploaded_by, uploaded_at
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            rows(count, messages, user, source),
        )
    database.execute("PRAGMA optimize")
    database.close()
    print(conversation)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
