# shellcheck shell=bash
# A look at a bucket with curl alone. Source after common.sh; uses S3_ENDPOINT, S3_ACCESS, S3_SECRET, S3_BUCKET.
# curl signs these few queries right (a value for each parameter, parameters in order); the gateway signs by itself.

s3_curl() {
    curl --silent --show-error --max-time 20 --aws-sigv4 "aws:amz:${S3_REGION:-us-east-1}:s3" \
        --config <(printf 'user = "%s:%s"\n' "$S3_ACCESS" "$S3_SECRET") "$@"
}

# Keys of the bucket, one a line (at most 1,000).
s3_keys() {
    local listing
    listing=$(s3_curl --fail "$S3_ENDPOINT/$S3_BUCKET?list-type=2") || return 1
    [[ $listing == *'<ListBucketResult'* ]] || return 1
    grep -o '<Key>[^<]*</Key>' <<<"$listing" | sed 's/<[^>]*>//g' || true
}

# Ids of the open multipart uploads, one a line.
s3_open_uploads() {
    local listing
    listing=$(s3_curl --fail "$S3_ENDPOINT/$S3_BUCKET?uploads=") || return 1
    [[ $listing == *'<ListMultipartUploadsResult'* ]] || return 1
    grep -o '<UploadId>[^<]*</UploadId>' <<<"$listing" | sed 's/<[^>]*>//g' || true
}

# Makes the bucket; one that is there already is fine. Outside of us-east-1 the body must name the region, and there it
# must not (CreateBucket's LocationConstraint).
s3_make_bucket() {
    local status document digest namespace=http://s3.amazonaws.com/doc/2006-03-01/ location=()
    if [[ ${S3_REGION:-us-east-1} != us-east-1 ]]; then
        document="<LocationConstraint>$S3_REGION</LocationConstraint>"
        document="<CreateBucketConfiguration xmlns=\"$namespace\">$document</CreateBucketConfiguration>"
        # Where the digest is not given, older curls sign another one.
        digest=$(printf '%s' "$document" | sha256sum | cut -d ' ' -f 1)
        location=(--header 'Content-Type: application/xml' --header "x-amz-content-sha256: $digest" --data "$document")
    fi
    status=$(s3_curl --output /dev/null --write-out '%{http_code}' --request PUT "${location[@]}" \
        "$S3_ENDPOINT/$S3_BUCKET") || return 1
    [[ $status == 200 || $status == 409 ]]
}
