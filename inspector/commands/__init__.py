"""The verbs of the command line: a class each, with its options and what it runs.

    arguments -> registry.parse -> (command, options) -> command.run(options) -> exit status

`command` has what all verbs share, `source` what those share that load something. `parser` and `values` turn text into
checked options, `loading` turns options into settings. A bad command line ends the program with status 2 and one line.
A verb is imported when it is run, and what it takes long to import is imported in its `run`.
"""
