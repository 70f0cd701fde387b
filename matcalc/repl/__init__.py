"""The conversation at the terminal, and the words in which answers are reported to a person."""
