extension SchemaVersion {
    /// Keys with which programs of the operator and of the app's back end come, in the place of a token.
    ///
    /// Of a key only its SHA-256 is here: who reads the database or a backup of it cannot use it. A key has 256 random bits,
    /// so a slow hash would protect nothing more. A revoked key stays, so that it is known whose it was; its name is free
    /// for the next one.
    static let apiKeys = SchemaVersion(
        name: "005-api-keys",
        up: """
            CREATE TABLE api_key (
                id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 16 AND id NOT GLOB '*[^0-9a-f]*'),
                name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
                secret_sha256 BLOB NOT NULL CHECK (length(secret_sha256) = 32),
                scopes TEXT NOT NULL CHECK (json_valid(scopes) AND json_type(scopes) = 'array'),
                created_at INTEGER NOT NULL,
                expires_at INTEGER CHECK (expires_at > created_at),
                last_used_at INTEGER,
                revoked_at INTEGER,
                CHECK (json_array_length(scopes) > 0)
            ) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX api_key_by_name ON api_key (name) WHERE revoked_at IS NULL;
            """,
        down: """
            DROP TABLE api_key;
            """
    )
}
