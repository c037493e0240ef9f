public import NIOCore

/// A value with a JSON form. Response bodies and frames conform to it by hand: it reads like the document and costs
/// a fraction of `Encodable`.
///
/// ```swift
/// struct RoomBody: JSONWritable {
///     let room: Room
///
///     func write(to json: inout JSONWriter) {
///         json.object {
///             $0.member("id", room.id)
///             $0.member("name", room.name.text)
///             $0.member("created_at", room.createdAt)
///         }
///     }
/// }
/// ```
public protocol JSONWritable {
    func write(to json: inout JSONWriter)
}

/// Writes one JSON document (RFC 8259) as UTF-8, without white space.
public struct JSONWriter {
    @usableFromInline var bytes: [UInt8] = []
    /// Whether the next member or element follows another one.
    @usableFromInline var needsComma = false

    public init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// The document of `value`.
    public static func bytes(of value: some JSONWritable) -> [UInt8] {
        var writer = JSONWriter()
        value.write(to: &writer)
        return writer.bytes
    }

    /// The document of `value`, ready to be sent.
    public static func buffer(of value: some JSONWritable) -> ByteBuffer {
        ByteBuffer(bytes: bytes(of: value))
    }

    /// Writes an object; `body` writes its members.
    @inlinable
    public mutating func object(_ body: (inout JSONWriter) -> Void) {
        nest(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
    }

    /// Writes an array; `body` writes its elements.
    @inlinable
    public mutating func array(_ body: (inout JSONWriter) -> Void) {
        nest(UInt8(ascii: "["), UInt8(ascii: "]"), body)
    }

    /// A member of the object that is open.
    @inlinable
    public mutating func member(_ name: StaticString, _ value: some JSONWritable) {
        open(name)
        value.write(to: &self)
        needsComma = true
    }

    /// A member whose name is known only at run time.
    @inlinable
    public mutating func member(_ name: String, _ value: some JSONWritable) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
        value.write(to: &self)
        needsComma = true
    }

    /// A member that is an object written in place.
    @inlinable
    public mutating func member(_ name: StaticString, object body: (inout JSONWriter) -> Void) {
        open(name)
        object(body)
    }

    /// A member that is an array written in place.
    @inlinable
    public mutating func member(_ name: StaticString, array body: (inout JSONWriter) -> Void) {
        open(name)
        array(body)
    }

    /// An element of the array that is open.
    @inlinable
    public mutating func element(_ value: some JSONWritable) {
        separate()
        needsComma = false
        value.write(to: &self)
        needsComma = true
    }

    @inlinable
    mutating func nest(_ left: UInt8, _ right: UInt8, _ body: (inout JSONWriter) -> Void) {
        bytes.append(left)
        needsComma = false
        body(&self)
        bytes.append(right)
        needsComma = true
    }

    @inlinable
    mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    /// Names in source are plain ASCII identifiers and need no escapes.
    @inlinable
    mutating func open(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    @inlinable
    mutating func literal(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }
}
