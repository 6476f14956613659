"""Clients that are commands: rclone, which is built on Google's client for Go, and gcloud."""

import os
import subprocess
from pathlib import Path

from tests.local.clients.outcomes import Client, digest


def _output(command: list[str], stdin: Path | None = None) -> bytes:
    with (stdin or Path(os.devnull)).open("rb") as source:
        done = subprocess.run(command, stdin=source, capture_output=True, check=False, timeout=180)
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-600:])
    return done.stdout


def rclone(bucket: str, *options: str) -> Client:
    """rclone, told by its environment where the storage is."""
    root = f"local:{bucket}"

    def run(*arguments: str, stdin: Path | None = None) -> bytes:
        return _output(["rclone", "--config", os.devnull, *options, *arguments], stdin)

    return Client(
        small=lambda path: run("copyto", str(path), f"{root}/in/small"),
        large=lambda path: run("copyto", str(path), f"{root}/in/large"),
        stream=lambda path: run("rcat", f"{root}/in/stream", stdin=path),
        read=lambda: digest(run("cat", f"{root}/in/large")),
        range=lambda: run("cat", "--offset", "2", "--count", "4", f"{root}/in/small"),
        list=lambda: [f"in/{name}" for name in run("lsf", f"{root}/in").decode().split()],
        copy=lambda: run("copyto", f"{root}/in/large", f"{root}/copied"),
        delete=lambda: run("deletefile", f"{root}/in/small"),
    )


def gcloud(bucket: str, *options: str) -> Client:
    """Google's command; `options` are those of its uploads."""
    root = f"gs://{bucket}"

    def run(*arguments: str, stdin: Path | None = None) -> bytes:
        return _output(["gcloud", "storage", *arguments], stdin)

    def upload(path: Path) -> bytes:
        return run("cp", *options, str(path), f"{root}/in/")

    return Client(
        small=upload,
        large=upload,
        stream=lambda path: run("cp", "-", f"{root}/in/stream", stdin=path),
        read=lambda: digest(run("cat", f"{root}/in/large")),
        range=lambda: run("cat", "-r", "2-5", f"{root}/in/small"),
        list=lambda: [
            name.removeprefix(f"{root}/") for name in run("ls", f"{root}/in/").decode().split()
        ],
        copy=lambda: run("cp", f"{root}/in/large", f"{root}/copied"),
        delete=lambda: run("rm", f"{root}/in/small"),
    )
