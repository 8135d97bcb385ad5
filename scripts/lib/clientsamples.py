"""The examples of docs/api.md as three programs, in sh, Python and JavaScript, with a check after each example.

An example is what stands in fences below a comment `<!-- sample: NAME -->`, up to the next text; what a program makes in one,
its later ones use. CHECKS says for each what must hold after it.
"""

import json
import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "api.md"
SAMPLE = re.compile(r"^<!-- sample: ([a-z-]+) -->\n((?:```(?:sh|python|js)\n.*?^```\n)+)", re.M | re.S)
FENCE = re.compile(r"^```(sh|python|js)\n(.*?)^```\n", re.M | re.S)
LANGUAGES = ("sh", "python", "js")

# What clients of the system that Satchel replaces read of an attachment.
OLD_FIELDS = (
    "id message_id file_name file_type file_size file_size_mb mime_type duration duration_formatted width height "
    "video_dimensions bitrate codec url thumbnail_url uploaded_at"
).split()

# What must hold after an example: in sh a command that finds what the example printed in the file $OUT, else an expression.
CHECKS = {
    "setup": (None, "callable(api)", "typeof api === 'function'"),
    "conversation": (
        """jq -e '.participants | length == 2' "$OUT" """,
        "[p['role'] for p in api('GET', f'/conversations/{CONVERSATION}/', SERVICE)['participants']] == ['admin', 'member']",
        "(await api('GET', `/conversations/${CONVERSATION}/`, { token: SERVICE })).participants.length === 2",
    ),
    "participants": (
        """jq -es 'last.participants | map(.user_id) == ["alice", "carol"]' "$OUT" """,
        "[p['user_id'] for p in conversation['participants']] == ['alice', 'carol']",
        "conversation.participants.map((p) => p.user_id).join() === 'alice,carol'",
    ),
    "message": (
        """jq -e '.sender_id == "alice"' "$OUT" """,
        "api('GET', f'/messages/{MESSAGE}/')['sender_id'] == 'alice'",
        "(await api('GET', `/messages/${MESSAGE}/`)).sender_id === 'alice'",
    ),
    "upload": (
        """jq -e '.file_type == "image" and .file_name == "photo.jpg" and .sha256 == env.PHOTO_SHA256' "$OUT" """,
        "(attachment['file_type'], attachment['file_name'], attachment['sha256']) == ('image', 'photo.jpg', PHOTO_SHA256)",
        "attachment.file_type === 'image' && attachment.file_name === 'photo.jpg' && attachment.sha256 === PHOTO_SHA256",
    ),
    "upload-video": (
        """ID=$(jq -r .id "$OUT") && jq -e --argjson old "$OLD_FIELDS" '. as $answer | ($old | all(in($answer)))
            and .file_type == "video" and .video_dimensions == [320, 240] and .duration == 10' "$OUT" """,
        "set(OLD_FIELDS) <= set(video) and video['video_dimensions'] == [320, 240] and video['duration'] == 10",
        "OLD_FIELDS.every((name) => name in video) && video.video_dimensions.join() === '320,240' && video.duration === 10",
    ),
    "upload-raw": (
        """jq -e '.file_name == "café.jpg" and .sha256 == env.PHOTO_SHA256' "$OUT" """,
        "(raw['file_name'], raw['sha256']) == ('café.jpg', PHOTO_SHA256)",
        "raw.file_name === 'café.jpg' && raw.sha256 === PHOTO_SHA256",
    ),
    "digest": (
        """jq -es 'map(.sha256) == [env.PHOTO_SHA256, env.REPORT_SHA256]' "$OUT" """,
        "report['sha256'] == REPORT_SHA256 == digest",
        "report.sha256 === PHOTO_SHA256",
    ),
    "see": (
        """jq -es '.[0].id == env.ID and .[1].id == env.ID and (.[2].attachments | length == 5)' "$OUT" """,
        "(seen['id'], downloaded['sha256'], len(attachments)) == (video['id'], video['sha256'], 4)",
        "seen.id === video.id && downloaded.sha256 === video.sha256 && attachments.length === 4",
    ),
    "url": (
        """cmp copy.mp4 clip.mp4""",
        "open('copy.mp4', 'rb').read() == open('clip.mp4', 'rb').read()",
        "bytes.byteLength === file.size",
    ),
    "wait": (
        """jq -e '.status == "ready"' <<<"$(curl -s "$BASE/attachments/$ID/" -H "Authorization: Bearer $TOKEN")" """,
        "ready['status'] == 'ready' and requests.get(ready['thumbnail_url']).content[:3] == b'\\xff\\xd8\\xff'",
        # A page shows the picture, and needs no CORS for that.
        "ready.status === 'ready' && (await widthOf(ready.thumbnail_url)) === 320",
    ),
    "list": (
        """jq -e '.attachments | length == 2' "$OUT" && jq -e '.attachments | length == 1' page.json""",
        "[a['id'] for a in images] == [raw['id'], attachment['id']]",
        "images.map((a) => a.id).join() === [report.id, raw.id, attachment.id].join()",
    ),
    "content": (
        """grep -q '^HTTP/1.1 302' content.http && grep -aqi '^content-length: '"$(stat -c %s clip.mp4)" content.http &&
            grep -aqi '^content-type: image/jpeg' thumb.http && cmp -n 100 range.bin clip.mp4 &&
            [[ $(stat -c %s range.bin) == 100 ]]""",
        "followed.history[0].status_code == 302 and followed.content == open('clip.mp4', 'rb').read()"
        " and (ranged.status_code, ranged.content) == (206, followed.content[:100])",
        "followed.redirected && (await followed.arrayBuffer()).byteLength === file.size"
        " && ranged.status === 206 && (await ranged.arrayBuffer()).byteLength === 100"
        " && ranged.headers.get('Content-Range') === `bytes 0-99/${file.size}`",
    ),
    "etag": (
        """grep -q '^HTTP/1.1 304' "$OUT" """,
        "(first.status_code, again.status_code, again.content) == (200, 304, b'')",
        "first.ok && again.status === 304",
    ),
    "revoke": (
        """jq -es '.[0].id == env.ID and .[1].status == "processing"' "$OUT" """,
        "revoked['url'] != seen['url'] and reprocessed['status'] == 'processing'",
        "revoked.url !== seen.url && reprocessed.status === 'processing'",
    ),
    "delete": (
        """jq -e '.message == "Attachment deleted successfully"' "$OUT" """,
        "deleted == {'message': 'Attachment deleted successfully'}",
        "deleted.message === 'Attachment deleted successfully'",
    ),
    "delete-all": (
        """[[ $(grep -c deleted "$OUT") -ge 1 ]] && ! curl -sf "$BASE/messages/$MESSAGE/" -H "Authorization: Bearer $SERVICE" """,
        "requests.get(f'{BASE}/conversations/{CONVERSATION}/', headers={'Authorization': f'Bearer {SERVICE}'}).status_code"
        " == 404",
        "(await api('GET', `/messages/${MESSAGE}/`).catch((error) => error.code)) === 'message_not_found'",
    ),
    "activity": (
        """jq -e '.activities | length == 2' activity.json && jq -e '.activities | length == 2' "$OUT" """,
        "older['activities'][0]['id'] < activity['activities'][-1]['id']",
        "older.activities[0].id < activity.activities[1].id",
    ),
    "usage": (
        """jq -es '.[0].total.files == (.[0].usage | map(.files) | add // 0) and (.[3].counts | has("process"))' "$OUT" """,
        "(usage['by'], of_alice['by'], by_user['by'], 'process' in jobs['counts']) == ('file_type', 'file_type', 'user', True)",
        "usage.by === 'file_type' && ofAlice.by === 'file_type' && byUser.by === 'user' && 'process' in jobs.counts",
    ),
    "errors": (
        """jq -e '.code == "attachment_not_found" and (.error | length > 0) and (.request_id | length > 0)' "$OUT" """,
        "caught == 'attachment_not_found'",
        "caught === 'attachment_not_found'",
    ),
    "retry": (
        """jq -e .total "$OUT" """,
        "total == usage['total'] and patiently(failing(2, 503)) == 3 and outcome(patiently, failing(1, 404)) == 404",
        "total.files === usage.total.files && (await patiently(failing(2, 503))) === 3"
        " && (await patiently(failing(1, 404)).catch((error) => error.status)) === 404",
    ),
}

