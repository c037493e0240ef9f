import ArgumentParser
import ServiceKit

/// `work`: makes of videos what there is to be made.
struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Work off what is to be made of videos, until SIGTERM.",
        discussion: """
            Measures of films are read, and posters and renditions made, by ffmpeg's programs as confined children; the log says at the \
            start how strongly. As many may run beside each other as one likes. One that stops gives its job back at once.
            """)

    func run() async throws {
        let (config, boot) = try VideoServer.boot()
        try await VideoServer.reporting(boot) { try await VideoWorker(config, boot).host(boot).run() }
    }
}
