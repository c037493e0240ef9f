/// An element of a document that `XMLReader` has read whole.
struct XMLElement: Sendable, Equatable {
    /// Without its prefix.
    let name: String
    /// Everything between its tags that is no element.
    var text = ""
    var children: [XMLElement] = []

    init(name: String) {
        self.name = name
    }

    func all(_ name: String) -> [XMLElement] {
        children.filter { $0.name == name }
    }

    /// The text of the only child of that name; nil when there is none. Fails for several.
    func text(_ name: String) throws(UnreadableXML) -> String? {
        let found = all(name)
        guard found.count <= 1 else { throw UnreadableXML(reason: "\(name) twice") }
        return found.first?.text
    }

    /// As `text(_:)`, of one that must be there and not be empty.
    func required(_ name: String) throws(UnreadableXML) -> String {
        guard let text = try text(name), !text.isEmpty else { throw UnreadableXML(reason: "no \(name)") }
        return text
    }

    /// A number from zero on.
    func count(_ name: String) throws(UnreadableXML) -> Int64 {
        let text = try required(name)
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int64(text) else {
            throw UnreadableXML(reason: "\(name) is no number")
        }
        return value
    }

    /// False when it is not there.
    func flag(_ name: String) throws(UnreadableXML) -> Bool {
        switch try text(name) {
        case "true": true
        case "false", nil: false
        default: throw UnreadableXML(reason: "\(name) is neither true nor false")
        }
    }
}

/// Why an answer is not the XML it has to be.
struct UnreadableXML: Error, Equatable {
    let reason: String
}
