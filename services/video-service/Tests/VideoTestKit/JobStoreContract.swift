public import DomainKit
import Foundation
public import VideoDomain

/// What `JobStore` promises, on an empty store.
public struct JobStoreContract<Jobs: JobStore & JobDesk>: Sendable {
    let jobs: Jobs
    /// Makes a video ready, whose bytes are so many.
    let ready: @Sendable (VideoID, UserID, Int64) async throws -> Void
    let takeDown: @Sendable (VideoID) async throws -> Void
    let remove: @Sendable (VideoID) async throws -> Void
    let shown: @Sendable (VideoID) async throws -> Processing?
    let owner = Sample.user()
    let life = Duration.seconds(60)

    public init(
        jobs: Jobs, ready: @escaping @Sendable (VideoID, UserID, Int64) async throws -> Void,
        takeDown: @escaping @Sendable (VideoID) async throws -> Void,
        remove: @escaping @Sendable (VideoID) async throws -> Void,
        shown: @escaping @Sendable (VideoID) async throws -> Processing?
    ) {
        self.jobs = jobs
        self.ready = ready
        self.takeDown = takeDown
        self.remove = remove
        self.shown = shown
    }

    public static var checks: [(name: String, run: @Sendable (Self) async throws -> Void)] {
        [
            ("a video that is ready is in the line, once", { try await $0.queuesOnce() }),
            ("one worker at a time has a job, and says how far it is", { try await $0.excludes() }),
            ("a worker that is not heard of is nobody's any more", { try await $0.goesOn() }),
            ("what is given back is had at once, and does not count", { try await $0.givesBack() }),
            ("what came to nothing waits, and is set aside in the end", { try await $0.postpones() }),
            ("a job whose workers die is set aside in the end", { try await $0.setsAsidePoison() }),
            ("what was set aside, skipped or done is tried again when asked for", { try await $0.retries() }),
            ("what is made is shown, and why not", { try await $0.shows() }),
            ("what is made so far is shown while it goes on", { try await $0.showsSoFar() }),
            ("what is watched stays until all that takes its place is there", { try await $0.keepsShowing() }),
            ("a newcomer's film goes before the many of another", { try await $0.isFair() }),
            ("a short film goes before a long one, and the long one is not forgotten", { try await $0.prefersShort() }),
            ("who takes small films alone passes large ones by", { try await $0.passesLarge() }),
            ("a video that is gone or taken down is nobody's job", { try await $0.letsGo() }),
            ("a thousand jobs of one owner are worked off in order, each once", { try await $0.keepsOrder() }),
        ]
    }

    private func add(of owner: UserID? = nil, size: Int64 = 1_000) async throws -> VideoID {
        let id = VideoID(UUID())
        try await ready(id, owner ?? self.owner, size)
        return id
    }

    private func claim(for life: Duration? = nil) async throws -> ProcessingJob {
        guard let job = try await jobs.claim(for: life ?? self.life, mostTries: 3) else {
            throw BrokenPromise(description: "broken promise: there is a job to be had")
        }
        return job
    }

    private func nothing() async throws -> Bool { try await jobs.claim(for: life, mostTries: 3) == nil }

    func queuesOnce() async throws {
        try hold(try await nothing(), "nothing is in an empty line")
        let id = try await add(size: 77)
        try hold(try await shown(id) == Processing(state: .queued), "it is shown as waiting")
        try await ready(id, owner, 77)
        let job = try await claim()
        try hold(job == ProcessingJob(videoID: id, size: 77, claim: 1, tries: 1), "it is as it was told")
        try hold(try await nothing(), "it is there once")
    }

    func excludes() async throws {
        let id = try await add()
        let job = try await claim()
        try hold(try await nothing(), "nobody else gets it")
        try hold(try await jobs.renew(job, progress: 0.25, for: life), "whoever has it keeps it")
        try hold(
            try await shown(id) == Processing(state: .running, progress: 0.25, claim: 1),
            "and it is shown how far it is")
        var foreign = job
        foreign.claim += 1
        for claim in [foreign.claim, 0, -1] {
            foreign.claim = claim
            try hold(try await !jobs.renew(foreign, progress: 0.5, for: life), "nobody else renews it")
            try hold(try await !jobs.giveBack(foreign), "nor gives it back")
            try hold(try await !jobs.postpone(foreign, for: .zero, fault: "x"), "nor puts it off")
            try hold(try await !jobs.finish(foreign, .sample, []), "nor finishes it")
            try hold(try await !jobs.skip(foreign, .empty, nil), "nor skips it")
        }
        try hold(try await shown(id)?.progress == 0.25, "and nothing has changed")
    }

