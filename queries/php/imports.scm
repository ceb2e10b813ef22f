; What PHP sources take from elsewhere.
(namespace_use_declaration (namespace_use_clause [(qualified_name) (name)] @module))
(namespace_use_declaration (namespace_name) @module body: (namespace_use_group (namespace_use_clause . (name) @name)))
