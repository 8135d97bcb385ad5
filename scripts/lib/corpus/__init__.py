"""The working parts of scripts/corpus: each module has one concern, and `__main__` puts them together."""
