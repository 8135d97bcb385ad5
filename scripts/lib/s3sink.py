#!/usr/bin/env python3
"""An S3 server that takes uploads and throws them away, so that what a client itself costs can be measured.

scripts/lib/s3sink.py PORT    listens on 127.0.0.1:PORT until it is ended

It checks no signature and keeps the lengths alone: of objects, and of the parts of open uploads. Reading an object
gives zeros. Its entity tags are no digests; `x-amz-checksum-crc32c` is answered as it was sent.
"""

import email.utils
import html
import itertools
import re
import socket
import sys
import threading
import urllib.parse

BUFFER_BYTES = 1 << 20
REASONS = {200: "OK", 204: "No Content", 206: "Partial Content", 400: "Bad Request", 404: "Not Found"}
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

lock = threading.Lock()
numbers = itertools.count(1)
objects = {}
uploads = {}


class Answer:
    def __init__(self, status, text="", headers=(), byte_count=None):
        self.status = status
        self.body = text.encode()
        self.headers = list(headers)
        # Of an object's bytes, which are zeros; else the length of the text.
        self.zeros = byte_count


def document(name, content=""):
    return Answer(200, f"<{name} {NAMESPACE}>{content}</{name}>", [("Content-Type", "application/xml")])


def missing(code):
    text = f"<Error><Code>{code}</Code><Message>There is none.</Message></Error>"
    return Answer(404, text, [("Content-Type", "application/xml")])


def new_tag():
    return f'"sink-{next(numbers)}"'


class Request:
    """The head of a request."""

    def __init__(self, head):
        line, *fields = head.decode("latin-1").split("\r\n")
        self.method, target, _ = line.split(" ", 2)
        path, _, query = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        _, _, self.key = path.lstrip("/").partition("/")
        self.headers = {}
        for field in fields:
            name, _, value = field.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.length = int(self.headers.get("content-length", "0"))

    def written(self):
        """The headers that tell what arrived."""
        headers = [("ETag", new_tag())]
        if checksum := self.headers.get("x-amz-checksum-crc32c"):
            headers.append(("x-amz-checksum-crc32c", checksum))
        return headers


def answer_bucket(request, body):
    if request.method == "POST" and "delete" in request.query:
        with lock:
            for key in re.findall("<Key>(.*?)</Key>", body.decode(), re.DOTALL):
                objects.pop(urllib.parse.quote(html.unescape(key), safe="/-._~"), None)
        return document("DeleteResult")
    if request.method == "GET" and "uploads" in request.query:
        return document("ListMultipartUploadsResult", "<IsTruncated>false</IsTruncated>")
    if request.method == "GET":
        return document("ListBucketResult", "<IsTruncated>false</IsTruncated><KeyCount>0</KeyCount>")
    return Answer(200)


def answer_upload(request, upload_id):
    with lock:
        parts = uploads.get(upload_id)
        if parts is None:
            return missing("NoSuchUpload")
        if request.method == "PUT":
            parts[int(request.query["partNumber"])] = request.length
            return Answer(200, headers=request.written())
        if request.method == "GET":
            return document("ListPartsResult", "<IsTruncated>false</IsTruncated>")
        del uploads[upload_id]
        if request.method == "DELETE":
            return Answer(204)
        objects[request.key] = sum(parts.values())
        return document("CompleteMultipartUploadResult", f"<ETag>{html.escape(new_tag())}</ETag>")


def answer_object(request):
    with lock:
        if request.method == "POST":
            upload_id = f"upload-{next(numbers)}"
            uploads[upload_id] = {}
            return document("InitiateMultipartUploadResult", f"<UploadId>{upload_id}</UploadId>")
        if request.method == "PUT":
            objects[request.key] = request.length
            return Answer(200, headers=request.written())
        if request.method == "DELETE":
            objects.pop(request.key, None)
            return Answer(204)
        total = objects.get(request.key)
    if total is None:
        return missing("NoSuchKey")
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    headers = [("ETag", '"sink"'), ("Content-Type", "application/octet-stream"), ("Last-Modified", now())]
    if not found or int(found[1]) >= total:
        return Answer(200, headers=headers, byte_count=total)
    first, last = int(found[1]), min(int(found[2] or total), total - 1)
    headers.append(("Content-Range", f"bytes {first}-{last}/{total}"))
    return Answer(206, headers=headers, byte_count=last - first + 1)


def answer(request, body):
    if not request.key:
        return answer_bucket(request, body)
    if "uploadId" in request.query:
        return answer_upload(request, request.query["uploadId"])
    return answer_object(request)


def now():
    return email.utils.formatdate(usegmt=True)


class Connection(threading.Thread):
    def __init__(self, connection):
        super().__init__(daemon=True)
        self.connection = connection
        self.buffer = bytearray(BUFFER_BYTES)
        self.view = memoryview(self.buffer)

    def run(self):
        with self.connection:
            try:
                self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                pending = b""
                while True:
                    head, pending = self.read_head(pending)
                    if head is None:
                        return
                    request = Request(head)
                    body, pending = self.read_body(request, pending)
                    self.send(request, answer(request, body))
            except OSError:
                return  # a client may go when it likes

    def read_head(self, pending):
        while (end := pending.find(b"\r\n\r\n")) < 0:
            chunk = self.connection.recv(65536)
            if not chunk:
                return None, b""
            pending += chunk
        return pending[:end], pending[end + 4 :]

    def read_body(self, request, pending):
        """What was read of the next request follows; the body itself is kept only where it says something."""
        # curl would wait a second for this word, and be a slower yardstick than it is.
        if request.headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body, rest = pending[: request.length], pending[request.length :]
        remaining = request.length - len(body)
        if request.method == "POST":
            while remaining > 0:
                chunk = self.connection.recv(min(remaining, 65536))
                if not chunk:
                    raise ConnectionError
                body += chunk
                remaining -= len(chunk)
            return body, rest
        while remaining > 0:
            count = self.connection.recv_into(self.view, min(remaining, BUFFER_BYTES))
            if count == 0:
                raise ConnectionError
            remaining -= count
        return b"", rest

    def send(self, request, answer):
        length = len(answer.body) if answer.zeros is None else answer.zeros
        head = [f"HTTP/1.1 {answer.status} {REASONS[answer.status]}", f"Date: {now()}", f"Content-Length: {length}"]
        head += [f"{name}: {value}" for name, value in answer.headers]
        content = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1")
        if request.method == "HEAD":
            self.connection.sendall(content)
            return
        self.connection.sendall(content + answer.body)
        remaining = answer.zeros or 0
        while remaining > 0:
            chunk = bytes(min(remaining, BUFFER_BYTES))
            self.connection.sendall(chunk)
            remaining -= len(chunk)


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    while True:
        connection, _ = listener.accept()
        Connection(connection).start()


if __name__ == "__main__":
    main()
