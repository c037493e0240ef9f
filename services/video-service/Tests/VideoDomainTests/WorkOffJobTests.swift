import DomainKit
import Foundation
import PlatformTesting
import Synchronization
import Testing
import VideoDomain
import VideoTestKit

@Suite("Jobs in memory")
struct InMemoryJobsTests {
    typealias Contract = JobStoreContract<InMemoryJobs>

    @Test("keep the contract", arguments: Contract.checks.map(\.name))
    func contract(_ name: String) async throws {
        let jobs = InMemoryJobs(clock: TestClock())
        try await #require(Contract.checks.first { $0.name == name }).run(
            Contract(
                jobs: jobs, ready: { await jobs.makeReady($0, of: $1, size: $2) },
                takeDown: { await jobs.takeDown($0) },
                remove: { await jobs.remove($0) }, shown: { await jobs.processing(of: $0) }))
    }
}

@Suite("A worker")
struct WorkOffJobTests {
    let clock = TestClock()
    let jobs: InMemoryJobs
    let video = VideoID(UUID())
    private let kept = KeptNames()

    init() async {
        jobs = InMemoryJobs(clock: clock)
        await jobs.makeReady(video, of: Sample.user(), size: 10)
    }

    private func worker(
        limits: FilmLimits = FilmLimits(), leaseLife: Duration = .seconds(60), patience: Duration = .seconds(60),
        _ film: @escaping @Sendable () async throws -> Film
    ) -> WorkOffJob<InMemoryJobs, NoFilms, ScriptedStudio, NoPlaces, KeptNames> {
        WorkOffJob(
            jobs: jobs,
            process: ProcessVideo(
                source: NoFilms(), studio: ScriptedStudio(tell: film), places: NoPlaces(), media: kept, limits: limits,
                patience: Patience(most: patience, pause: .milliseconds(5))),
            terms: ProcessingTerms(
                leaseLife: leaseLife, firstPause: .seconds(10), mostTries: 3,
                patience: Patience(most: patience, pause: .milliseconds(5))))
    }

    private static func film(
        seconds: Int64 = 60, width: Int = 160, height: Int = 120, rotation: Int = 0, pointWidth: Double = 1
    ) -> Film {
        Film(
            milliseconds: seconds * 1_000,
            pictures: Film.Pictures(
                index: 0, codec: "h264", codedWidth: width, codedHeight: height, rotation: rotation,
                pointWidth: pointWidth), sounds: [])
    }

    @Test func `with nothing to do does nothing`() async throws {
        await jobs.remove(video)
        #expect(try await worker { Self.film() }() == nil)
    }

    @Test func `shows what a film is, turned as it is shown`() async throws {
        let done = try await worker { Self.film(width: 1_920, height: 1_080, rotation: 90) }()
        #expect(done?.end == .done)
        let shown = await jobs.processing(of: video)
        #expect(shown?.shown == Shown(claim: 1, made: [.poster, .thumbnails, .ladder]))
        let place = "renditions/\(video)/1/"
        let steps = ["1080p", "720p", "480p", "360p"].flatMap { ["\($0).mp4", "\($0).m3u8"] }
        let names = ["poster.jpg", "thumbnails.jpg", "thumbnails.vtt"] + steps + ["master.m3u8"]
        #expect(await kept.keys == names.map { place + $0 }, "the list of all comes last")
        #expect(shown?.state == .done && shown?.measures == Measures(milliseconds: 60_000, width: 1_080, height: 1_920))
    }

    @Test(
        "says why nothing is made of a film, and what it is",
        arguments: [
            (film(seconds: 0), ProcessingReason.empty, false), (film(seconds: 86_400), .tooLong, true),
            (film(width: 16_000), .tooLarge, true), (film(height: 8_193), .tooLarge, true),
            (film(width: 2_000, pointWidth: 10), .tooLarge, true), (film(width: 0), .unreadable, true),
            (Film(milliseconds: 5, pictures: nil, sounds: []), .noTracks, true),
        ])
    func skips(_ film: Film, _ reason: ProcessingReason, _ isMeasured: Bool) async throws {
        let done = try await worker { film }()
        #expect(done?.end == .skipped && done?.reason == reason)
        let shown = await jobs.processing(of: video)
        #expect(shown?.state == .skipped && shown?.reason == reason && (shown?.measures != nil) == isMeasured)
    }

