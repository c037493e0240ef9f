import DomainKit
import Foundation
import Postgres
import VideoDomain

/// The SQL of processing jobs, and how a row becomes one. Leases run by the database's clock, the one all workers share.
enum JobQueries {
    /// Where it is told that there may be something to do.
    static let channel = "processing_jobs"

    /// The first in the line; in a video that is taken down nobody looks, which is asked of each it passes: joined, all videos would be. One
    /// that was tried too often is set aside by it. What somebody left who had it and is not heard of any more is to be removed.
    static func claim(for life: Duration, mostTries: Int, largest: Int64? = nil) -> SQL {
        let small: SQL = largest.map { "AND size <= \($0)" } ?? ""
        return """
            WITH next AS (
                SELECT video_id, owner_id, is_held AND claims IS DISTINCT FROM published AS has_left, claims AS former, tries >= \(mostTries) AS is_over
                FROM processing_jobs
                WHERE state = 'queued' AND due_at <= clock_timestamp()
                    AND (SELECT state = 'ready' \(sql: small) FROM videos WHERE id = video_id)
                ORDER BY turn, video_id LIMIT 1 FOR UPDATE SKIP LOCKED
            ), taken AS (
                UPDATE processing_jobs AS job SET
                    claims = CASE WHEN is_over THEN claims ELSE claims + 1 END,
                    tries = CASE WHEN is_over THEN tries ELSE tries + 1 END,
                    progress = 0, is_held = NOT is_over,
                    due_at = CASE WHEN is_over THEN due_at ELSE \(sql: moment(in: life)) END,
                    state = CASE WHEN is_over THEN 'failed' ELSE state END,
                    reason = CASE WHEN is_over THEN \(ProcessingReason.gaveUp.rawValue) END,
                    ended_at = CASE WHEN is_over THEN clock_timestamp() END
                FROM next WHERE job.video_id = next.video_id
                RETURNING job.video_id, job.claims, job.tries, is_over
            ), note AS (
                INSERT INTO abandoned_media (media_key, owner_id)
                SELECT \(sql: place("video_id", "former")), owner_id FROM next WHERE has_left
            )
            SELECT taken.video_id, size, claims, tries, is_over FROM taken JOIN videos ON videos.id = taken.video_id
            """
    }

    /// Where what was made under a claim is, as `MediaKey(madeOf:under:)` has it.
    private static func place(_ video: SQL, _ claim: SQL) -> SQL {
        "'renditions/' || \(sql: video) || '/' || \(sql: claim) || '/'"
    }

    /// A job that is still whose it is told to be, and of a video that is still to be seen.
    private static func isHeld(_ job: ProcessingJob) -> SQL {
        """
        video_id = \(job.videoID.uuid) AND claims = \(job.claim) AND is_held AND state = 'queued'
            AND EXISTS (SELECT FROM videos WHERE id = video_id AND state = 'ready')
        """
    }

    static func renew(_ job: ProcessingJob, progress: Double, for life: Duration) -> SQL {
        """
        UPDATE processing_jobs SET progress = \(progress), due_at = \(sql: moment(in: life))
        WHERE \(sql: isHeld(job)) RETURNING 1
        """
    }

    /// What is made under a claim, unless it is shown.
    private static let ownWorks: SQL = "NULLIF(claims, published)"
    /// What is shown, unless it was made under this claim.
    private static let formerWorks: SQL = "NULLIF(published, claims)"
    /// Whether there is something to be watched that was made under another claim.
    private static let isWatched: SQL = "held.published IS DISTINCT FROM held.claims AND 'ladder' = ANY (held.made)"
    /// Addresses of renditions are good for a day at most (`PlaybackGrant.life`).
    private static let lastAddress: SQL = "clock_timestamp() + interval '1 day'"

    /// Changes a job that is held; what was made under `claim`, of those the row has then, is to be removed.
    private static func change(
        _ job: ProcessingJob, _ change: SQL, removing claim: SQL, at due: SQL = "clock_timestamp()"
    ) -> SQL {
        """
        WITH held AS (
            SELECT video_id, owner_id, claims, published, made FROM processing_jobs WHERE \(sql: isHeld(job)) FOR UPDATE
        ), changed AS (
            UPDATE processing_jobs AS job SET \(sql: change) FROM held WHERE job.video_id = held.video_id
        ), note AS (
            INSERT INTO abandoned_media (media_key, owner_id, retry_at)
            SELECT \(sql: place("video_id", claim)), owner_id, \(sql: due) FROM held WHERE \(sql: claim) IS NOT NULL
        )
        SELECT 1 FROM held
        """
    }

    static func giveBack(_ job: ProcessingJob) -> SQL {
        change(
            job, "is_held = FALSE, due_at = clock_timestamp(), tries = job.tries - 1, progress = 0", removing: ownWorks)
    }

