"""Bytes that begin as a film does, since others never become one."""
import secrets

BEGINNING = b"\0\0\0\x18ftypisom\0\0\2\0isommp41"


def film(size: int) -> bytes:
    return BEGINNING + secrets.token_bytes(size - len(BEGINNING))
