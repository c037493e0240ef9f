// What a page needs to play a ladder without native HLS: the playlists of RFC 8216 as video-service writes them, and Media Source
// Extensions. The test that puts it into a page calls `Player.open`.
class Player {
    static async open(address) {
        const player = new Player();
        await player.#open(address);
        return player;
    }

    async #open(address) {
        const lines = (await this.#text(address)).split("\n");
        if (lines[0] !== "#EXTM3U") throw new Error(`no playlist: ${lines[0]}`);
        const attribute = (line, name) => (line.match(new RegExp(`[:,]${name}=("([^"]*)"|([^,]*))`)) ?? []).slice(2).find(Boolean);
        const beside = name => new URL(name, address).href;
        this.rungs = [];
        for (const [index, line] of lines.entries()) {
            if (!line.startsWith("#EXT-X-STREAM-INF:")) continue;
            const [video] = attribute(line, "CODECS").split(",");
            this.rungs.push({type: `video/mp4; codecs="${video}"`, ...await this.#track(beside(lines[index + 1]))});
        }
        const sound = lines.find(line => line.startsWith("#EXT-X-MEDIA:TYPE=AUDIO"));
        const words = lines.find(line => line.startsWith("#EXT-X-MEDIA:TYPE=SUBTITLES"));
        this.sound = {type: 'audio/mp4; codecs="mp4a.40.2"', ...await this.#track(beside(attribute(sound, "URI")))};
        this.words = await this.#text(beside(attribute(words, "URI").replace(".m3u8", ".vtt")));

        this.element = document.body.appendChild(document.createElement("video"));
        this.element.muted = true;
        this.stalls = 0;
        const source = this.source = new MediaSource();
        this.element.src = URL.createObjectURL(source);
        await new Promise(done => source.addEventListener("sourceopen", done, {once: true}));
        this.pictureBuffer = source.addSourceBuffer(this.rungs[0].type);
        this.soundBuffer = source.addSourceBuffer(this.sound.type);
        this.shown = null;
    }

    async #text(address) {
        const answer = await fetch(address);
        if (answer.status !== 200) throw new Error(`${answer.status} for ${address}`);
        return answer.text();
    }

    /** The beginning of a media playlist's file, and its segments: where each is in the file and for which time. */
    async #track(address) {
        const track = {segments: []};
        let [place, seconds, at] = [0, 0, 0];
        for (const line of (await this.#text(address)).split("\n")) {
            const map = line.match(/^#EXT-X-MAP:URI="([^"]+)",BYTERANGE="(\d+)@(\d+)"$/);
            const range = line.match(/^#EXT-X-BYTERANGE:(\d+)(?:@(\d+))?$/);
            if (map) [track.file, track.map] = [new URL(map[1], address).href, {start: +map[3], length: +map[2]}];
            if (line.startsWith("#EXTINF:")) seconds = parseFloat(line.slice(8));
            if (range) {
                const start = range[2] === undefined ? place : +range[2];
                track.segments.push({start, length: +range[1], from: at, to: at + seconds});
                [place, at] = [start + +range[1], at + seconds];
            }
        }
        return track;
    }

    async #append(buffer, file, {start, length}) {
        const answer = await fetch(file, {headers: {Range: `bytes=${start}-${start + length - 1}`}});
        if (answer.status !== 206) throw new Error(`${answer.status} for bytes ${start} and on of ${file}`);
        const bytes = await answer.arrayBuffer();
        if (bytes.byteLength !== length) throw new Error(`${bytes.byteLength} bytes instead of ${length}`);
        const done = new Promise((good, bad) => {
            buffer.addEventListener("updateend", good, {once: true});
            buffer.addEventListener("error", () => bad(new Error("the browser takes no such bytes")), {once: true});
        });
        buffer.appendBuffer(bytes);
        await done;
    }

    /** Takes the pictures of a rung for a time, from its beginning on when that was another one before. */
    async take(rung, from, to) {
        const track = this.rungs[rung];
        if (this.shown !== rung) {
            if (this.shown !== null) this.pictureBuffer.changeType(track.type);
            await this.#append(this.pictureBuffer, track.file, track.map);
            this.shown = rung;
        }
        for (const segment of track.segments) {
            if (segment.from >= from - 0.5 && segment.from < to - 0.5) await this.#append(this.pictureBuffer, track.file, segment);
        }
    }

    async takeSound() {
        await this.#append(this.soundBuffer, this.sound.file, this.sound.map);
        for (const segment of this.sound.segments) await this.#append(this.soundBuffer, this.sound.file, segment);
    }

    ranges(buffer) {
        return Array.from({length: buffer.buffered.length}, (_, at) => [buffer.buffered.start(at), buffer.buffered.end(at)]);
    }

    end() {
        this.source.endOfStream();
        this.element.addEventListener("waiting", () => this.stalls++);
    }

    /** Plays from a moment until another one, and answers the sizes that were seen on the way. */
    async play(from, until) {
        const sizes = [], element = this.element;
        element.currentTime = from;
        await new Promise(done => element.addEventListener("seeked", done, {once: true}));
        this.stalls = 0;
        // Of pictures that were shown: the one of before the jump may still stand.
        const see = (_, picture) => {
            const size = `${picture.width}x${picture.height}`;
            if (picture.mediaTime >= from - 0.05 && sizes.at(-1) !== size) sizes.push(size);
            element.requestVideoFrameCallback(see);
        };
        element.requestVideoFrameCallback(see);
        await element.play();
        const limit = performance.now() + 30_000;
        while (element.currentTime < until && !element.ended) {
            if (element.error) throw new Error(element.error.message);
            if (performance.now() > limit) throw new Error(`stands at ${element.currentTime}`);
            await new Promise(done => setTimeout(done, 20));
        }
        element.pause();
        return sizes;
    }
}
