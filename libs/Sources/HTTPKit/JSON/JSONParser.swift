public import DomainKit

/// Builds the tree of one document, and tells what is wrong with it by the pointer of the place.
struct JSONParser {
    private var scanner: JSONScanner
    /// Where the value under reading stands; where reading ended, when it could not go on.
    private var path = JSONPath.root

    /// Fails with the first thing wrong: `malformed-json`, `too-deep`, `invalid-text`, `duplicate-field`.
    static func parse(_ scanner: JSONScanner) throws(Violation) -> JSONValue {
        var parser = JSONParser(scanner: scanner)
        do throws(JSONScanner.Fault) {
            let value = try parser.value()
            try parser.scanner.end()
            return value
        } catch {
            throw Violation(error, at: parser.path.pointer)
        }
    }

    private mutating func value() throws(JSONScanner.Fault) -> JSONValue {
        switch scanner.kind() {
        case .null:
            try scanner.null()
            return .null
        case .boolean: return .bool(try scanner.boolean())
        case .number: return .number(String(decoding: try scanner.number().written, as: UTF8.self))
        case .string: return .string(try scanner.text().read())
        case .object: return .object(try object())
        case .array: return .array(try array())
        case nil: throw .malformed("a value is missing")
        }
    }

    private mutating func object() throws(JSONScanner.Fault) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        var names = SeenNames()
        let object = path
        var goesOn = try scanner.enter(.object)
        while goesOn {
            let name = try scanner.name().read()
            path = object.member(name)
            guard names.insert(name) else { throw .duplicate }
            members.append(JSONValue.Member(name: name, value: try value()))
            path = object
            goesOn = try scanner.goesOn(in: .object)
        }
        return members
    }

    private mutating func array() throws(JSONScanner.Fault) -> [JSONValue] {
        var elements: [JSONValue] = []
        let array = path
        var goesOn = try scanner.enter(.array)
        while goesOn {
            path = array.element(elements.count)
            elements.append(try value())
            path = array
            goesOn = try scanner.goesOn(in: .array)
        }
        return elements
    }
}

extension Violation {
    /// What a fault of a document is called, wherever the document was read.
    public init(_ fault: JSONScanner.Fault, at pointer: String) {
        switch fault {
        case .malformed(let reason):
            self.init(pointer: pointer, code: "malformed-json", detail: "The document is not JSON: \(reason).")
        case .tooDeep:
            self.init(
                pointer: pointer, code: "too-deep",
                detail: "Values may be nested at most \(JSONScanner.maximumDepth) deep.")
        case .invalidText(let reason): self.init(pointer: pointer, code: "invalid-text", detail: "\(reason)")
        case .duplicate:
            self.init(pointer: pointer, code: "duplicate-field", detail: "This member is there more than once.")
        }
    }
}

/// The member names of one object: a scan while there are few, a set beyond, so that no input costs n².
private struct SeenNames {
    private var few: [String] = []
    private var many: Set<String> = []

    /// False when `name` was there before.
    mutating func insert(_ name: String) -> Bool {
        if few.count < 16 {
            guard !few.contains(name) else { return false }
            few.append(name)
            return true
        }
        if many.isEmpty { many = Set(few) }
        return many.insert(name).inserted
    }
}
