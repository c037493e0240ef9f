#!/usr/bin/env python3
"""What making a ladder costs: the worker, and ffmpeg by hand doing the same work, one after the other; a line of results each.

bench-transcode.py ADDRESS TOKENS WORKER_PID FOLDER [--seconds N]: ADDRESS is video-service's, TOKENS a file whose first line is one.
CPU is that of the worker with all its children, and of ffmpeg; per minute of film and rung.
"""
import argparse
import base64
import json
import os
import pathlib
import resource
import subprocess
import threading
import time
import urllib.request

SIZE, STEPS = (1280, 720), (("720", 1280, 2_800_000), ("480", 852, 1_400_000), ("360", 640, 800_000), ("240", 426, 400_000))
HLS = ["-f", "hls", "-hls_time", "4", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-hls_flags", "single_file"]
QUIET = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-threads", "2"]


def make_film(path: pathlib.Path, seconds: int) -> None:
    """Pictures with as much motion and detail as a camera has, and no place to begin but the first: all of it has to be coded anew."""
    subprocess.run(
        QUIET + ["-f", "lavfi", "-i", f"testsrc2=size={SIZE[0]}x{SIZE[1]}:rate=30:duration={seconds}", "-f", "lavfi", "-i",
                 f"sine=frequency=440:duration={seconds}", "-vf", "noise=alls=12:allf=t", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20",
                 "-g", "9999", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "256k", str(path)], check=True)


def by_hand(film: pathlib.Path, folder: pathlib.Path, seconds: int) -> None:
    """A poster, a sheet of small pictures, and the ladder from one decoding."""
    folder.mkdir(exist_ok=True)
    subprocess.run(
        QUIET + ["-ss", str(seconds / 10), "-i", film, "-frames:v", "1", "-vf", "thumbnail=25", "-q:v", "3", "-update", "1", "poster.jpg"],
        check=True, cwd=folder)
    subprocess.run(
        QUIET + ["-skip_frame", "nokey", "-i", film, "-frames:v", "1", "-vf", f"fps=1,scale=160:90,tile=10x{-(-seconds // 10)}", "-q:v", "4",
                 "-update", "1", "sheet.jpg"], check=True, cwd=folder)
    graph = f"[0:v]split={len(STEPS)}" + "".join(f"[s{name}]" for name, _, _ in STEPS)
    graph += "".join(f";[s{name}]scale={width}:{name}:flags=bicubic[v{name}]" for name, width, _ in STEPS)
    words = QUIET + ["-i", film, "-filter_complex", graph]
    for name, _, bits in STEPS:
        words += ["-map", f"[v{name}]", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-maxrate", str(bits), "-bufsize", str(2 * bits),
                  "-force_key_frames", "expr:gte(t,n_forced*4)", "-sc_threshold", "0", "-threads", "2", *HLS, "-hls_segment_filename",
                  f"{name}.mp4", f"{name}.m3u8"]
    words += ["-map", "0:a", "-c:a", "aac", "-b:a", "128k", *HLS, "-hls_segment_filename", "sound.mp4", "sound.m3u8"]
    subprocess.run(words, check=True, cwd=folder)


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Watched:
    """CPU seconds of a process and of all that descend from it, looked at again and again: what a sandbox leaves unwaited for nobody counts."""

    def __init__(self, pid: int):
        self.pid, self.used, self.over = pid, {}, threading.Event()
        self.look()
        self.before = dict(self.used)
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def look(self) -> None:
        parents, used = {}, {}
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                name, fields = int(path.parent.name), path.read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[name], used[name] = int(fields[1]), (fields[19], sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK"))
        for name, (start, seconds) in used.items():
            ancestor = name
            while ancestor not in (0, self.pid):
                ancestor = parents.get(ancestor, 0)
            if ancestor == self.pid:
                self.used[name, start] = seconds

    def watch(self) -> None:
        while not self.over.wait(0.05):
            self.look()

    def end(self) -> float:
        self.look()
        self.over.set()
        self.thread.join()
        return sum(self.used.values()) - sum(self.before.values())


def ask(address: str, token: str, method: str = "GET", data: bytes | None = None, **fields: str):
    request = urllib.request.Request(address, method=method, data=data, headers={"Authorization": f"Bearer {token}", **fields})
    return urllib.request.urlopen(request, timeout=120)


def by_worker(address: str, token: str, pid: int, film: pathlib.Path) -> tuple[float, float]:
    """CPU seconds and seconds of the clock from the upload's last byte until all is made."""
    used, data = Watched(pid), film.read_bytes()
    title = base64.b64encode(b"bench").decode()
    with ask(address + "/v1/uploads", token, "POST", data, **{
            "Tus-Resumable": "1.0.0", "Upload-Length": str(len(data)), "Upload-Metadata": f"filename {title},title {title}",
            "Content-Type": "application/offset+octet-stream"}) as answer:
        video = answer.headers["Video-Id"]
    start = time.monotonic()
    while True:
        with ask(f"{address}/v1/videos/{video}", token) as answer:
            processing = json.load(answer)["processing"]
        if processing["state"] not in ("queued", "running"):
            break
        time.sleep(0.1)
    took = time.monotonic() - start
    cpu = used.end()
    assert processing["state"] == "done", processing
    return cpu, took


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__)
    for name in ("address", "tokens", "worker_pid", "folder"):
        told.add_argument(name)
    told.add_argument("--seconds", type=int, default=60)
    told = told.parse_args()
    folder = pathlib.Path(told.folder)
    film = folder / f"transcode-{told.seconds}.mp4"
    if not film.exists():
        make_film(film, told.seconds)
    token = pathlib.Path(told.tokens).read_text().split()[0]
    worker, clock = by_worker(told.address, token, int(told.worker_pid), film)
    before, start = cpu_of_children(), time.monotonic()
    by_hand(film, folder / "by-hand", told.seconds)
    hand, hand_clock = cpu_of_children() - before, time.monotonic() - start
    per = told.seconds / 60 * len(STEPS)
    for target, cpu, took in (("hiroba-video", worker, clock), ("ffmpeg by hand", hand, hand_clock)):
        print(json.dumps({"scenario": "transcode", "target": target, "cpu_s_per_minute_rung": {"server": round(cpu / per, 2)},
                          "film_s_per_s": round(told.seconds / took, 2), "ratio": round(worker / hand, 3)}))


main()
