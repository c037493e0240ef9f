import Synchronization

/// The W3C trace context of one request: which trace it belongs to and which of our spans it is.
///
/// Held as numbers; text is made only where it leaves the process (header, log line, frame).
public struct TraceContext: Sendable, Hashable {
    public let traceHigh: UInt64
    public let traceLow: UInt64
    /// The span of ours that handles the request.
    public let spanID: UInt64
    /// The caller's span; nil when the trace begins here.
    public let parentID: UInt64?
    public let isSampled: Bool

    public init(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64, parentID: UInt64?, isSampled: Bool) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.spanID = spanID
        self.parentID = parentID
        self.isSampled = isSampled
    }

    /// A trace that begins here.
    public static func root() -> TraceContext {
        TraceContext(
            traceHigh: TraceNumbers.next(), traceLow: TraceNumbers.next() | 1, spanID: TraceNumbers.next() | 1,
            parentID: nil, isSampled: true)
    }

    /// Goes on with the trace of a `traceparent` field. Nil when the field breaks the format (Trace Context §3.2):
    /// the caller then begins a new trace.
    public init?(continuing traceparent: some StringProtocol) {
        let fields: (UInt64, UInt64, UInt64, UInt64)? =
            traceparent.utf8.withContiguousStorageIfAvailable {
                TraceContext.parse($0)
            } ?? Array(traceparent.utf8).withUnsafeBufferPointer { TraceContext.parse($0) }
        guard let (high, low, parent, flags) = fields else { return nil }
        self.init(
            traceHigh: high, traceLow: low, spanID: TraceNumbers.next() | 1, parentID: parent,
            isSampled: flags & 1 == 1)
    }

    /// The span a `traceparent` names as one of ours, below the span `parent` names. Nil when the former breaks the format.
    init?(naming span: String, below parent: String?) {
        guard let named = TraceContext(continuing: span), let spanID = named.parentID else { return nil }
        self.init(
            traceHigh: named.traceHigh, traceLow: named.traceLow, spanID: spanID,
            parentID: parent.flatMap { TraceContext(continuing: $0)?.parentID }, isSampled: named.isSampled)
    }

    /// 32 lower-case hexadecimal digits.
    public var traceID: String {
        String(unsafeUninitializedCapacity: 32) { out in
            Hex.write(traceHigh, at: 0, in: out)
            Hex.write(traceLow, at: 16, in: out)
            return 32
        }
    }

    /// The field to send onwards, naming our span as the parent.
    public var traceparent: String {
        String(unsafeUninitializedCapacity: 55) { out in
            out[0] = UInt8(ascii: "0")
            out[1] = UInt8(ascii: "0")
            out[2] = UInt8(ascii: "-")
            Hex.write(traceHigh, at: 3, in: out)
            Hex.write(traceLow, at: 19, in: out)
            out[35] = UInt8(ascii: "-")
            Hex.write(spanID, at: 36, in: out)
            out[52] = UInt8(ascii: "-")
            out[53] = UInt8(ascii: "0")
            out[54] = UInt8(ascii: isSampled ? "1" : "0")
            return 55
        }
    }

    /// `version-traceid-parentid-flags`; versions above 0 may carry more after the flags.
    private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> (UInt64, UInt64, UInt64, UInt64)? {
        let dash = UInt8(ascii: "-")
        guard text.count >= 55, text[2] == dash, text[35] == dash, text[52] == dash,
            let version = Hex.read(text[0..<2]), version != 0xff,
            version == 0 ? text.count == 55 : text.count == 55 || text[55] == dash,
            let high = Hex.read(text[3..<19]), let low = Hex.read(text[19..<35]),
            let parent = Hex.read(text[36..<52]), let flags = Hex.read(text[53..<55]),
            high | low != 0, parent != 0
        else { return nil }
        return (high, low, parent, flags)
    }
}

/// Numbers for traces and spans: they must differ, not be secret, and the system's generator is a call into the kernel
/// for each. SplitMix64 from a random start: no number comes twice within 2^64.
private enum TraceNumbers {
    private static let state = Atomic<UInt64>(.random(in: .min ... .max))

    static func next() -> UInt64 {
        var mixed = state.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Lower-case hexadecimal numbers of fixed width.
enum Hex {
    static func write(_ value: UInt64, at start: Int, in out: UnsafeMutableBufferPointer<UInt8>) {
        for index in 0..<16 {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 0x0f
            out[start + index] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
        }
    }

    /// At most 16 digits, lower case only. Nil for anything else.
    static func read(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
