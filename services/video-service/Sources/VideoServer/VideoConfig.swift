public import DomainKit
public import Foundation
import ObjectStorage
import S3ObjectStorage
public import ServiceKit
public import VideoDomain

/// Every setting of the service, read once at start.
public struct VideoConfig: ServiceConfiguration {
    public let common: CommonSettings
    public let databaseURL: String
    public let redisURL: String
    public let tokens: TokenSettings
    public let identity: IdentitySettings
    public let media: Media
    public let limits: UploadLimits
    public let uploadsPerMinute: Int
    public let reportsPerMinute: Int
    public let sharesPerMinute: Int
    public let appealTime: Duration
    public let quotas: TierQuotas<VideoQuota>
    public let sweepInterval: Duration
    public let processing: Processing

    /// Where bytes are kept and how they are handed out.
    public struct Media: Sendable {
        public let storeURL: URL
        public let linkKey: Data
        public let linkLife: Duration
    }

    /// What `work` takes on.
    public struct Processing: Sendable {
        /// Jobs beside each other.
        public let lanes: Int
        /// Beside these, for small films alone.
        public let quickLanes: Int
        /// Bytes of the largest film that is small.
        public let quickFilm: Int64
        public let longestFilm: Duration
        /// Bytes of memory of each child.
        public let memoryBytes: Int
        /// Of each child.
        public let threads: Int
        /// Absolute.
        public let directory: String

        init(from settings: inout SettingsReader) {
            lanes = settings.integer(
                "PROCESSING_LANES", default: 1, in: 1...64, "Videos that a worker processes beside each other")
            quickLanes = settings.integer(
                "PROCESSING_QUICK_LANES", default: 1, in: 0...64,
                "Small videos that a worker processes beside these, so that they wait for no long one")
            quickFilm =
                Int64(
                    settings.integer(
                        "PROCESSING_QUICK_MIB", default: 64, in: 1...1_048_576,
                        "Size of the largest small video, in MiB"))
                << 20
            longestFilm = .seconds(
                3_600
                    * settings.integer(
                        "PROCESSING_MAX_HOURS", default: 12, in: 1...1_000,
                        "Hours of the longest film that is processed"))
            memoryBytes =
                settings.integer(
                    "PROCESSING_MEMORY_MIB", default: 4_096, in: 512...1_048_576,
                    "Address space of each of ffmpeg's processes, in MiB") << 20
            threads = settings.integer(
                "PROCESSING_THREADS", default: 2, in: 1...64, "Threads of each of ffmpeg's processes")
            directory = settings.string(
                "PROCESSING_DIRECTORY", default: "/var/tmp/hiroba-processing",
                "Where a worker keeps what it is making, and films of a bucket while it reads them")
            if !directory.hasPrefix("/") || directory == "/" {
                settings.note("PROCESSING_DIRECTORY", "must be an absolute path")
            }
        }
    }

    public init(from settings: inout SettingsReader) {
        common = CommonSettings(from: &settings, port: 8082, operationsPort: 9082)
        databaseURL = settings.secret(
            "DATABASE_URL", default: "postgres://video_service@127.0.0.1:15432/video_service", "Where PostgreSQL is")
        redisURL = settings.secret(
            "REDIS_URL", default: "redis://127.0.0.1:16379",
            "Redis that tells of bans and ended sessions at once, and counts for limits")
        tokens = TokenSettings(from: &settings, issuer: common.publicURL)
        identity = IdentitySettings(from: &settings, defaultClient: "video-service")
        media = Media(
            storeURL: Self.storeURL(from: &settings),
            linkKey: settings.secretKey("MEDIA_URL_KEY", byteCount: 32, "Signs the URLs of videos: 32 bytes in base64"),
            linkLife: settings.seconds(
                "MEDIA_URL_SECONDS", default: 300, in: 1...300, "How long a video's URL is good for"))
        limits = UploadLimits(
            mostBytes: Int64(
                settings.integer(
                    "MAX_UPLOAD_BYTES", default: 64 << 30, in: 1...(1 << 43), "Bytes of the largest video")),
            expiry: .seconds(
                3_600
                    * settings.integer(
                        "UPLOAD_EXPIRY_HOURS", default: 24, in: 1...8_760,
                        "Hours without progress after which an upload is given up")))
        uploadsPerMinute = settings.integer(
            "UPLOADS_PER_MINUTE", default: 60, in: 1...1_000_000, "Uploads begun by one account")
        reportsPerMinute = settings.integer(
            "REPORTS_PER_MINUTE", default: 10, in: 1...1_000_000, "Reports and appeals of one account")
        sharesPerMinute = settings.integer(
            "SHARES_PER_MINUTE", default: 60, in: 1...1_000_000, "Shares of videos made and taken back by one account")
        appealTime = .seconds(
            86_400
                * settings.integer(
                    "APPEAL_DAYS", default: 30, in: 1...3_650,
                    "Days a video that was taken down is kept, and its owner may appeal"))
        quotas = settings.quotas(
            "VIDEO_QUOTAS",
            default: "free uploads=3 videos=100 bytes=10GiB; member uploads=10 videos=2000 bytes=500GiB",
            "What each tier may have: uploads in flight, videos, their bytes; a tier that is not there as free")
        sweepInterval = settings.seconds(
            "SWEEP_SECONDS", default: 60, in: 1...86_400, "Pause between two rounds of housekeeping")
        processing = Processing(from: &settings)
    }

    /// Of a bucket all that can be known without asking for it.
    private static func storeURL(from settings: inout SettingsReader) -> URL {
        let url = settings.url("OBJECT_STORE_URL", schemes: ["file", "s3"], "Where the bytes of videos are kept")
        guard url.scheme == "s3" else { return url }
        do throws(ObjectStoreError) {
            _ = try S3Address(url.absoluteString)
        } catch {
            guard case .badAddress(let reason) = error else { return url }
            settings.note("OBJECT_STORE_URL", reason)
        }
        return url
    }
}
