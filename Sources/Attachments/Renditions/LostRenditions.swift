package import Catalog

extension Attachment {
    /// The renditions whose rows have to go where the objects with these keys are lost, so that jobs make them anew.
    ///
    /// Of the ladder, a step and its index are made by one job, and go together; a whole step stays. Pictures are none of them: they are made
    /// anew whenever the file is probed again. Nor is what has the original's place.
    package func renditionsToRemake(withoutObjects keys: Set<String>) -> [Rendition] {
        let lost = Set(renditions.filter { keys.contains($0.objectKey) }.map(\.name))
        return renditions.filter { rendition in
            guard rendition.isMadeLater, rendition.objectKey != objectKey, rendition.name != replacedBy else {
                return false
            }
            guard !lost.contains(rendition.name) else { return true }
            guard rendition.isPartOfLadder else { return false }
            return lost.contains { name in
                rendition.name == Rendition.indexName(ofStep: name)
                    || name == Rendition.indexName(ofStep: rendition.name)
            }
        }
    }
}
