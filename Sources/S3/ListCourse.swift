/// Tells a listing that goes round in a circle from one that advances, whatever the markers of its pages look like.
///
/// Keeps the markers of one page, and of another one after twice as many pages each time (Brent's way to find a cycle): the pages of a
/// circle are seen three times at most, and a bucket may be as large as it likes.
struct ListCourse {
    /// Their bytes: to Swift two texts can be the same that are two keys.
    private var kept: [[UInt8]?]?
    private var pageCount = 0
    private var pageLimit = 1

    /// Takes the markers of the page that comes next; false where the listing has been there before.
    mutating func advances(to next: String?...) -> Bool {
        let next = next.map { marker in marker.map { Array($0.utf8) } }
        guard next != kept else { return false }
        pageCount += 1
        if pageCount == pageLimit {
            kept = next
            pageCount = 0
            pageLimit *= 2
        }
        return true
    }
}
