import DomainKit
import HTTPKit
public import VideoDomain

/// The body of a change: members that are left out stay as they are.
struct VideoChangesBody: Decodable {
    private enum CodingKeys: String, CodingKey {
        case title, description, tags, visibility
    }

    private let title: PatchField<Title>
    private let description: PatchField<Description>
    private let tags: PatchField<Tags>
    private let visibility: PatchField<KnownVisibility>

    var changes: VideoChanges {
        VideoChanges(
            title: title.value, description: description.value, tags: tags.value, visibility: visibility.value?.value)
    }
}

extension Title: Decodable {
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }
}

extension Description: Decodable {
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }
}

extension Tags: Decodable {
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode([String].self))
    }
}

/// Says which values there are when it is another one.
private struct KnownVisibility: Decodable {
    let value: Visibility

    init(from decoder: any Decoder) throws {
        value = try Visibility(try decoder.singleValueContainer().decode(String.self))
    }
}
