import WebSocketKit

/// Why a chat socket is closed (contract §4.1).
extension WebSocketCloseCode {
    static let badFrame = WebSocketCloseCode(4400)
    static let tokenMissingOrExpired = WebSocketCloseCode(4401)
    static let tooSlow = WebSocketCloseCode(4408)
    static let flooding = WebSocketCloseCode(4429)
}
