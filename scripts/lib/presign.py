"""Presigned S3 URLs (Signature Version 4 in the query, path style), independent of the gateway's own signer.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import datetime
import hashlib
import hmac
import urllib.parse


def presign(method, endpoint, bucket, key, access, secret, region="us-east-1", expires=3600, now=None, query=None):
    """The URL with which anyone may do `method` on the object for `expires` seconds.

    Without a key it is the bucket's; what is asked of it stands in `query`.
    """
    now = now or datetime.datetime.now(datetime.timezone.utc)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    host = urllib.parse.urlsplit(endpoint).netloc
    path = "/" + urllib.parse.quote(f"{bucket}/{key}" if key else bucket, safe="/-._~")
    scope = f"{day}/{region}/s3/aws4_request"
    query = urllib.parse.urlencode(
        sorted(
            {
                **(query or {}),
                "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
                "X-Amz-Credential": f"{access}/{scope}",
                "X-Amz-Date": stamp,
                "X-Amz-Expires": str(expires),
                "X-Amz-SignedHeaders": "host",
            }.items()
        ),
        quote_via=urllib.parse.quote,
        safe="-._~",
    )
    canonical = "\n".join([method, path, query, f"host:{host}\n", "host", "UNSIGNED-PAYLOAD"])
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, digest])
    signing_key = ("AWS4" + secret).encode()
    for part in (day, region, "s3", "aws4_request"):
        signing_key = hmac.new(signing_key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(signing_key, text.encode(), hashlib.sha256).hexdigest()
    return f"{endpoint}{path}?{query}&X-Amz-Signature={signature}"
