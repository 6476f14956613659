"""`python -m local`: the whole pipeline on this machine."""

import argparse
import sys
import time
from pathlib import Path

from local import signals
from local.emulator import access

BEGAN = time.monotonic()  # before the clients are imported, which is most of the start

EXAMPLE = """\
example:
  python -m local --port 8080 --data .local
  make run ARGS="--port 0 --ready-file ready.json --no-samples"

Upload a photo with any Cloud Storage client, for example Google's command line:
  export CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=http://127.0.0.1:PORT/
  export CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true
  gcloud storage cp photo.jpg gs://darkroom-uploads/

Variables that are already set are kept: STORAGE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST and
GOOGLE_GEMINI_BASE_URL use another emulator; GEMINI_API_KEY, GOOGLE_API_KEY or
GOOGLE_GENAI_USE_VERTEXAI use the real Gemini, which costs money; MODEL names the model.
"""


def main(arguments: list[str]) -> int:
    """Run the local cloud until Ctrl-C or SIGTERM."""
    signals.exit_on_signal()
    parser = _parser()
    chosen = parser.parse_args(arguments)
    access.allow(chosen.allow_host)
    from local.run import Options, run  # here, as it takes seconds and --help needs none of it

    return run(
        Options(
            port=chosen.port,
            data=chosen.data,
            ready_file=chosen.ready_file,
            workers=chosen.workers,
            samples=not chosen.no_samples,
            one_write_a_second=chosen.one_write_a_second,
        ),
        BEGAN,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="The whole pipeline on this machine: storage, queue, model, functions, page.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=_port, help="port of the page; 0 = any free (default: 8080)")
    parser.add_argument(
        "--data", type=Path, default=Path(".local"), help="folder of photos and results (.local)"
    )
    parser.add_argument(
        "--ready-file", type=Path, help="write addresses and names to this JSON file once all runs"
    )
    parser.add_argument(
        "--workers", type=_positive, default=4, help="jobs that run at the same time (4)"
    )
    parser.add_argument(
        "--no-samples", action="store_true", help="do not upload samples/ on the first start"
    )
    parser.add_argument(
        "--one-write-a-second",
        action="store_true",
        help="refuse a second write of an object within a second, as Cloud Storage does",
    )
    parser.add_argument(
        "--allow-host",
        type=_host,
        action="append",
        default=[],
        metavar="NAME",
        help="also accept requests for this host name, such as host.docker.internal",
    )
    return parser


def _host(text: str) -> str:
    if not access.is_host_name(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a host name (give it without a port)")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
