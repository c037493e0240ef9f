/// HTTP/1.1 requests as bytes, and the little that is read of responses.
enum HTTP {
    static func request(
        _ method: String, _ path: String, port: Int, token: String? = nil, fields: [(String, String)] = [],
        body: String = ""
    ) -> [UInt8] {
        var lines = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        if let token { lines += "Authorization: Bearer \(token)\r\n" }
        for (name, value) in fields { lines += "\(name): \(value)\r\n" }
        if method != "GET" && !fields.contains(where: { $0.0 == "Content-Length" }) {
            lines += "Content-Length: \(body.utf8.count)\r\n"
        }
        return Array((lines + "\r\n" + body).utf8)
    }

    /// The head of a response.
    struct Head {
        var status: Int
        var bodyLength: Int
        var fields: [String: String]

        /// Nil while the head is not whole. Names are in lower case.
        init?(_ bytes: UnsafeRawBufferPointer, length: inout Int) {
            guard let end = bytes.offset(after: "\r\n\r\n") else { return nil }
            length = end
            let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
            status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
            fields = [:]
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                fields[line[..<colon].lowercased()] = String(value)
            }
            bodyLength = fields["content-length"].flatMap { Int($0) } ?? 0
        }
    }
}
