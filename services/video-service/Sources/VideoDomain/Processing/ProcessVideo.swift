/// Makes of a video what there is to be made, and shows it: measures, a poster and small pictures as soon as there are any, the rest at
/// once in the end.
///
/// Fails: `Unprocessable`; as its ports, and then it can be tried again: what was not shown is never seen.
public struct ProcessVideo<Source: FilmSource, Studio: FilmStudio, Places: Workplaces, Media: MadeMedia>: Sendable {
    let source: Source
    let studio: Studio
    let places: Places
    let media: Media
    let limits: FilmLimits
    /// With the store of what is made.
    let patience: Patience

    public init(
        source: Source, studio: Studio, places: Places, media: Media, limits: FilmLimits,
        patience: Patience = Patience()
    ) {
        self.patience = patience
        self.source = source
        self.studio = studio
        self.places = places
        self.media = media
        self.limits = limits
    }

    /// What came of it.
    enum Outcome: Sendable {
        case made(Measures, Set<Made>)
        case nothing(ProcessingReason, Measures?)
    }

    /// `progress` is told how far it is, from 0 to 1; `show` shows what there is so far.
    func callAsFunction(
        _ job: ProcessingJob, _ held: HeldJob, progress: @escaping @Sendable (Double) -> Void,
        show: @escaping @Sendable (Measures, Set<Made>) async throws -> Void
    ) async throws -> Outcome {
        do {
            return try await source.withFilm(job.source) { file in
                let film = try await studio.film(in: file)
                if let reason = limits.refusal(of: film) {
                    return .nothing(reason, film.milliseconds > 0 ? film.measures : nil)
                }
                return try await places.withWorkplace { place in
                    let pictures = try await makePictures(of: film, in: file, place, job, held)
                    if !pictures.isEmpty { try await show(film.measures, pictures) }
                    try await makeRenditions(of: film, in: file, place, job, held, progress)
                    return .made(film.measures, pictures.union([.ladder]))
                }
            }
        } catch let unprocessable as Unprocessable {
            return .nothing(unprocessable.reason, nil)
        }
    }

    private func makePictures(
        of film: Film, in file: FilmFile, _ place: Workplace, _ job: ProcessingJob, _ held: HeldJob
    ) async throws -> Set<Made> {
        guard film.pictures != nil else { return [] }
        let poster = place.file(RenditionName.poster)
        try await studio.poster(of: film, in: file, to: poster)
        try await keep(poster, RenditionName.poster, job, held)
        guard let strip = ThumbnailStrip(of: film) else { return [.poster] }
        let sheet = place.file(RenditionName.sheet)
        do {
            try await studio.sheet(strip, of: film, in: file, to: sheet)
        } catch is Unprocessable {
            // Its other pictures may be fit to be seen all the same.
            return [.poster]
        }
        let map = place.file(RenditionName.thumbnails)
        try place.write(strip.webVTT(sheet: RenditionName.sheet), to: map)
        try await keep(sheet, RenditionName.sheet, job, held)
        try await keep(map, RenditionName.thumbnails, job, held)
        return [.poster, .thumbnails]
    }

    private func makeRenditions(
        of film: Film, in file: FilmFile, _ place: Workplace, _ job: ProcessingJob, _ held: HeldJob,
        _ progress: @escaping @Sendable (Double) -> Void
    ) async throws {
        let ladder = Ladder(of: film, canCopy: try await studio.canCopy(film, in: file))
        let playlist = try await studio.renditions(ladder, of: film, in: file, to: place, progress: progress)
        for (rendition, kind) in playlist.variants.map({ ($0.playlist, ".mp4") })
            + playlist.sounds.map({ ($0.playlist, ".mp4") }) + playlist.subtitles.map({ ($0.playlist, ".vtt") })
        {
            for name in [rendition.replacing(".m3u8", with: kind), rendition] {
                try await keep(place.file(name), name, job, held)
            }
        }
        let choice = place.file(RenditionName.playlist)
        try place.write(playlist.text, to: choice)
        try await keep(choice, RenditionName.playlist, job, held)
    }

    private func keep(_ file: FilmFile, _ name: String, _ job: ProcessingJob, _ held: HeldJob) async throws {
        try await patience.insist {
            try await media.put(file, as: MediaKey(name, madeOf: job.videoID, under: job.claim)) {
                try await held.confirm()
            }
        }
    }
}

/// How what is made of a film is called, under the claim it was made under.
public enum RenditionName {
    public static let poster = "poster.jpg"
    public static let thumbnails = "thumbnails.vtt"
    public static let playlist = "master.m3u8"
    public static let sheet = "thumbnails.jpg"
}