    @Test func `takes a film at each limit, and sound alone`() async throws {
        for film in [
            Self.film(seconds: 43_200), Self.film(width: 8_192, height: 8_192),
            Film(milliseconds: 1, pictures: nil, sounds: [Film.Sound(index: 0, codec: "aac", channels: 2)]),
        ] {
            await jobs.makeReady(VideoID(UUID()), of: Sample.user(), size: 10)
            #expect(try await worker { film }()?.end == .done)
        }
    }

    @Test func `leaves a film that cannot be read alone, at once`() async throws {
        let done = try await worker { throw Unprocessable(.unreadable) }()
        #expect(done?.end == .skipped && done?.reason == .unreadable)
    }

    @Test func `tries again later what went wrong otherwise, and gives up in the end`() async throws {
        struct DiskFull: Error {}
        for (tries, pause) in [(1, 10.0), (2, 40)] {
            let done = try await worker { throw DiskFull() }()
            #expect(done?.end == .postponed && done?.job.tries == tries && done?.fault == "DiskFull()")
            #expect(await jobs.processing(of: video)?.state == .queued)
            clock.advance(by: .seconds(pause - 1))
            #expect(try await worker { Self.film() }() == nil)
            clock.advance(by: .seconds(1))
        }
        #expect(try await worker { throw DiskFull() }()?.end == .failed)
        #expect(await jobs.processing(of: video)?.reason == .gaveUp)
        #expect(await jobs.setAside(limit: 9).first?.fault == "DiskFull()")
    }

    @Test func `that is stopped gives its job back, and another one does it`() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let stopped = Task {
            try await worker {
                begin.yield()
                try await Task.sleep(for: .seconds(600))
                return Self.film()
            }()
        }
        for await _ in begun { break }
        stopped.cancel()
        #expect(try await stopped.value?.end == .returned)
        let done = try await worker { Self.film() }()
        #expect(done?.end == .done && done?.job.tries == 1)
    }

    @Test func `that lost its job stops and shows nothing`() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let slow = Task {
            try await worker(leaseLife: .milliseconds(50)) {
                begin.yield()
                try await Task.sleep(for: .seconds(600))
                return Self.film()
            }()
        }
        for await _ in begun { break }
        // As if it had been asleep for longer than its lease.
        clock.advance(by: .seconds(3_600))
        let other = try await worker { Self.film() }()
        #expect(other?.end == .done || other == nil)
        if other == nil { await jobs.remove(video) }  // it had renewed just then
        #expect(try await slow.value?.end == .lost)
    }

    @Test func `goes on while the store of jobs is away for a while, and tells of it afterwards`() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let release = Mutex(false)
        let running = Task {
            try await worker(leaseLife: .milliseconds(100)) {
                begin.yield()
                while !release.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
                return Self.film()
            }()
        }
        for await _ in begun { break }
        await jobs.setAway(true)
        try await until("renewals fail, for longer than a lease") { await jobs.renewals > 20 }
        release.withLock { $0 = true }
        try await until("renewals fail on") { await jobs.renewals > 40 }
        #expect(await kept.keys == [], "nothing is kept while somebody else may have it")
        await jobs.setAway(false)
        #expect(try await running.value?.end == .done)
        #expect(await jobs.processing(of: video)?.shown?.made == [.poster, .thumbnails, .ladder])
    }

    @Test func `gives up when the store of jobs stays away`() async throws {
        let running = Task {
            try await worker(leaseLife: .milliseconds(50), patience: .milliseconds(200)) {
                try await Task.sleep(for: .seconds(600))
                return Self.film()
            }()
        }
        try await until("it runs") { await jobs.processing(of: video)?.state == .running }
        await jobs.setAway(true)
        let failure = await #expect(throws: Failure.self) { try await running.value }
        #expect(failure?.kind == .unavailable)
    }

    @Test func `what is done is told once the store of jobs is back`() async throws {
        let jobs = jobs
        let running = Task {
            try await worker {
                await jobs.setAway(true)
                throw Unprocessable(.unreadable)
            }()
        }
        try await until("the store is away") { await jobs.isAway }
        await jobs.setAway(false)
        #expect(try await running.value?.end == .skipped)
    }

    @Test func `what is made is kept once the store of media is back, and tried again later when it stays away`()
        async throws
    {
        await kept.goAway(for: 7)
        #expect(try await worker { Self.film() }()?.end == .done)
        _ = await jobs.retry(video)
        await kept.goAway(for: .max)
        let done = try await worker(patience: .milliseconds(20)) { Self.film() }()
        #expect(done?.end == .postponed && done?.fault?.contains("object-store") == true)
    }

    @Test func `renews as long as it works, and tells how far it is`() async throws {
        let release = Mutex(false)
        let running = Task {
            try await worker(leaseLife: .milliseconds(100)) {
                while !release.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
                return Self.film()
            }()
        }
        try await until("it runs") { await jobs.processing(of: video)?.state == .running }
        for _ in 0..<20 {
            clock.advance(by: .milliseconds(50))
            try await until("it is renewed") { await jobs.renewals > 0 }
            await jobs.forgetRenewals()
            #expect(await jobs.processing(of: video)?.state == .running)
        }
        release.withLock { $0 = true }
        #expect(try await running.value?.end == .done)
    }
}

