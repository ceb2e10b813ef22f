; What Ruby sources take from elsewhere.
(call method: (identifier) @_require arguments: (argument_list . (string) @module) (#match? @_require "^(require|require_relative|load)$"))
