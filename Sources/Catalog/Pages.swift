/// Goes through what is read in pages, so that memory holds one page however many there are.
package enum Pages {
    /// Reads page after page and hands each out, until one is empty.
    ///
    /// `read` is given the position of the last element that was read, by which it goes on behind that; nil for the first page. Throws
    /// `CancellationError` between two pages where the task is cancelled, and what `read` and `body` throw.
    package static func forEach<Element, Position>(
        by position: (Element) -> Position,
        read: (_ last: Position?) async throws -> [Element],
        _ body: (_ page: [Element]) async throws -> Void
    ) async throws {
        var last: Position?
        while true {
            try Task.checkCancellation()
            let page = try await read(last)
            guard let end = page.last else { return }
            last = position(end)
            try await body(page)
        }
    }
}
