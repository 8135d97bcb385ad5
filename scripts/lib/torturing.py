"""What the tortures share: what must hold, the storage, and a gateway with a database of its own.

scripts/torture says in the environment what runs where. Needs boto3, which comes with moto.
"""

import os
import pathlib
import random
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import time
import urllib.request
import uuid
import zlib

import boto3
import botocore.config

WORK = pathlib.Path(os.environ["TORTURE_FILES"])
BINARIES = pathlib.Path(os.environ["TORTURE_BINARIES"])
WEED_PORT = int(os.environ["TORTURE_WEED_PORT"])
ACCESS, SECRET = os.environ["TORTURE_ACCESS"], os.environ["TORTURE_SECRET"]


class Failed(Exception):
    """What must hold does not."""


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def require(holds, text):
    if not holds:
        raise Failed(text)


def wait_until(what, holds, seconds=90):
    deadline = time.monotonic() + seconds
    while not holds():
        require(time.monotonic() < deadline, f"not within {seconds} s: {what}")
        time.sleep(0.1)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def picture(seed, width=64, height=48):
    """A PNG of noise, of which a thumbnail can be made."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    noise = random.Random(seed)
    rows = b"".join(b"\0" + noise.randbytes(width * 3) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def storage(port=WEED_PORT, access=ACCESS, secret=SECRET):
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=botocore.config.Config(s3={"addressing_style": "path"}, retries={"max_attempts": 8}),
    )


def new_bucket(port=WEED_PORT):
    name = f"torture-{uuid.uuid4().hex[:12]}"
    storage(port).create_bucket(Bucket=name)
    return name


def keys(bucket, port=WEED_PORT):
    """The keys of all objects in a bucket."""
    pages = storage(port).get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {item["Key"] for page in pages for item in page.get("Contents", [])}


class Place:
    """A database and a folder of their own before a bucket, and the commands that run there."""

    def __init__(self, name, bucket, settings, port=WEED_PORT):
        self.folder = WORK / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database = self.folder / "satchel.sqlite"
        self.environment = {
            "PATH": os.environ["PATH"],
            "SATCHEL_DATABASE_PATH": str(self.database),
            "SATCHEL_S3_ENDPOINT": f"http://127.0.0.1:{port}",
            "SATCHEL_S3_ACCESS_KEY_ID": ACCESS,
            "SATCHEL_S3_SECRET_ACCESS_KEY": SECRET,
            "SATCHEL_S3_BUCKET": bucket,
            **settings,
        }
        self.log = open(self.folder / "log", "ab")

    def start(self, *arguments, more=None):
        """A command that goes on; `more` are settings for it alone."""
        return subprocess.Popen(
            [BINARIES / "satchel", *arguments],
            env={**self.environment, **(more or {})},
            stdout=self.log,
            stderr=self.log,
            stdin=subprocess.DEVNULL,
        )

    def run(self, *arguments, status=0, more=None):
        """What a command writes that ends with this status."""
        result = subprocess.run(
            [BINARIES / "satchel", *arguments],
            env={**self.environment, **(more or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=3600,
        )
        self.log.write((result.stdout + result.stderr).encode())
        require(
            result.returncode == status,
            f"satchel {' '.join(map(str, arguments))} ended with {result.returncode}, not {status}:"
            f" {result.stderr[-1500:]}",
        )
        return result.stdout

    def rows(self, sql, *arguments):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30) as database:
            return database.execute(sql, arguments).fetchall()


class Gateway(Place):
    """A gateway, which may be started again and again."""

    def __init__(self, name, bucket, settings, port):
        self.port = port
        self.spool = WORK / name / "spool"
        self.process = None
        super().__init__(
            name,
            bucket,
            {"SATCHEL_SERVER_PORT": str(port), "SATCHEL_SPOOL_DIRECTORY": str(self.spool), **settings},
        )

    def serve(self, *options, more=None):
        """Starts it, and waits until it answers or is gone."""
        self.process = self.start("serve", *options, more=more)
        wait_until("the gateway answers", lambda: not self.is_running or self.answers())

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def answers(self):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
            return True
        except OSError:
            return False

    def end(self, number=signal.SIGTERM):
        if self.is_running:
            self.process.send_signal(number)
            self.process.wait(60)
