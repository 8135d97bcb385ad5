"""The gateway and the storage, seen from outside, over plain sockets: one connection a request."""

import http.client
import json
import mimetypes
import os.path
import time
import urllib.parse
import xml.etree.ElementTree

from presign import presign

# What people's programs guess from a name, whatever this machine's files say.
TYPES = mimetypes.MimeTypes(filenames=())


class Refused(Exception):
    """An upload that was answered with an error."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body.get('code', '')}".strip())
        self.status = status
        self.body = body


def request(method, url, body=None, headers=None, timeout=300):
    """The status and the body of an answer."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


class Gateway:
    """A gateway with a message to attach to."""

    def __init__(self, environment):
        self.base = environment["CORPUS_BASE"]
        self.origin = environment["CORPUS_ORIGIN"]
        self.pid = int(environment["CORPUS_PID"])
        self.spool = environment["CORPUS_SPOOL"]
        self.message = environment["CORPUS_MESSAGE"]
        self.headers = {"Authorization": f"Bearer {environment['CORPUS_TOKEN']}"}

    def upload(self, path):
        """The answer to an upload under the file's own name; throws Refused."""
        with open(path, "rb") as file:
            body, content_type = form(os.path.basename(path), file.read(), {"message_id": self.message})
        status, answer = request("POST", f"{self.base}/upload/", body, {**self.headers, "Content-Type": content_type})
        answer = json.loads(answer)
        if 400 <= status < 500:
            raise Refused(status, answer)
        if status != 201:
            raise RuntimeError(f"an upload was answered {status}: {answer}")
        return answer

    def settled(self, answer, seconds):
        """The attachment once it is no longer processing, or as it is after that many seconds."""
        deadline = time.monotonic() + seconds
        while answer["status"] == "processing" and time.monotonic() < deadline:
            time.sleep(0.1)
            status, body = request("GET", f"{self.base}/attachments/{answer['id']}/", headers=self.headers)
            if status != 200:
                raise RuntimeError(f"an attachment was answered {status}: {body[:300]!r}")
            answer = json.loads(body)
        return answer

    def delete(self, answer):
        status, body = request("DELETE", f"{self.base}/attachments/{answer['id']}/", headers=self.headers)
        if status != 200:
            raise RuntimeError(f"a deletion was answered {status}: {body[:300]!r}")


def form(name, content, fields):
    """A form as browsers write it, and its content type (WHATWG HTML, multipart/form-data)."""
    boundary = f"satchel-{os.urandom(16).hex()}"
    escaped = name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
    declared = TYPES.guess_type(name)[0] or "application/octet-stream"
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    )
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{escaped}"\r\n'
    head += f"Content-Type: {declared}\r\n\r\n"
    body = b"".join([head.encode(), content, f"\r\n--{boundary}--\r\n".encode()])
    return body, f"multipart/form-data; boundary={boundary}"


def fetch(url):
    """The bytes behind a presigned URL."""
    status, body = request("GET", url)
    if status != 200:
        raise RuntimeError(f"a presigned URL was answered {status}: {body[:300]!r}")
    return body


class Bucket:
    """The storage's side, by URLs that are signed here."""

    def __init__(self, environment):
        self.endpoint = environment["CORPUS_S3"]
        self.name = environment["CORPUS_S3_BUCKET"]
        self.keys_to_it = (environment["CORPUS_S3_ACCESS"], environment["CORPUS_S3_SECRET"])

    def keys(self):
        """The keys of all objects."""
        found, token = set(), None
        while True:
            query = {"list-type": "2"} | ({"continuation-token": token} if token else {})
            status, body = request("GET", presign("GET", self.endpoint, self.name, "", *self.keys_to_it, query=query))
            if status != 200:
                raise RuntimeError(f"the bucket's listing was answered {status}: {body[:300]!r}")
            listing = xml.etree.ElementTree.fromstring(body)
            found |= {element.text for element in listing.iterfind("{*}Contents/{*}Key")}
            token = listing.findtext("{*}NextContinuationToken")
            if not token:
                return found

    def key_of(self, url):
        """The key in a presigned URL."""
        path = urllib.parse.unquote(urllib.parse.urlsplit(url).path)
        return path.removeprefix(f"/{self.name}/")