/// Lends nothing: the studio knows what it will say.
private struct NoFilms: FilmSource {
    func withFilm<Value: Sendable>(
        _ key: MediaKey, _ body: @Sendable (FilmFile) async throws -> Value
    ) async throws -> Value {
        try await body(FilmFile(path: "/" + key.text))
    }
}

private struct ScriptedStudio: FilmStudio {
    let tell: @Sendable () async throws -> Film

    func film(in file: FilmFile) async throws -> Film { try await tell() }

    func poster(of film: Film, in file: FilmFile, to picture: FilmFile) async throws {}

    func canCopy(_ film: Film, in file: FilmFile) async throws -> Bool { true }

    func renditions(
        _ ladder: Ladder, of film: Film, in file: FilmFile, to place: Workplace,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> MultivariantPlaylist {
        progress(1)
        return MultivariantPlaylist(
            variants: ladder.rungs.map {
                .init(
                    playlist: "\($0.name).m3u8", peakBits: 1, averageBits: 1, codec: "avc1.640015", width: $0.width,
                    height: $0.height, frameRate: nil)
            },
            sounds: ladder.sounds.indices.map {
                .init(
                    playlist: "sound-\($0 + 1).m3u8", peakBits: 1, averageBits: 1, codec: "mp4a.40.2", channels: 2,
                    language: nil)
            })
    }

    func sheet(_ strip: ThumbnailStrip, of film: Film, in file: FilmFile, to picture: FilmFile) async throws {}
}

private struct NoPlaces: Workplaces {
    func withWorkplace<Value: Sendable>(_ body: @Sendable (Workplace) async throws -> Value) async throws -> Value {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try await body(Workplace(path: directory.path(percentEncoded: false)))
    }
}

private actor KeptNames: MadeMedia {
    private(set) var keys: [String] = []
    private var away = 0

    func goAway(for puts: Int) { away = puts }

    func put(_ file: FilmFile, as key: MediaKey, once confirmed: @escaping @Sendable () async throws -> Void)
        async throws
    {
        if away > 0 {
            away -= 1
            throw Failure.unavailable("object-store")
        }
        try await confirmed()
        keys.append(key.text)
    }
}
