import HTTPTypes

/// Header fields any HTTP service may get, whether its document names them or not, each with extremes of its own kind.
enum ExtremeFields {
    static let all: [(name: String, values: [String])] =
        dates + counts + [
            ("Range", ExtremeValues.ranges),
            ("Content-Range", ExtremeValues.numbers.map { "bytes \($0)-\($0)/\($0)" }),
            ("If-Range", ExtremeValues.httpDates + tags),
            ("If-Match", tags), ("If-None-Match", tags),
            ("traceparent", traces), ("tracestate", ["", "a=1", ",,,=", String(repeating: "a=1,", count: 200)]),
            ("X-Request-Id", few + ["../../etc/passwd", "<script>", String(repeating: "x", count: 2_000)]),
            ("Idempotency-Key", few + [String(repeating: "k", count: 2_000)]),
            ("X-Forwarded-For", few + ["::", "fe80::1%eth0", "999.999.999.999", ",,,", "[::1]:99999"]),
            ("Forwarded", few.map { "for=\($0)" }),
            ("Authorization", few.map { "Bearer \($0)" } + ["Bearer", "Basic Og==", "bearer a.b.c"]),
            ("Accept", few.map { "*/*;q=\($0)" }), ("Accept-Language", few.map { "ja;q=\($0)" }),
            ("Cache-Control", few.map { "max-age=\($0)" }),
            ("Upload-Metadata", few.map { "filename \($0)" } + ["filename", "filename =", ",,,"]),
            ("Upload-Checksum", ["sha1 ", "sha256 AAAA", "crc32 1", "md5"]),
            ("Upload-Concat", ["partial", "final;", "final;/v1/uploads/1"]),
        ]

    private static let dates = ["If-Modified-Since", "If-Unmodified-Since", "Date", "Upload-Expires"].map {
        ($0, ExtremeValues.httpDates)
    }

    /// Fields that are a number, or where a reader might look for one.
    private static let counts = [
        "Upload-Offset", "Upload-Length", "Upload-Defer-Length", "Upload-Draft-Interop-Version", "Upload-Complete",
        "Tus-Resumable", "Retry-After", "Max-Forwards", "Keep-Alive",
    ].map { ($0, ExtremeValues.numbers + ExtremeValues.almostNumbers) }

    /// Changes where the message ends: for ways of sending that take every field as it is, such as a router's test client.
    static let framing: [(name: String, values: [String])] = [
        ("Content-Length", ExtremeValues.numbers + ExtremeValues.almostNumbers)
    ]

    private static let few = [
        "-1", "0", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e400", "NaN",
        "٣",
    ]

    private static let tags =
        ["*", "\"", "W/", "W/\"", "\"1", "1", ",", ""] + few.flatMap { ["\"\($0)\"", "W/\"\($0)\""] }

    private static let traces = [
        "00-00000000000000000000000000000000-0000000000000000-00",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-ff", "00-", "",
    ]
}
