#!/usr/bin/env python3
"""Prints what is said in a room, from a live socket: listen.py URL TOKEN ROOM [AFTER_SEQ] [--count N]; needs `websockets`."""
import argparse
import asyncio
import json

import websockets


async def listen(options: argparse.Namespace) -> None:
    headers = {"Authorization": f"Bearer {options.token}"}
    async with websockets.connect(options.url, subprotocols=["chat.v1"], additional_headers=headers) as socket:
        subscribe = {"op": "subscribe", "id": 1, "room_id": options.room, "after_seq": options.after_seq}
        await socket.send(json.dumps(subscribe))
        seen = 0
        async for text in socket:
            frame = json.loads(text)
            if frame["op"] == "error":
                raise SystemExit(frame["problem"]["detail"])
            if frame["op"] == "message":
                print(f"{frame['seq']}  {frame['sender_id']}  {frame['body']}", flush=True)
                seen += 1
            if options.count and seen >= options.count:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("room")
    parser.add_argument("after_seq", nargs="?", type=int, default=0)
    parser.add_argument("--count", type=int, default=0, help="stop after so many messages; 0 never stops")
    asyncio.run(listen(parser.parse_args()))


if __name__ == "__main__":
    main()
