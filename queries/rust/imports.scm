; What Rust sources take from elsewhere; trees of `use` are unfolded by imports.rs.
(use_declaration argument: (_) @module)
(extern_crate_declaration name: (identifier) @module)
