#!/usr/bin/env python3
"""Writes user-service's list of common passwords: common-passwords.py OUTPUT, where zxcvbn==4.5.0 and django==5.2.19 are installed.

Lower case, ASCII (what is not is an encoding gone wrong in both lists), eight characters and more, sorted by octets.
"""
import gzip
import sys
from pathlib import Path

import django
from zxcvbn.frequency_lists import FREQUENCY_LISTS

OURS = ["changeme123", "correcthorsebatterystaple", "default123", "guest123", "hiroba123", "user1234"]

leaked = Path(django.__file__).with_name("contrib") / "auth" / "common-passwords.txt.gz"
lines = gzip.decompress(leaked.read_bytes()).decode().splitlines() + FREQUENCY_LISTS["passwords"] + OURS
chosen = {line.lower() for line in lines if len(line) >= 8 and line.isascii() and line.isprintable()}
Path(sys.argv[1]).write_text("".join(f"{line}\n" for line in sorted(chosen)))
