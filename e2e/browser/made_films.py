"""Films that a browser can play, made by ffmpeg."""
import subprocess
import tempfile


def film(seconds: int, size: str) -> bytes:
    """Moving pictures of `size`, a tone, and words from the second second on."""
    with tempfile.TemporaryDirectory(prefix="hiroba-film-") as folder:
        with open(f"{folder}/words.srt", "w", encoding="utf-8") as words:
            words.write("1\n00:00:02,000 --> 00:00:04,000\nこんにちは\n")
        subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error",
             "-f", "lavfi", "-i", f"testsrc=size={size}:rate=25:duration={seconds}",
             "-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", "-i", f"{folder}/words.srt",
             # A picture to begin with only now and then: this has to be coded anew.
             "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "250", "-c:a", "aac", "-c:s", "mov_text",
             "-metadata:s:s:0", "language=jpn", f"{folder}/film.mp4"],
            check=True)
        with open(f"{folder}/film.mp4", "rb") as made:
            return made.read()
