"""What the tortures of migrations share: directories and buckets to come from, and what must have arrived.

scripts/torture says in the environment what runs where. Needs boto3, which comes with moto.
"""

import concurrent.futures
import dataclasses
import hashlib
import json
import pathlib
import random
import sqlite3
import uuid

from torturing import ACCESS, SECRET, WORK, keys, new_bucket, picture, require, storage

BLOCK = 1 << 20
# What a bucket that is a source is opened with.
SOURCE = {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}


@dataclasses.dataclass
class Source:
    """A directory and its manifest, and what each file must be on the other side."""

    folder: pathlib.Path
    manifest: pathlib.Path
    # By attachment: SHA-256 of the original, where it lies, and SHA-256 of the thumbnail of those that have one.
    digests: dict
    locations: dict
    thumbnails: dict


def recorded(place):
    """The catalog's attachments: id to key, SHA-256 as noted, and length."""
    return {row[0]: row[1:] for row in place.rows("SELECT id, object_key, stored_sha256, file_size FROM attachment")}


def journal_states(place):
    """How many objects the journal of a place has in each state."""
    path = place.folder / "migration.sqlite"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30) as journal:
        return dict(journal.execute("SELECT state, count(*) FROM object GROUP BY state").fetchall())


def write_file(path, size, seed):
    """A file of noise; its SHA-256."""
    noise = random.Random(seed)
    digest = hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        while size > 0:
            block = noise.randbytes(min(size, BLOCK))
            file.write(block)
            digest.update(block)
            size -= len(block)
    return digest.hexdigest()


def write_bytes(path, content):
    """A file of these bytes; their SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def make_source(name, small, large, large_bytes, is_flat=False, pictures_every=None):
    """A directory and its manifest; of the small files each so-manieth is a picture with a thumbnail of its own."""
    folder = WORK / name
    source = Source(folder, WORK / f"{name}.jsonl", {}, {}, {})
    conversation, sizes = str(uuid.uuid4()), random.Random(7)
    lines = []
    for index in range(small + large):
        identifier = str(uuid.uuid4())
        is_picture = index < small and pictures_every is not None and index % pictures_every == 0
        month = "" if is_flat else f"2025/{index % 12 + 1:02}/"
        location = f"{month}file {index} #+.{'png' if is_picture else 'bin'}"
        line = {
            "path": location,
            "id": identifier,
            "message_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{conversation}/{index // 20}")),
            "conversation_id": conversation,
            "sender_id": "ann",
            "participants": ["ann", "bob"],
            "file_name": f"file {index}.{'png' if is_picture else 'bin'}",
            "uploaded_at": "2025-01-15T10:30:00Z",
        }
        if is_picture:
            source.digests[identifier] = write_bytes(folder / location, picture(f"{name}{index}"))
            line |= {"thumbnail": f"thumbnails/{month}{index} #+.png", "width": 64, "height": 48}
            small_one = picture(f"{name}{index} thumbnail", 16, 12)
            source.thumbnails[identifier] = write_bytes(folder / line["thumbnail"], small_one)
        else:
            size = sizes.choice([0, 1, 700, 4096, 16384, 65537]) if index < small else large_bytes + index
            source.digests[identifier] = write_file(folder / location, size, f"{name}{index}")
        source.locations[identifier] = location
        lines.append(line)
    # Large ones are met everywhere, not only at the end.
    random.Random(8).shuffle(lines)
    source.manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return source


def make_bucket_source(source, prefix):
    """A bucket that has the files of a source under a prefix."""
    bucket, client = new_bucket(), storage()

    def put(path):
        key = f"{prefix}/{path.relative_to(source.folder)}"
        client.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in pool.map(put, [path for path in source.folder.rglob("*") if path.is_file()]):
            pass
    return bucket


def source_digest(folder):
    """One digest over all names, lengths, times and bytes of a directory."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            state = path.stat()
            digest.update(f"{path.relative_to(folder)}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def object_digest(client, bucket, key):
    digest = hashlib.sha256()
    for block in client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def check_arrived(place, client, bucket, source):
    """Every file is in the catalog and in the bucket, byte for byte, and nothing else is there."""
    objects = recorded(place)
    require(set(objects) == set(source.digests), f"{len(objects)} attachments in the catalog, {len(source.digests)} files")
    for identifier, (key, noted, _) in objects.items():
        found = object_digest(client, bucket, key)
        sent = source.digests[identifier]
        require(found == sent == noted, f"{identifier}: sent {sent}, found {found}, noted {noted}")
    pictures = dict(place.rows("SELECT attachment_id, object_key FROM rendition"))
    require(set(pictures) == set(source.thumbnails), f"{len(pictures)} thumbnails, {len(source.thumbnails)} were brought")
    for identifier, key in pictures.items():
        found = object_digest(client, bucket, key)
        sent = source.thumbnails[identifier]
        require(found == sent, f"the thumbnail of {identifier}: sent {sent}, found {found}")
    wanted = {value[0] for value in objects.values()} | set(pictures.values())
    others = sorted(keys(bucket) ^ wanted)
    require(not others, f"the bucket has other keys than the catalog, such as {others[:3]}")
    uploads = client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    require(not uploads, f"{len(uploads)} multipart uploads are left open")
