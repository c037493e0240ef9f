import Foundation

/// Two releases beside each other: of every service one replica runs the older programs, and one the programs under test.
struct Release: Sendable {
    let name: String
    /// Where its replica of each service listens, past the gateway.
    let user: String
    let video: String
    let chat: String
    let chatPort: Int

    /// The replicas that stay as they are until the end.
    static let old = Release(
        name: "old", userPort: 8081, videoPort: Platform.videoPorts[0], chatPort: Platform.chatPorts[0])
    /// The replicas that go first.
    static let new = Release(
        name: "new", userPort: 8086, videoPort: Platform.videoPorts[1], chatPort: Platform.chatPorts[1])

    /// Each of the two with the other beside it.
    static let bothWays = [(old, new), (new, old)]

    /// The folder of the older programs; nil where no rollout is asked for.
    static let previousPrograms = ProcessInfo.processInfo.environment["HIROBA_PREVIOUS"]

    private init(name: String, userPort: Int, videoPort: Int, chatPort: Int) {
        self.name = name
        user = "http://127.0.0.1:\(userPort + Platform.portOffset)"
        video = "http://127.0.0.1:\(videoPort)"
        chat = "http://127.0.0.1:\(chatPort)"
        self.chatPort = chatPort
    }
}
