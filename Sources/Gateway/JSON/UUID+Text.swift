import Foundation

extension UUID {
    /// Reads an id as clients write it: with dashes, or as the 32 hexadecimal digits that some databases keep.
    init?(text: some StringProtocol) {
        if let id = UUID(uuidString: String(text)) {
            self = id
            return
        }
        guard text.utf8.count == 32 else { return nil }
        var dashed = ""
        for (index, character) in text.enumerated() {
            if [8, 12, 16, 20].contains(index) { dashed.append("-") }
            dashed.append(character)
        }
        guard let id = UUID(uuidString: dashed) else { return nil }
        self = id
    }
}
