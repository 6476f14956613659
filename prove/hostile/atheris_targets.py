"""The same targets for Atheris, which is guided by coverage; it need not be installed.

example: python -m prove.hostile.atheris_targets "job files" -max_total_time=300 -rss_limit_mb=2048
"""

import importlib.util
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

_OURS = ["shared", "tomllib", "json", "PIL"]  # whose branches guide it


def main(arguments: list[str]) -> int:
    """Fuzz one target; libFuzzer's own options follow its name. 0 if Atheris is not installed."""
    if importlib.util.find_spec("atheris") is None:
        print("skipped: Atheris is not installed (pip install atheris, in another environment)")
        return 0
    import atheris

    with atheris.instrument_imports(include=_OURS):
        from prove.hostile.target import judged
        from prove.hostile.targets import ALL
    targets = {target.name: target for target in ALL}
    target = targets.get(arguments[0] if arguments else "")
    if target is None:
        print(f"name one of these targets: {', '.join(targets)}")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        for seed in target.seeds():
            (Path(folder) / sha256(seed).hexdigest()[:16]).write_bytes(seed)
        kept = f"-artifact_prefix={tempfile.gettempdir()}/"
        atheris.Setup(
            [sys.argv[0], folder, kept, *arguments[1:]], lambda data: judged(target, data)
        )
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
