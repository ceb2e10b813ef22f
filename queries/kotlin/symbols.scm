; Symbols of Kotlin. What the captures mean: server/syntax/src/code.rs.
(lambda_literal) @local
(anonymous_initializer) @local
(class_declaration "interface" name: (identifier) @name (class_body)? @body) @def.interface
(class_declaration name: (identifier) @name (enum_class_body) @body) @def.enum
(class_declaration name: (identifier) @name (class_body)? @body) @def.class
(class_parameter ["val" "var"] . (identifier) @name) @def.field
(object_declaration name: (identifier) @name (class_body)? @body) @def.class
(enum_entry (identifier) @name) @def.variant
(function_declaration (user_type (identifier) @recv) . "." name: (identifier) @name (function_body)? @body) @def.function
(function_declaration name: (identifier) @name (function_body)? @body) @def.function
(secondary_constructor "constructor" @name (block)? @body) @def.constructor
(property_declaration (variable_declaration (identifier) @name)) @def.variable
(type_alias type: (identifier) @name) @def.type
