import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Sends a film piece by piece, through whatever the network does meanwhile; returns the id of its video.
func upload(_ film: URL, title: String, to service: URL, token: String) async throws -> String {
    func ask(_ method: String, _ url: URL, _ body: Data? = nil, _ fields: [String: String] = [:]) async throws
        -> [String]
    {
        var request = URLRequest(url: url)
        (request.httpMethod, request.httpBody) = (method, body)
        let fields = fields.merging(["Authorization": "Bearer \(token)", "Tus-Resumable": "1.0.0"]) { $1 }
        request.allHTTPHeaderFields = fields
        // What comes from an http address always is one.
        let answer = try await URLSession.shared.data(for: request).1 as! HTTPURLResponse
        switch answer.statusCode {
        case 200..<300:
            return ["Location", "Upload-Offset", "Video-Id"].map { answer.value(forHTTPHeaderField: $0) ?? "" }
        case 409, 429, 500...: throw URLError(.badServerResponse)  // a moment later it goes on
        default: throw CocoaError(.userCancelled)  // sign in again
        }
    }
    let (bytes, name) = (try FileHandle(forReadingFrom: film), Data(title.utf8).base64EncodedString())
    let about = [
        "Upload-Length": "\(try bytes.seekToEnd())", "Upload-Metadata": "title \(name),filetype dmlkZW8vbXA0",
        "Idempotency-Key": UUID().uuidString,
    ]
    var begun: URL?
    while true {
        do {
            guard let upload = begun else {
                let answer = try await ask("POST", service.appending(path: "v1/uploads"), nil, about)
                begun = URL(string: answer[0], relativeTo: service)
                continue
            }
            let state = try await ask("HEAD", upload)
            if !state[2].isEmpty { return state[2] }
            try bytes.seek(toOffset: UInt64(state[1]) ?? 0)
            let piece = ["Upload-Offset": state[1], "Content-Type": "application/offset+octet-stream"]
            _ = try await ask("PATCH", upload, try bytes.read(upToCount: 8 << 20), piece)
            // Without a network, or a service, there is nothing to wait for but time.
        } catch is URLError { try await Task.sleep(for: .seconds(1)) }
    }
}
