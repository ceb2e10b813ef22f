; What protocol buffer sources take from elsewhere.
(import path: (string) @module)
