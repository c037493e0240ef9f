import DomainKit
import Foundation
import VideoDomain

extension LibraryContract {
    private var moderator: Viewer { Viewer(id: Sample.user(), roles: ["user", "moderator"], expiresAt: now) }

    private func removal(_ reason: String = "Not theirs", until seconds: TimeInterval = 1_000) throws -> Removal {
        Removal(reason: try Statement(reason), by: Sample.user(), at: now, eraseAt: now + seconds)
    }

    private func removed(until seconds: TimeInterval = 1_000) async throws -> Video {
        let video = try await add(ready: true).video
        guard case .done(let removed) = try await removals.remove(video.id, try removal(until: seconds), version: nil)
        else { throw BrokenPromise(description: "what is ready can be taken down") }
        return removed
    }

    private func appeal(_ text: String = "It is mine", after seconds: TimeInterval = 1) throws -> Appeal {
        Appeal(id: AppealID(UUID()), text: try Statement(text), at: now + seconds)
    }

    private func report(_ video: VideoID, by user: UserID, after seconds: TimeInterval = 0) async throws -> Reporting {
        try await reports.report(
            VideoReport(
                id: ReportID(UUID()), videoID: video, reporterID: user, reason: try Statement("No"), at: now + seconds))
    }

    func takesDown() async throws {
        let (video, _) = try await add(ready: true)
        guard case .changed = try await removals.remove(video.id, try removal(), version: 1) else {
            return try hold(false, "not at a former version, where one is named")
        }
        guard case .done(let down) = try await removals.remove(video.id, try removal(), version: 2) else {
            return try hold(false, "at its version")
        }
        try hold(down.state == .removed && down.version == 3, "it is another version of the video")
        try hold(try await videos.find(video.id, visibleTo: Sample.viewer()) == nil, "strangers see it no more")
        try hold(try await videos.find(video.id, visibleTo: Viewer(owner)) == down, "its owner does")
        try hold(try await videos.find(video.id, visibleTo: moderator) == down, "and who looks after the platform")
        let stored = try await removals.removal(of: video.id)
        try hold(stored?.reason.text == "Not theirs" && stored?.appeal == nil, "with the reason")
        guard case .done(let again) = try await removals.remove(video.id, try removal(), version: nil) else {
            return try hold(false, "again is success")
        }
        try hold(again.version == 3, "and nothing new")
        guard case .done(let anew) = try await removals.remove(video.id, try removal("Violent"), version: nil) else {
            return try hold(false, "another reason is success")
        }
        try hold(anew.version == 4, "and another version")
        try hold(try await removals.removal(of: video.id)?.reason.text == "Violent", "with that reason")
        let (unfinished, _) = try await add()
        for id in [unfinished.id, VideoID(UUID())] {
            guard case .absent = try await removals.remove(id, try removal(), version: nil) else {
                return try hold(false, "what is not ready is not taken down")
            }
        }
    }

    func putsBack() async throws {
        let video = try await removed()
        guard case .changed = try await removals.putBack(video.id, by: owner, at: now, version: 1) else {
            return try hold(false, "not at a former version")
        }
        guard case .done(let back) = try await removals.putBack(video.id, by: owner, at: now, version: video.version)
        else { return try hold(false, "at its version") }
        try hold(back.state == .ready && back.version == video.version + 1, "it is ready, and another version")
        try hold(try await videos.find(video.id, visibleTo: Sample.viewer()) == back, "strangers see it again")
        try hold(try await removals.removal(of: video.id) == nil, "and nothing is left of it")
        guard case .done(back) = try await removals.putBack(video.id, by: owner, at: now, version: nil) else {
            return try hold(false, "again changes nothing")
        }
        guard case .absent = try await removals.putBack(VideoID(UUID()), by: owner, at: now, version: nil) else {
            return try hold(false, "what is not there is absent")
        }
    }

    func hearsAppeals() async throws {
        let video = try await removed()
        let mine = try appeal()
        try hold(try await removals.appeal(video.id, mine) == .made(mine), "the first is heard")
        try hold(try await removals.appeal(video.id, try appeal("Really")) == .already(mine), "and no other")
        try hold(try await removals.removal(of: video.id)?.appeal == mine, "as it was made")
        let seen = try await videos.find(video.id, visibleTo: Viewer(owner))
        try hold(seen?.version == video.version + 1, "it is another version of the video")
        let verdict = Verdict(by: Sample.user(), at: now + 5, answer: try Statement("No"))
        guard case .changed = try await removals.decide(video.id, .rejected, verdict, version: 1) else {
            return try hold(false, "not decided at a former version")
        }
        guard case .done = try await removals.decide(video.id, .rejected, verdict, version: nil) else {
            return try hold(false, "decided")
        }
        let decided = try await removals.removal(of: video.id)?.appeal
        try hold(
            decided?.state == .rejected && decided?.decidedAt == now + 5 && decided?.answer?.text == "No",
            "as it was said")
        guard case .decided = try await removals.decide(video.id, .granted, verdict, version: nil) else {
            return try hold(false, "once")
        }
        let other = try await removed()
        _ = try await removals.appeal(other.id, try appeal())
        guard case .done(let back) = try await removals.decide(other.id, .granted, verdict, version: nil) else {
            return try hold(false, "granted")
        }
        try hold(back.state == .ready, "which puts the video back")
        try hold(try await removals.removal(of: other.id) == nil, "and leaves nothing of it")
        try await refusesAppeals(verdict)
    }

    private func refusesAppeals(_ verdict: Verdict) async throws {
        let ready = try await add(ready: true).video
        try hold(try await removals.appeal(ready.id, try appeal()) == .notRemoved, "nothing to appeal against")
        let late = try await removed(until: 5)
        try hold(try await removals.appeal(late.id, try appeal(after: 5)) == .tooLate, "the time is over")
        guard case .absent = try await removals.decide(late.id, .granted, verdict, version: nil) else {
            return try hold(false, "there is nothing to decide")
        }
    }

