# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that boots without RouterOS: it writes one line to the first serial port and halts.

What a machine's first 512 bytes do is the one thing that all disks have in common, so this is what everything up to the
boot is tested with: ``python -m tests.chr.standin FILE``.
"""

from __future__ import annotations

import sys
from pathlib import Path

LINE = "stand-in: no RouterOS here"

_SECTOR = 512
#: Bytes of the disk.
_SIZE = 1 << 20

#: 16-bit code, which a BIOS loads to address 7c00; on the left the offset of each instruction.
_CODE = bytes.fromhex(
    "fa"  # 00      cli             nothing interrupts
    "fc"  # 01      cld             lodsb goes forward
    "31c0"  # 02    xor ax,ax
    "8ed8"  # 04    mov ds,ax       addresses count from 0
    "be227c"  # 06  mov si,7c22     the text behind this code
    "ac"  # 09      lodsb           its next byte; a zero ends it
    "84c0"  # 0a    test al,al
    "7411"  # 0c    jz 1f
    "88c3"  # 0e    mov bl,al
    "bafd03"  # 10  mov dx,3fd      the first serial port's status
    "ec"  # 13      in al,dx
    "a820"  # 14    test al,20      does it take a byte?
    "74fb"  # 16    jz 13
    "b2f8"  # 18    mov dl,f8       3f8, its data
    "88d8"  # 1a    mov al,bl
    "ee"  # 1c      out dx,al
    "ebea"  # 1d    jmp 09
    "f4"  # 1f      hlt
    "ebfd"  # 20    jmp 1f
)  # 22             the text


def sector(line: str = LINE) -> bytes:
    """The boot sector that writes *line*; raises ValueError for one that is too long."""
    whole = _CODE + line.encode("ascii") + b"\r\n\0"
    if len(whole) > _SECTOR - 2:
        raise ValueError(f"{len(line)} characters do not fit into a boot sector")
    return whole.ljust(_SECTOR - 2, b"\0") + b"\x55\xaa"


def write(path: Path, line: str = LINE) -> Path:
    """Write a raw disk that boots to *line*; returns its path."""
    path.write_bytes(sector(line).ljust(_SIZE, b"\0"))
    return path


if __name__ == "__main__":
    write(Path(sys.argv[1]))
