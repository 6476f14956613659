"""A trial of the real Gemini: what it does, against what this project assumes it does."""
