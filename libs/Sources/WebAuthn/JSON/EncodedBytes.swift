internal import Encodings
internal import Foundation

/// Bytes in base64url, as the JSON forms have them. Strictly: no padding, one form for one value, at most 64 KiB.
struct EncodedBytes: Decodable {
    let bytes: Data

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard text.utf8.count <= 87_382, let bytes = Base64URL.decode(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not base64url")
        }
        self.bytes = bytes
    }
}

/// The one type there is.
struct CredentialType: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard try container.decode(String.self) == "public-key" else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not public-key")
        }
    }
}

/// A list of short words: at most sixteen of at most 32 bytes.
struct Words: Decodable {
    let words: [String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        words = try container.decode([String].self)
        guard words.count <= 16, words.allSatisfy({ $0.utf8.count <= 32 }) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "too many or too long")
        }
    }
}
