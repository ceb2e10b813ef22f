; What TypeScript and JavaScript sources take from elsewhere.
(import_statement source: (string) @module)
(import_statement (import_clause (named_imports (import_specifier name: (_) @name))) source: (string) @module)
(import_statement (import_require_clause source: (string) @module))
(export_statement source: (string) @module)
(call_expression function: (import) arguments: (arguments . (string) @module))
(call_expression function: (identifier) @_require arguments: (arguments . (string) @module) (#eq? @_require "require"))
