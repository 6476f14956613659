"""`python -m local`: the whole pipeline on this machine."""

import argparse
import sys
from pathlib import Path

from local.run import Options, run

EXAMPLE = """\
example:
  python -m local --port 8080 --data .local
  make run ARGS="--port 0 --ready-file ready.json --no-samples"

A photo is uploaded with any Cloud Storage client; with Google's command line:
  CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=http://127.0.0.1:PORT/ CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true \\
    gcloud storage cp photo.jpg gs://darkroom-uploads/

Variables that are already set are used as they are: STORAGE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST and
GOOGLE_GEMINI_BASE_URL swap a part for another; GEMINI_API_KEY, GOOGLE_API_KEY or
GOOGLE_GENAI_USE_VERTEXAI bring in the real Gemini, which costs money; MODEL names the model.
"""


def _options(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="The whole pipeline on this machine: storage, queue, model, functions, page.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, help="of the page; 0 = any free one (default: 8080)")
    parser.add_argument(
        "--data", type=Path, default=Path(".local"), help="where photos and results lie (.local)"
    )
    parser.add_argument(
        "--ready-file", type=Path, help="written when all is up: JSON with every address and name"
    )
    parser.add_argument(
        "--workers", type=_positive, default=4, help="jobs worked on at the same time (4)"
    )
    parser.add_argument(
        "--no-samples", action="store_true", help="do not upload samples/ on the first start"
    )
    chosen = parser.parse_args(arguments)
    return Options(
        chosen.port, chosen.data, chosen.ready_file, chosen.workers, not chosen.no_samples
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(run(_options(sys.argv[1:])))
