// WebSocketKit