    static func postpone(_ job: ProcessingJob, for pause: Duration?, fault: String) -> SQL {
        guard let pause else {
            let change: SQL = """
                is_held = FALSE, state = 'failed', reason = \(ProcessingReason.gaveUp.rawValue), fault = \(fault),
                ended_at = clock_timestamp()
                """
            return self.change(job, change, removing: ownWorks)
        }
        return change(
            job, "is_held = FALSE, due_at = \(sql: moment(in: pause)), fault = \(fault), progress = 0",
            removing: ownWorks)
    }

    static func show(_ job: ProcessingJob, _ measures: Measures, _ made: Set<Made>) -> SQL {
        let change: SQL = """
            made = CASE WHEN \(sql: isWatched) THEN job.made ELSE \(names(made)) END,
            published = CASE WHEN \(sql: isWatched) THEN job.published ELSE job.claims END, \(sql: set(measures))
            """
        return self.change(
            job, change, removing: "CASE WHEN NOT (\(sql: isWatched)) THEN \(sql: formerWorks) END", at: lastAddress)
    }

    /// What was shown before is to be removed then.
    static func finish(_ job: ProcessingJob, _ measures: Measures, _ made: Set<Made>) -> SQL {
        let change: SQL = """
            is_held = FALSE, state = 'done', reason = NULL, progress = 1, tries = 0, fault = NULL,
            ended_at = clock_timestamp(), \(sql: set(measures, made))
            """
        return self.change(job, change, removing: formerWorks, at: lastAddress)
    }

    /// What was shown before stays.
    static func skip(_ job: ProcessingJob, _ reason: ProcessingReason, _ measures: Measures?) -> SQL {
        let change: SQL = """
            is_held = FALSE, state = 'skipped', reason = \(reason.rawValue), progress = 0, tries = 0, fault = NULL,
            ended_at = clock_timestamp()\(sql: measures.map { ", \(sql: set($0))" } ?? "")
            """
        return self.change(job, change, removing: ownWorks)
    }

    private static func set(_ measures: Measures, _ made: Set<Made>) -> SQL {
        "made = \(names(made)), published = job.claims, \(sql: set(measures))"
    }

    private static func names(_ made: Set<Made>) -> [String] { made.map(\.rawValue).sorted() }

    private static func set(_ measures: Measures) -> SQL {
        """
        duration_ms = \(measures.milliseconds), width = \(measures.width.map(Int32.init(clamping:))),
        height = \(measures.height.map(Int32.init(clamping:)))
        """
    }

    static func retry(_ video: VideoID) -> SQL {
        """
        WITH again AS (
            UPDATE processing_jobs AS job SET state = 'queued', reason = NULL, progress = 0, tries = 0, ended_at = NULL,
                queued_at = clock_timestamp(), due_at = clock_timestamp(),
                turn = processing_turn(videos.owner_id, videos.size)
            FROM videos WHERE videos.id = \(video.uuid) AND job.video_id = videos.id AND job.state <> 'queued' RETURNING 1
        )
        SELECT pg_notify(\(channel), '') FROM again
        """
    }

    static func setAside(limit: Int) -> SQL {
        """
        SELECT video_id, tries, fault FROM processing_jobs WHERE state = 'failed' ORDER BY ended_at DESC LIMIT \(limit)
        """
    }

    private static func moment(in time: Duration) -> SQL {
        "clock_timestamp() + make_interval(secs => \(time / .seconds(1)))"
    }
}

/// What is made of a video as a column of it: read with the video, in whatever asks for videos.
enum ProcessingColumn {
    /// Of `videos`, under that name. As text: no client has to know the row's type.
    static let column: SQL = """
        (SELECT ARRAY[
                CASE WHEN state = 'queued' AND is_held AND due_at > clock_timestamp() THEN 'running' ELSE state END,
                progress::text, COALESCE(reason, ''), claims::text, COALESCE(duration_ms::text, ''),
                COALESCE(width::text, ''), COALESCE(height::text, ''), COALESCE(published::text, '')] || made
            FROM processing_jobs WHERE video_id = videos.id) AS processing
        """

    /// Nil where there is none, and for a state that this version does not have.
    static func processing(_ texts: [String]?) -> Processing? {
        guard let texts, texts.count >= 8, let state = Processing.State(rawValue: texts[0]),
            let progress = Double(texts[1]), let claim = Int64(texts[3])
        else { return nil }
        let measures = Int64(texts[4]).map {
            Measures(milliseconds: $0, width: Int(texts[5]), height: Int(texts[6]))
        }
        return Processing(
            state: state, progress: state == .running || state == .done ? progress : 0,
            reason: ProcessingReason(rawValue: texts[2]), claim: claim, measures: measures,
            shown: Int64(texts[7]).map { Shown(claim: $0, made: Set(texts[8...].compactMap(Made.init))) })
    }
}
