"""What all functions do; without the news about Python's age.

From three months before a Python's last day on, Google's clients warn of it each time they are
imported. Nobody who reads a log or a terminal of ours can do anything about it; whoever can reads
docs/dates.md, which has these days.
"""

import warnings

warnings.filterwarnings(
    "ignore",
    r"You are using a (non-supported )?Python version",
    FutureWarning,
    r"google\.api_core\._python_version_support",
)
