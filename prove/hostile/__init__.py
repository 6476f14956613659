"""Everything that comes from outside, made to do harm: files, names, words, messages."""
