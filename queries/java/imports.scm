; What Java sources take from elsewhere.
(import_declaration (scoped_identifier) @module)
