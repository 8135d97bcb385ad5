#!/usr/bin/env python3
"""Runs the examples of docs/api.md in sh, Python and JavaScript; scripts/clients brings the gateway, files and tokens.

JavaScript runs in Chromium, in a page that this program serves at an origin of its own, or in Node.js. Prints a line a check
and exits 1 if one failed.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import uuid

import chromium
import clientsamples
import requests

passed = failed = 0


def tell(language, name, holds, detail=""):
    """One line of the report."""
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    print(f"{'ok   ' if holds else 'FAIL '} {language:7} {name}" + (f": {detail}" if detail and not holds else ""))


def facts(files):
    """What the examples take as given, with a conversation and a message of their own."""
    digest = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files.iterdir() if path.is_file()}
    return {
        "BASE": os.environ["BASE"],
        "TOKEN": os.environ["TOKEN"],
        "SERVICE": os.environ["SERVICE"],
        "CONVERSATION": str(uuid.uuid4()),
        "MESSAGE": str(uuid.uuid4()),
        "PHOTO_SHA256": digest["photo.jpg"],
        "REPORT_SHA256": digest["report.pdf"],
        "OLD_FIELDS": clientsamples.OLD_FIELDS,
    }


def run_shell(found, files):
    values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in facts(files).items()}
    program = clientsamples.shell_program(found)
    done = subprocess.run(
        ["bash", "-c", program], cwd=files, env=os.environ | values, stdout=subprocess.PIPE, text=True, timeout=120, check=False
    )
    for line in done.stdout.splitlines():
        verdict, name, *detail = line.split(" ", 2)
        tell("sh", name, verdict == "ok", " ".join(detail))


def failing(times, status):
    """A call that is refused so often, and then tells how often it was made."""
    calls = []

    def call():
        calls.append(status)
        if len(calls) <= times:
            error = RUNNING["APIError"].__new__(RUNNING["APIError"])
            error.status, error.code, error.retry_after = status, "as_told", 0.01
            raise error
        return len(calls)

    return call


def outcome(call, *arguments):
    """The status that a call is refused with."""
    try:
        return call(*arguments)
    except RUNNING["APIError"] as error:
        return error.status


RUNNING = {}


def run_python(found, files):
    values = RUNNING
    values.update(facts(files), failing=failing, outcome=outcome)
    before = pathlib.Path.cwd()
    os.chdir(files)
    for name, codes in found:
        if "python" not in codes:
            continue
        try:
            with contextlib.redirect_stdout(None):
                exec(compile(codes["python"], f"sample {name}", "exec"), values)
            tell("python", name, eval(clientsamples.CHECKS[name][1], values))
        except Exception as error:  # Whatever an example does wrong is a finding.
            tell("python", name, False, f"{type(error).__name__}: {error}")
    error = clientsamples.UPLOAD_ERROR
    with open("photo.jpg", "rb") as stream:
        answer = requests.post(
            f"{values['BASE']}/upload/",
            headers={"Authorization": f"Bearer {values['TOKEN']}"},
            data={"message_id": "00000000-0000-7000-8000-00000000dead"},
            files={"file": stream},
            timeout=20,
        )
    said = answer.json()
    holds = (answer.status_code, said["code"]) == (error["status"], error["code"]) and isinstance(said["file"][0], str)
    tell("python", error["name"], holds, answer.text)
    os.chdir(before)


def check_preflight(origin, other):
    """What a browser asks before it sends a token or a digest along, and what it is told."""
    address = f"{os.environ['BASE']}/upload/"
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-digest"}
    answer = requests.options(address, headers=asked | {"Origin": origin}, timeout=20)
    allowed = answer.headers.get("Access-Control-Allow-Headers", "").lower().replace(" ", "").split(",")
    holds = (
        answer.status_code == 204
        and answer.headers.get("Access-Control-Allow-Origin") == origin
        and {"authorization", "content-digest"} <= set(allowed)
        and "POST" in answer.headers.get("Access-Control-Allow-Methods", "")
    )
    tell("cors", "preflight", holds, f"{answer.status_code} {dict(answer.headers)}")
    answer = requests.options(address, headers=asked | {"Origin": other}, timeout=20)
    tell("cors", "other-origin", "Access-Control-Allow-Origin" not in answer.headers, str(dict(answer.headers)))


PAGE = """<!doctype html><meta charset="utf-8"><title>clients</title><input type="file" id="file"><input type="file" id="photo">
<script type="module">
const say = (line) => fetch("/report", { method: "POST", body: JSON.stringify(line) });
const tell = (name, holds, detail) => say({ name, holds: Boolean(holds), detail });
const choose = async (id, name, type) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([await (await fetch(`/files/${name}`)).arrayBuffer()], name, { type }));
  const input = document.getElementById(id);
  input.files = transfer.files;
  return input.files[0];
};
try {
  const program = await (await fetch("/program")).text();
  const file = await choose("file", "clip.mp4", "video/mp4");
  const photo = await choose("photo", "photo.jpg", "image/jpeg");
  const AsyncFunction = (async () => {}).constructor;
  await new AsyncFunction("file", "photo", "tell", program)(file, photo, tell);
} catch (error) {
  await tell("exception", false, String(error.stack ?? error));
}
await say({ name: "end" });
</script>"""

# A page that the operator did not name must not be able to read an answer.
FOREIGN_PROGRAM = """
const reads = await fetch(BASE_URL + "/attachments/", { headers: { Authorization: "Bearer x" } }).then(() => true, () => false);
await tell("blocked", !reads);
"""

NODE_PROGRAM = """
import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
// Browsers have it, and Node.js from 19 on.
globalThis.crypto ??= webcrypto;
const tell = (name, holds, detail) => console.log(JSON.stringify({ name, holds: Boolean(holds), detail }));
const choose = async (name, type) => Object.assign(new Blob([await readFile(name)], { type }), { name });
const AsyncFunction = (async () => {}).constructor;
try {
  const program = new AsyncFunction("file", "photo", "tell", await readFile(process.argv[2], "utf8"));
  await program(await choose("clip.mp4", "video/mp4"), await choose("photo.jpg", "image/jpeg"), tell);
} catch (error) {
  tell("exception", false, String(error.stack ?? error));
}
tell("end", true);
"""


def run_node(node, program, files):
    with tempfile.TemporaryDirectory() as folder:
        samples, runner = pathlib.Path(folder, "samples.js"), pathlib.Path(folder, "run.mjs")
        samples.write_text(program)
        runner.write_text(NODE_PROGRAM)
        done = subprocess.run(
            [node, str(runner), str(samples)], cwd=files, stdout=subprocess.PIPE, text=True, timeout=120, check=False
        )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    tell_all("node", lines)


def tell_all(language, lines):
    """The lines of a program in JavaScript; one that did not come to its end has failed."""
    for line in lines:
        if line["name"] != "end":
            tell(language, line["name"], line["holds"], line.get("detail") or "")
    if not lines or lines[-1]["name"] != "end":
        tell(language, "end", False, "the program did not come to its end")


def run_browser(browser, port, program, files):
    """Lets Chromium run the program in a page at an origin of its own; gives what it reported."""

    def serve(request, path):
        name = path.removeprefix("/files/")
        if path == "/program":
            request.answer(program.encode(), "text/plain; charset=utf-8")
        elif name in ("clip.mp4", "photo.jpg"):
            request.answer((files / name).read_bytes(), "application/octet-stream")
        else:
            request.answer(b"", status=404)

    return chromium.show(browser, PAGE, port, serve=serve)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=pathlib.Path, required=True, help="where clip.mp4, photo.jpg and report.pdf are")
    parser.add_argument("--ports", type=int, nargs=2, required=True, help="of the page that CORS allows, and of another one")
    parser.add_argument("--browser", help="Chromium")
    parser.add_argument("--node", help="Node.js")
    options = parser.parse_args()
    found = clientsamples.samples()
    for fault in clientsamples.faults(found):
        tell("page", "samples", False, fault)
    if failed:
        sys.exit(1)

    origin, other = (f"http://127.0.0.1:{port}" for port in options.ports)
    check_preflight(origin, other)
    run_shell(found, options.files)
    run_python(found, options.files)
    program = clientsamples.script_program(found, facts(options.files))
    if options.browser:
        tell_all("browser", run_browser(options.browser, options.ports[0], program, options.files))
        foreign = FOREIGN_PROGRAM.replace("BASE_URL", json.dumps(os.environ["BASE"]))
        tell_all("browser", run_browser(options.browser, options.ports[1], foreign, options.files))
    else:
        run_node(options.node, program, options.files)
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
