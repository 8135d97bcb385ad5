/// Tells a listing that goes round in a circle from one that advances, whatever the markers of its pages look like.
///
/// Keeps one marker, and another one after twice as many pages each time (Brent's way to find a cycle): the pages of a circle are
/// seen three times at most, and a bucket may be as large as it likes.
struct ListCourse<Marker: Equatable> {
    private var kept: Marker?
    private var pageCount = 0
    private var pageLimit = 1

    /// Takes the marker of the page that comes next; false where the listing has been there before.
    mutating func advances(to next: Marker) -> Bool {
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
