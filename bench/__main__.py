"""`make bench`: ratios measured side by side in one run.

job: what a job costs beside its model. gallery: what the page's answers cost among many records.
"""

import argparse

from bench import gallery, job

EXAMPLE = """\
example:
  make bench
  make bench ARGS="job --rounds 15 --megapixels 24"
  make bench ARGS="gallery"
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("which", nargs="?", choices=("job", "gallery"), default="job")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds (7)")
    parser.add_argument("--megapixels", type=int, default=12, help="of the photo of a job (12)")
    chosen = parser.parse_args()
    if chosen.which == "job":
        job.run(chosen.rounds, chosen.megapixels)
    else:
        gallery.run(chosen.rounds)


if __name__ == "__main__":
    main()
