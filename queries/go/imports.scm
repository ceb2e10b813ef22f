; What Go sources take from elsewhere.
(import_spec path: (_) @module)
