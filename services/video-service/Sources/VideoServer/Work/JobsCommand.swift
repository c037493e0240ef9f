import ArgumentParser
import DomainKit
import Foundation
import Postgres
import ServiceKit
import VideoDomain
import VideoStorage

/// `jobs`: what was given up, and another try.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Print the videos that processing was given up for, the last first; or try one again.",
        discussion: "A line each: ID TRIES FAULT, the fault being what the last try ended with.")

    @Option(help: "Put this video into the line once more, also one that is done or was skipped.")
    var retry: String?

    func validate() throws {
        if let retry, VideoID(retry) == nil { throw ValidationError("--retry takes the id of a video.") }
    }

    func run() async throws {
        let (config, boot) = try VideoServer.boot()
        let database = PostgresClient(PostgresConfiguration(connectionString: config.databaseURL), logger: boot.logger)
        let jobs = PostgresJobStore(database: database)
        try await VideoServer.reporting(boot) {
            try await database.closing {
                guard let id = retry.flatMap({ VideoID($0) }) else {
                    for job in try await jobs.setAside(limit: 1_000) {
                        let fault = (job.fault ?? "the worker died").split(whereSeparator: \.isNewline)
                        print("\(job.videoID) \(job.tries) \(fault.joined(separator: " "))")
                    }
                    return
                }
                guard try await jobs.retry(id) else {
                    print("\(id) is in the line already, or there is no such video")
                    throw ExitCode(1)
                }
                print("\(id) is in the line")
            }
        }
    }
}
