import S3

extension ObjectStore {
    /// Whether it is known, without writing anything, to hold an object whose key is the folder of another's.
    ///
    /// AWS documents that its keys are flat, and its answers say who gives them. Of others some keep objects as files.
    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-folders.html
    var holdsFolders: Bool {
        get async {
            guard let bucket = self as? BucketStore,
                let name = try? await bucket.client.serverName()
            else { return false }
            return name == "AmazonS3"
        }
    }
}
