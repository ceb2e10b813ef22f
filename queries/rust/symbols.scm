; Symbols of Rust. What the captures mean: server/syntax/src/code.rs.
(block) @local
(impl_item type: (_) @scope) @in
(mod_item name: (identifier) @name body: (declaration_list)? @body) @def.module
(struct_item name: (type_identifier) @name body: (field_declaration_list) @body) @def.struct
(struct_item name: (type_identifier) @name) @def.struct
(enum_item name: (type_identifier) @name body: (enum_variant_list) @body) @def.enum
(enum_variant name: (identifier) @name value: (_)? @value) @def.variant
(union_item name: (type_identifier) @name body: (field_declaration_list) @body) @def.union
(field_declaration name: (field_identifier) @name) @def.field
(trait_item name: (type_identifier) @name body: (declaration_list) @body) @def.interface
(type_item name: (type_identifier) @name type: (_) @value) @def.type
(associated_type name: (type_identifier) @name) @def.type
(function_item name: (identifier) @name body: (block) @body) @def.function
(function_signature_item name: (identifier) @name) @def.function
(const_item name: (identifier) @name value: (_)? @value) @def.constant
(static_item name: (identifier) @name value: (_)? @value) @def.variable
(macro_definition name: (identifier) @name) @def.macro
