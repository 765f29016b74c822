"""The image `busybox`, made of this machine's own busybox.

Debian builds its busybox without wget's `-T`, and that build dies of the option by SIGSEGV. The
image `busybox` that manifests mean knows it, so ours gets it back by a script, and the machine's
own shell: busybox's would run its built-in wget, whatever lies in /bin.
"""

import subprocess
from pathlib import Path

from seatrial.images.build import DEFAULT_PATH, Directory, File, Link, archive_from_files
from seatrial.images.interface import ImageConfig
from seatrial.images.linked import needed_files

SHELL = Path("/bin/sh").resolve()
WGET = b"""#!/bin/sh
limit=900
for word do
  shift
  case "$limit,$word" in
    ,*) limit=$word ;;
    *,-T) limit= ;;
    *) set -- "$@" "$word" ;;
  esac
done
exec timeout "$limit" busybox wget "$@"
"""


def busybox_archive(busybox: Path, to: Path) -> None:
    """Write it as an archive that `seatrial image load` takes."""
    listing = subprocess.run([busybox, "--list"], capture_output=True, check=True, text=True)
    applets = sorted(set(listing.stdout.split()) - {"busybox", "wget", "sh"})
    libraries = {*needed_files(busybox), *needed_files(SHELL)}
    archive_from_files(
        to,
        reference="docker.io/library/busybox:latest",
        files=[
            File("/bin/busybox", busybox.read_bytes(), 0o755),
            File("/bin/wget", WGET, 0o755),
            File("/bin/sh", SHELL.read_bytes(), 0o755),
            *(Link(f"/bin/{applet}", "busybox") for applet in applets),
            *(File(str(path), path.read_bytes(), 0o755) for path in libraries),
            File("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"),
            Directory("/tmp", 0o1777),
        ],
        config=ImageConfig(command=("sh",), environment={"PATH": DEFAULT_PATH}),
    )
