/// The file that a report is written to.
package enum ReportFile {
    /// Puts the page in its place when it is whole, for this user alone to read; a file that is there is replaced.
    ///
    /// Throws `outputUnwritable`.
    package static func write(_ page: ReportPage, to path: String) throws(MigrationError) {
        do throws(FileError) {
            let file = try NewFile(path: Array(path.utf8))
            try file.write(Array(page.html.utf8))
            try file.finish(modifiedAt: nil)
        } catch {
            throw MigrationError(writing: path, error)
        }
    }
}