    func goesOn() async throws {
        let id = try await add()
        let first = try await claim(for: .zero)
        try hold(try await shown(id)?.state == .queued, "once its time is over it is shown as waiting")
        let second = try await claim()
        try hold(second.videoID == id && second.claim == 2 && second.tries == 2, "the next one goes on")
        try hold(try await !jobs.renew(first, progress: 1, for: life), "the first one has it no more")
        try hold(try await !jobs.finish(first, .sample, []), "and shows nothing of what it made")
        try hold(try await jobs.finish(second, .sample, []), "the second one does")
        try hold(try await !jobs.finish(second, .sample, []), "once")
        try hold(try await nothing(), "and that was it")
    }

    func givesBack() async throws {
        let id = try await add()
        for _ in 0..<5 {
            let job = try await claim()
            try hold(job.videoID == id && job.tries == 1, "it counts as the first try")
            try hold(try await jobs.giveBack(job), "whoever has it gives it back")
            try hold(try await !jobs.giveBack(job), "once")
            try hold(try await shown(id)?.state == .queued, "it waits")
        }
    }

    func postpones() async throws {
        let (id, other) = (try await add(), try await add())
        let job = try await claim()
        try hold(job.videoID == id, "the first one first")
        try hold(try await jobs.postpone(job, for: .seconds(60), fault: "the disk was full"), "it is put off")
        try hold(try await claim().videoID == other, "and lets others pass")
        try hold(try await nothing(), "for a while")
        try hold(try await shown(id)?.state == .queued, "it waits")
        let third = try await add()
        let last = try await claim()
        try hold(try await jobs.postpone(last, for: nil, fault: "no more"), "without a pause it is set aside")
        let aside = try await jobs.setAside(limit: 10)
        try hold(aside == [SetAsideJob(videoID: third, tries: 1, fault: "no more")], "and told of")
        try hold(try await shown(third) == Processing(state: .failed, reason: .gaveUp, claim: 1), "and shown")
    }

    func setsAsidePoison() async throws {
        let id = try await add()
        let other = try await add()
        for tries in 1...3 {
            let job = try await claim(for: .zero)
            try hold(job.videoID == id && job.tries == tries, "each try counts")
        }
        try hold(try await claim().videoID == other, "then it is the next one's turn")
        try hold(
            try await shown(id) == Processing(state: .failed, reason: .gaveUp, claim: 3), "and it is shown as given up")
        try hold(try await jobs.setAside(limit: 10).map(\.videoID) == [id], "and told of")
    }

    func retries() async throws {
        let id = try await add()
        try hold(try await !jobs.retry(id), "what is in the line is there already")
        try hold(try await !jobs.retry(VideoID(UUID())), "and what is not there cannot be")
        for round in 1...3 {
            let job = try await claim()
            try hold(job.videoID == id && job.tries == 1 && job.claim == Int64(round), "with all its tries")
            switch round {
            case 1: _ = try await jobs.postpone(job, for: nil, fault: "x")
            case 2: _ = try await jobs.skip(job, .unreadable, nil)
            default: _ = try await jobs.finish(job, .sample, [])
            }
            try hold(try await nothing(), "it is out of the line")
            try hold(try await jobs.retry(id), "until it is put there again")
            try hold(try await shown(id)?.state == .queued, "and shown so")
            try hold(try await shown(id)?.reason == nil, "without a reason")
        }
    }

    func shows() async throws {
        let (good, bad, half) = (try await add(), try await add(), try await add())
        _ = try await jobs.finish(try await claim(), .sample, [.poster])
        try hold(
            try await shown(good)
                == Processing(
                    state: .done, progress: 1, claim: 1, measures: .sample, shown: Shown(claim: 1, made: [.poster])),
            "what was made is shown")
        _ = try await jobs.skip(try await claim(), .unreadable, nil)
        try hold(try await shown(bad) == Processing(state: .skipped, reason: .unreadable, claim: 1), "why not is shown")
        let sound = Measures(milliseconds: 1, width: nil, height: nil)
        _ = try await jobs.skip(try await claim(), .tooLong, sound)
        try hold(
            try await shown(half) == Processing(state: .skipped, reason: .tooLong, claim: 1, measures: sound),
            "with what is known all the same")
    }

