import Glibc

/// The environment of the server, and so of every child.
///
/// Nothing of what the worker was started with is in it, for a library may be steered by it, and a variable may hold what is
/// none of a file's business. By now the loader has read what was meant for it.
enum WorkerEnvironment {
    private static let variables = [
        // libvips loads every module that it finds below its home.
        ("VIPSHOME", "/nonexistent"),
        // One thread for a picture, and no loader that is not fit for hostile files.
        ("VIPS_CONCURRENCY", "1"), ("VIPS_BLOCK_UNTRUSTED", "1"),
    ]

    static var count: Int { variables.count }

    /// Comes before a library is used.
    static func reset() {
        clearenv()
        for (name, value) in variables { setenv(name, value, 1) }
    }
}
