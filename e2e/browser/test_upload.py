"""A browser's upload as video-service's README has it."""
import pathlib
import re
import urllib.parse

from chrome import page
from platform_client import Person

README = pathlib.Path(__file__).parents[2] / "services/video-service/README.md"
SIZE = 20_000_000  # three parts


def origin(person: Person) -> str:
    """Where parts are put."""
    about = {"filename": "f.mp4", "content_type": "video/mp4", "size": 1, "title": "f", "visibility": "private"}
    upload = person.ask("POST", "/v1/uploads/multipart", about).json["upload_id"]
    link = person.ask("POST", f"/v1/uploads/{upload}/parts", {"numbers": [1]}).json["parts"][0]["url"]
    assert person.ask("DELETE", f"/v1/uploads/{upload}").status == 204
    return "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(link))


def test_the_readmes_upload_of_a_browser_makes_a_video():
    sample = re.search("```js\n(.*?)```", README.read_text(), re.DOTALL)[1]
    person = Person()
    with page("about:blank") as opened:
        # Nothing is served here that is a page of somebody's own; what is allows no page to load anything.
        opened.send("Page.enable")
        opened.send("Page.setBypassCSP", enabled=True)
        address = f"{origin(person)}/.well-known/openid-configuration"
        opened.send("Page.navigate", url=address)
        while opened.evaluate("location.href + document.readyState") != f"{address}complete":
            pass
        made = opened.evaluate(
            f"(async () => {{ const token = {person.token!r}, bytes = new Uint8Array({SIZE}).map((_, at) => at * 31);"
            f"bytes.set([0, 0, 0, 24, ...new TextEncoder().encode('ftypisom\\x00\\x00\\x02\\x00isommp41')]);"  # as a film begins
            f"const file = new File([bytes], 'film.mp4', {{type: 'video/mp4'}}); {sample}"
            "const {url} = await (await fetch(`/v1/videos/${video.id}/playback`, {headers: {Authorization: `Bearer ${token}`}})).json();"
            "const played = new Uint8Array(await (await fetch(url)).arrayBuffer());"
            "return [video.state, played.length, played.every((byte, at) => byte === bytes[at])]; })()")
    assert made == ["ready", SIZE, True]