    func showsSoFar() async throws {
        let id = try await add()
        let job = try await claim()
        _ = try await jobs.renew(job, progress: 0.5, for: life)
        try hold(try await jobs.show(job, .sample, [.poster]), "whoever has it shows something")
        var other = job
        other.claim += 1
        try hold(try await !jobs.show(other, .sample, []), "nobody else does")
        let shown = Shown(claim: 1, made: [.poster])
        try hold(
            try await self.shown(id)
                == Processing(state: .running, progress: 0.5, claim: 1, measures: .sample, shown: shown),
            "and it goes on")
        try hold(try await jobs.postpone(job, for: .zero, fault: "x"), "it comes to nothing in the end")
        try hold(try await self.shown(id)?.shown == shown, "and what was shown is")
    }

    func keepsShowing() async throws {
        let id = try await add()
        _ = try await jobs.finish(try await claim(), .sample, Set(Made.allCases))
        _ = try await jobs.retry(id)
        let job = try await claim()
        let other = Measures(milliseconds: 2, width: 3, height: 4)
        try hold(try await jobs.show(job, other, [.poster]), "the next one shows something")
        let former = Shown(claim: 1, made: Set(Made.allCases))
        try hold(try await shown(id)?.shown == former, "what there was is shown")
        try hold(try await shown(id)?.measures == other, "and what it measures")
        try hold(try await jobs.finish(job, other, [.poster, .ladder]), "the next one is done")
        try hold(try await shown(id)?.shown == Shown(claim: 2, made: [.poster, .ladder]), "and is shown")
    }

    func isFair() async throws {
        for _ in 0..<20 { _ = try await add(size: 2_000_000) }
        let newcomer = try await add(of: Sample.user(), size: 2_000_000)
        var place = 1
        while try await claim().videoID != newcomer { place += 1 }
        try hold(place <= 3, "it waited for \(place - 1)")
    }

    func prefersShort() async throws {
        let long = try await add(of: Sample.user(), size: 200_000_000)
        let short = try await add(of: Sample.user(), size: 1_000)
        try hold(try await claim().videoID == short, "the short one first")
        try hold(try await claim().videoID == long, "the long one then")
    }

    func passesLarge() async throws {
        var large: [VideoID] = []
        for _ in 0..<5 { large.append(try await add(of: Sample.user(), size: 1_001)) }
        try hold(try await jobs.claim(for: life, mostTries: 3, largest: 1_000) == nil, "there is no small one")
        let small = try await add(of: Sample.user(), size: 1_000)
        try hold(
            try await jobs.claim(for: life, mostTries: 3, largest: 1_000)?.videoID == small, "the first that is small")
        try hold(try await claim().videoID == large[0], "and the large ones are in the line as before")
    }

    func letsGo() async throws {
        let (gone, down) = (try await add(), try await add())
        let first = try await claim()
        try await remove(gone)
        try hold(try await !jobs.renew(first, progress: 0.1, for: life), "what is gone is lost")
        try hold(try await !jobs.finish(first, .sample, []), "and nothing is shown of it")
        let second = try await claim(for: .zero)
        try await takeDown(down)
        try hold(try await !jobs.renew(second, progress: 0.1, for: life), "what is taken down is lost")
        try hold(try await nothing(), "and nobody begins with it")
        try await ready(down, owner, 1_000)
        try hold(try await claim().videoID == down, "until it is put back")
    }

    func keepsOrder() async throws {
        var added: [VideoID] = []
        for _ in 0..<1_000 { added.append(try await add(size: 10)) }
        var done: [VideoID] = []
        while let job = try await jobs.claim(for: life, mostTries: 3) {
            done.append(job.videoID)
            _ = try await jobs.finish(job, .sample, [])
        }
        try hold(done == added, "in the order they came in")
    }
}

extension Measures {
    public static let sample = Measures(milliseconds: 61_500, width: 1_920, height: 1_080)
}
