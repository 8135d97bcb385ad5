import Foundation
import FoundationXML
import NIOCore

/// An element of a small XML document: its name without prefix, its text, its children.
struct XMLNode: Sendable {
    let name: String
    fileprivate(set) var text = ""
    fileprivate(set) var children: [XMLNode] = []

    /// The text of the first child of that name.
    subscript(_ name: String) -> String? {
        children.first { $0.name == name }?.text
    }

    func all(_ name: String) -> [XMLNode] {
        children.filter { $0.name == name }
    }

    /// Reads a document; nil when it is not well-formed.
    ///
    /// S3 sends no document type declaration, so any is refused: with it go all entities but the five built in.
    static func parse(_ buffer: ByteBuffer) -> XMLNode? {
        // A server that keeps a slow answer alive may send white space first, which no XML declaration may follow.
        let bytes = buffer.readableBytesView.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let data = Data(bytes)
        guard !data.isEmpty, data.range(of: Data("<!DOCTYPE".utf8)) == nil else {
            return nil
        }
        let builder = XMLNodeBuilder()
        let parser = XMLParser(data: data)
        parser.shouldResolveExternalEntities = false
        parser.delegate = builder
        // `parse` answers true also where something follows the root element; the error tells.
        let isWellFormed = withExtendedLifetime(builder) { parser.parse() && parser.parserError == nil }
        return isWellFormed ? builder.root : nil
    }
}

private final class XMLNodeBuilder: NSObject, XMLParserDelegate {
    private static let maxDepth = 16
    private(set) var root: XMLNode?
    private var open: [XMLNode] = []

    func parser(
        _ parser: XMLParser,
        didStartElement elementName: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        guard open.count < Self.maxDepth else {
            parser.abortParsing()
            return
        }
        let name = elementName.split(separator: ":").last.map(String.init) ?? elementName
        open.append(XMLNode(name: name))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        guard !open.isEmpty else {
            return
        }
        open[open.count - 1].text += string
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        guard !open.isEmpty else {
            return
        }
        open[open.count - 1].text += String(decoding: block, as: UTF8.self)
    }

    func parser(_ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?) {
        guard let node = open.popLast() else {
            return
        }
        if open.isEmpty {
            root = node
        } else {
            open[open.count - 1].children.append(node)
        }
    }
}