    func findsOverdueRemovals() async throws {
        let due = try await removed(until: 5)
        let waiting = try await removed(until: 6)
        _ = try await removals.appeal(waiting.id, try appeal())
        let ids = { (time: Date) in try await removals.overdueRemovals(at: time, limit: 10).map(\.id) }
        try hold(try await ids(now + 5).isEmpty, "not before its time")
        try hold(try await ids(now + 7) == [due.id], "and not while an appeal is open")
        _ = try await removals.decide(waiting.id, .rejected, Verdict(by: owner, at: now), version: nil)
        try hold(try await ids(now + 7) == [due.id, waiting.id], "the oldest first")
        try hold(
            try await removals.overdueRemovals(at: now + 7, limit: 1).map(\.id) == [due.id], "as many as asked for")
        let found = try await removals.overdueRemovals(at: now + 7, limit: 10)
        for video in found { _ = try await videos.delete(video.id, version: video.version) }
        try hold(try await ids(now + 7).isEmpty, "and what goes is due no more")
        try hold(try await removals.removal(of: due.id) == nil, "nor kept")
    }

    func takesReports() async throws {
        let (video, person) = (try await add(ready: true).video.id, Sample.user())
        guard case .made(let first) = try await report(video, by: person) else { return try hold(false, "a report") }
        try hold(try await report(video, by: person, after: 9) == .already(first), "the same person's is the first one")
        guard case .made = try await report(video, by: Sample.user()) else {
            return try hold(false, "another's is not")
        }
        let stored = try await reports.report(first.id)
        try hold(stored?.report == first && stored?.video.id == video, "it is found with its video")
        try hold(try await reports.report(ReportID(UUID())) == nil, "and nothing else is")
        let (unfinished, down) = (try await add().video.id, try await removed().id)
        for id in [unfinished, down, VideoID(UUID())] {
            try hold(try await report(id, by: person) == .absent, "what is not ready is not reported")
        }
    }

    func showsReportedToModerators() async throws {
        let video = try await add("secret", .private, ready: true).video.id
        try hold(try await videos.find(video, visibleTo: moderator) == nil, "a private video is nobody else's")
        guard case .made(let mine) = try await report(video, by: Sample.user()) else {
            return try hold(false, "reported")
        }
        try hold(try await videos.find(video, visibleTo: moderator) != nil, "until somebody reports it")
        try hold(try await videos.find(video, visibleTo: Sample.viewer()) == nil, "which shows it to nobody else")
        try hold(
            try await videos.list(try VideoQuery(viewer: moderator, owner: owner), PageRequest()).items.isEmpty,
            "and in no list")
        _ = try await reports.dismiss(mine.id, Verdict(by: owner, at: now))
        try hold(try await videos.find(video, visibleTo: moderator) == nil, "and until that is decided")
    }

    func decidesReports() async throws {
        let video = try await add(ready: true).video.id
        var made: [ReportID] = []
        for _ in 0..<3 {
            guard case .made(let one) = try await report(video, by: Sample.user()) else { continue }
            made.append(one.id)
        }
        let judge = Sample.user()
        let dismissed = try await reports.dismiss(made[0], Verdict(by: judge, at: now + 1))
        try hold(
            dismissed?.report.decision == .dismissed && dismissed?.report.decidedBy == judge
                && dismissed?.report.decidedAt == now + 1, "by whom, and when")
        try hold(try await reports.dismiss(made[0], Verdict(by: judge, at: now + 2)) == nil, "once")
        _ = try await removals.remove(video, try removal(), version: nil)
        for id in made.dropFirst() {
            try hold(
                try await reports.report(id)?.report.decision == .removed,
                "what is taken down decides all that are open")
        }
        try hold(try await reports.report(made[0])?.report.decision == .dismissed, "and no other")
        let down = try await videos.find(video, visibleTo: Viewer(owner))
        _ = try await videos.delete(video, version: down?.version ?? 0)
        try hold(try await reports.report(made[1]) == nil, "reports go with their video")
    }

    func pagesReports() async throws {
        var (ids, videoIDs): ([ReportID], [VideoID]) = ([], [])
        for index in 0..<5 {
            let video = try await add(ready: true).video.id
            guard case .made(let made) = try await report(video, by: Sample.user(), after: TimeInterval(index / 2))
            else {
                continue
            }
            ids.append(made.id)
            videoIDs.append(video)
        }
        var (seen, after): ([ReportID], Cursor?) = ([], nil)
        repeat {
            let page = try await reports.reports(ReportQuery(state: .open), PageRequest(limit: 2, after: after))
            seen += page.items.map(\.report.id)
            after = page.next
        } while after != nil
        try hold(Set(seen) == Set(ids) && seen.count == 5, "each once")
        _ = try await reports.dismiss(ids[0], Verdict(by: owner, at: now))
        let list = { (query: ReportQuery) in try await reports.reports(query, PageRequest()).items.map(\.report.id) }
        try hold(try await list(ReportQuery(state: .decided)) == [ids[0]], "those that are decided")
        try hold(try await Set(list(ReportQuery(state: .open))) == Set(ids.dropFirst()), "those that are not")
        try hold(try await list(ReportQuery()).count == 5, "all of them")
        try hold(try await list(ReportQuery(video: videoIDs[3])) == [ids[3]], "those of one video")
        do {
            _ = try await reports.reports(ReportQuery(), PageRequest(after: Cursor(["x"])))
            try hold(false, "a foreign cursor is refused")
        } catch let failure as Failure {
            try hold(failure.kind == .invalidInput, "as bad input")
        }
    }
}
