"""A real browser plays what was made of a film."""
import json
import pathlib
import time

import pytest
from chrome import page
from made_films import film
from platform_client import Person

PLAYER = (pathlib.Path(__file__).parent / "player.js").read_text()
SECONDS = 20


@pytest.fixture(scope="module")
def processed() -> tuple[Person, dict]:
    """Who sent a film, and how it is played once all is made of it."""
    person = Person()
    video = person.upload(film(SECONDS, "640x360"))
    for _ in range(600):
        about = person.ask("GET", f"/v1/videos/{video}").json
        if about["processing"]["state"] not in ("queued", "running"):
            break
        time.sleep(0.2)  # for what a worker does there is no event
    assert about["processing"]["state"] == "done", about
    return person, person.ask("GET", f"/v1/videos/{video}/playback").json


@pytest.fixture
def player(processed):
    """A page of the platform's own origin, with the player in it."""
    with page("about:blank") as opened:
        # As the page of an application would; nothing served here lets a page run anything.
        opened.send("Page.enable")
        opened.send("Page.setBypassCSP", enabled=True)
        # Addresses of media begin with this one, whatever name people know the platform by.
        address = processed[1]["hls_url"].split("/media/")[0] + "/.well-known/openid-configuration"
        opened.send("Page.navigate", url=address)
        while opened.evaluate("location.href + document.readyState") != f"{address}complete":
            pass
        opened.evaluate(PLAYER + "; globalThis.Player = Player; 0")
        opened.evaluate(f"(async () => {{ globalThis.player = await Player.open({json.dumps(processed[1]['hls_url'])}) }})()")
        yield opened


def test_a_page_plays_the_ladder_changes_the_rung_in_the_middle_and_seeks(player):
    assert player.evaluate("player.rungs.every(rung => MediaSource.isTypeSupported(rung.type))")
    assert player.evaluate("player.rungs.length") == 2
    # Eight seconds of the first rung, the rest of the second, as when a line gets slow.
    player.evaluate(f"(async () => {{ await player.take(0, 0, 8); await player.take(1, 8, {SECONDS}); await player.takeSound(); }})()")
    pictures, sound = (player.evaluate(f"player.ranges(player.{name}Buffer)") for name in ("picture", "sound"))
    # No hole where the rungs meet, both from the first moment on.
    for ranges in (pictures, sound):
        assert len(ranges) == 1 and ranges[0][0] <= 0.05 and abs(ranges[0][1] - SECONDS) < 0.2, (pictures, sound)
    player.evaluate("player.end()")
    assert abs(player.evaluate("player.element.duration") - SECONDS) < 0.2
    assert player.evaluate("player.play(6.5, 9.5)") == ["640x360", "426x240"]
    assert player.evaluate("player.stalls") == 0
    assert player.evaluate("player.play(15, 16)") == ["426x240"], "forwards"
    assert player.evaluate("player.play(1, 2)") == ["640x360"], "and back"
    assert player.evaluate(f"player.play({SECONDS} - 1, {SECONDS} + 1).then(() => player.element.ended)"), "to the end"


def test_a_page_shows_the_words_that_came_with_it(player):
    shown = player.evaluate(
        "(async () => { const track = document.createElement('track');"
        "track.src = URL.createObjectURL(new Blob([player.words], {type: 'text/vtt'}));"
        "track.track.mode = 'hidden'; player.element.append(track);"
        "await new Promise((done, failed) => { track.onload = done; track.onerror = failed; });"
        "return Array.from(track.track.cues, cue => [cue.startTime, cue.endTime, cue.text]); })()")
    assert shown == [[2, 4, "こんにちは"]]


def test_a_page_finds_the_small_picture_of_a_moment(processed, player):
    small = player.evaluate(
        f"(async () => {{ const address = {json.dumps(processed[1]['thumbnails_url'])};"
        "const text = await (await fetch(address)).text();"
        "const [, name, ...box] = text.match(/00:00:10.000 --> .*\\n(.*)#xywh=(\\d+),(\\d+),(\\d+),(\\d+)/);"
        "const image = new Image(); image.src = new URL(name, address).href; await image.decode();"
        "return [image.width, image.height, ...box.map(Number)]; })()")
    width, height, x, y, across, down = small
    assert (across, down) == (160, 90) and x + across <= width and y + down <= height and (x, y) == (0, 90)