# A page that reads the old upload routes' errors finds them under "file".
UPLOAD_ERROR = {"name": "upload-error", "status": 404, "code": "message_not_found"}


def samples(text=None):
    """The examples of the page, in order: (name, {language: code})."""
    text = PAGE.read_text() if text is None else text
    found = [(match[1], dict(FENCE.findall(match[2]))) for match in SAMPLE.finditer(text)]
    if text.count("<!-- sample:") != len(found):
        raise SystemExit(f"{PAGE}: a sample has no code below it")
    return found


def faults(found):
    """What the table and the page do not agree about, and examples that lack a language."""
    names = [name for name, _ in found]
    for name in sorted(set(names) ^ set(CHECKS)):
        yield f"the sample {name} is on one side only: docs/api.md, or CHECKS in {pathlib.Path(__file__).name}"
    for name in {name for name in names if names.count(name) > 1}:
        yield f"the sample {name} is there twice"
    for name, codes in found:
        check = CHECKS.get(name, (None, None, None))
        for language, condition in zip(LANGUAGES, check):
            if (condition is None) != (language not in codes):
                yield f"the sample {name} lacks its {language} or the check of it"


def shell_program(found):
    """A bash program that runs the examples in sh and prints a line a check: `ok NAME` or `FAIL NAME`."""
    lines = ["set -uo pipefail", "OUT=$PWD/out ERR=$PWD/err"]
    for name, codes in found:
        if "sh" not in codes:
            continue
        lines.append(f"{{\n{codes['sh']}}} >\"$OUT\" 2>\"$ERR\"")
        lines.append(f"if {{ {CHECKS[name][0].strip()}; }} >/dev/null 2>>\"$ERR\"; then echo 'ok {name}'")
        lines.append(f"else echo 'FAIL {name}' \"$(tail -c 600 \"$OUT\" \"$ERR\" | tr '\\n' ' ')\"; fi")
        lines.append("export ID=${ID:-}")
    return "\n".join(lines) + "\n"


