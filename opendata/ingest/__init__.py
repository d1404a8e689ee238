"""Reads a file that nobody vouches for, in a child process that may be killed at any moment.

`read.read_file` is the way in, `messages.describe` turns a finding into a sentence. This file imports nothing, because
the child imports the package too and must start fast and without Django.
"""
