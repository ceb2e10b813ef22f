; Symbols of Swift. What the captures mean: server/syntax/src/code.rs.
(lambda_literal) @local
(class_declaration declaration_kind: "extension" name: (_) @scope) @in
(class_declaration declaration_kind: "struct" name: (type_identifier) @name body: (class_body) @body) @def.struct
(class_declaration declaration_kind: "enum" name: (type_identifier) @name body: (enum_class_body) @body) @def.enum
(class_declaration name: (type_identifier) @name body: (class_body) @body) @def.class
(protocol_declaration name: (type_identifier) @name body: (protocol_body) @body) @def.interface
(protocol_function_declaration name: (simple_identifier) @name) @def.function
(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @def.field
(enum_entry name: (simple_identifier) @name) @def.variant
(function_declaration name: (simple_identifier) @name body: (function_body) @body) @def.function
(init_declaration name: "init" @name body: (function_body)? @body) @def.constructor
(property_declaration name: (pattern bound_identifier: (simple_identifier) @name) computed_value: (_) @body) @def.variable
(property_declaration name: (pattern bound_identifier: (simple_identifier) @name) value: (_)? @value) @def.variable
(typealias_declaration name: (type_identifier) @name) @def.type