JS_TOOLS = """
const failing = (times, status) => {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw Object.assign(new Error("as told"), { status, retryAfter: 0.01 });
    return calls;
  };
};
// How wide a picture is that a page shows; where there is no page, only that it is a picture.
const widthOf = async (url) => {
  if (typeof Image === "undefined") {
    return (await fetch(url)).headers.get("Content-Type") === "image/jpeg" ? 320 : 0;
  }
  const image = new Image();
  image.src = url;
  await image.decode();
  return image.naturalWidth;
};
const uploadError = async () => {
  const form = new FormData();
  form.append("file", photo, photo.name);
  form.append("message_id", "00000000-0000-7000-8000-00000000dead");
  const response = await fetch(`${BASE}/upload/`, { method: "POST", headers: asUser, body: form });
  const answer = await response.json();
  return response.status === STATUS && answer.code === CODE && typeof answer.file[0] === "string";
};
"""


def script_program(found, values):
    """The examples in JavaScript as the body of an async function of `file`, `photo` and `tell(name, holds)`."""
    tools = JS_TOOLS.replace("STATUS", str(UPLOAD_ERROR["status"])).replace("CODE", json.dumps(UPLOAD_ERROR["code"]))
    parts = [f"const {name} = {json.dumps(value)};" for name, value in values.items()] + [tools]
    for name, codes in found:
        if "js" not in codes:
            continue
        parts.append(codes["js"])
        parts.append(f"await tell({json.dumps(name)}, {CHECKS[name][2]});")
    parts.append(f"await tell({json.dumps(UPLOAD_ERROR['name'])}, await uploadError());")
    return "\n".join(parts)
