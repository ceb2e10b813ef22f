; What Swift sources take from elsewhere.
(import_declaration (identifier) @module)
