; What Bash sources take from elsewhere.
(command name: (command_name) @_source . argument: (_) @module (#match? @_source "^([.]|source)$"))
