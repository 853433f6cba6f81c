"""Other formats to the records of the wire contract: one format a file, or a few files with one prefix.

An adapter is pure. It gets a file's bytes and returns lines of a replay file beside what a person must
know about them; the command line opens files and prints. An identity never depends on where a record
stood, on the file's name or on its encoding, so that a file that is sent again counts nothing twice.
"""
