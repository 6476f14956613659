"""`make bench`: what a job costs beside its model, as ratios measured side by side in one run."""

import argparse

from bench import job

EXAMPLE = """\
example:
  make bench
  make bench ARGS="--rounds 15 --megapixels 24"
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds (7)")
    parser.add_argument("--megapixels", type=int, default=12, help="of the photo (12)")
    chosen = parser.parse_args()
    job.run(chosen.rounds, chosen.megapixels)


if __name__ == "__main__":
    main()
