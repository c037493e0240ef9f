import DomainKit
import HTTPKit
import VideoDomain

/// Reads and writes an `Upload-Concat` (tus §Concatenation): `partial`, or `final;` and the addresses of the parts, in the order
/// of their bytes.
enum UploadConcat: Equatable {
    case partial
    case final([UploadID])

    static let mostParts = 1_000

    /// Fails: `platform.invalid-input` for anything else, for no part or one that is named twice, and for an address that is
    /// no upload's here.
    init(_ field: String) throws(Failure) {
        if field == "partial" {
            self = .partial
            return
        }
        guard field.hasPrefix("final;") else {
            throw Self.invalid("unknown-value", "must be partial, or final; and the addresses of its parts")
        }
        var parts: [UploadID] = []
        for address in field.dropFirst("final;".count).split(separator: " ") {
            guard let id = Self.id(in: address) else {
                throw Self.invalid("bad-format", "must name uploads by the addresses that creating them gave")
            }
            parts.append(id)
        }
        guard (1...Self.mostParts).contains(parts.count) else {
            throw Self.invalid("too-many", "must name 1 to \(Self.mostParts) parts")
        }
        guard Set(parts).count == parts.count else { throw Self.invalid("duplicate-item", "must name each part once") }
        self = .final(parts)
    }

    /// What an upload is of a concatenation; nil for one by itself.
    init?(of upload: Upload) {
        if upload.state == .partial {
            self = .partial
        } else if !upload.parts.isEmpty {
            self = .final(upload.parts)
        } else {
            return nil
        }
    }

    var text: String {
        switch self {
        case .partial: "partial"
        case .final(let parts): "final;" + parts.map(Self.address).joined(separator: " ")
        }
    }

    static func address(of id: UploadID) -> String { "/v1/uploads/\(id)" }

    /// Whatever host it is said to be on: clients see us behind gateways of any name.
    private static func id(in address: Substring) -> UploadID? {
        var path = address
        for scheme in ["https://", "http://"] where address.hasPrefix(scheme) {
            guard let slash = address.dropFirst(scheme.count).firstIndex(of: "/") else { return nil }
            path = address[slash...]
        }
        guard path.hasPrefix("/v1/uploads/") else { return nil }
        return UploadID(String(path.dropFirst("/v1/uploads/".count)))
    }

    private static func invalid(_ code: String, _ detail: String) -> Failure {
        .invalid([Violation(pointer: "#upload-concat", code: code, detail: detail)])
    }
}
