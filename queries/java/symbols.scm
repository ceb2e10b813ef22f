; Symbols of Java. What the captures mean: server/syntax/src/code.rs.
(block) @local
(constructor_body) @local
(object_creation_expression (class_body) @local)
(enum_constant body: (class_body) @local)
(class_declaration name: (identifier) @name body: (class_body) @body) @def.class
(record_declaration name: (identifier) @name body: (class_body) @body) @def.class
(record_declaration parameters: (formal_parameters (formal_parameter name: (identifier) @name) @def.field))
(interface_declaration name: (identifier) @name body: (interface_body) @body) @def.interface
(annotation_type_declaration name: (identifier) @name body: (annotation_type_body) @body) @def.interface
(annotation_type_element_declaration name: (identifier) @name value: (_)? @value) @def.method
(enum_declaration name: (identifier) @name body: (enum_body) @body) @def.enum
(enum_constant name: (identifier) @name arguments: (_)? @value) @def.variant
(method_declaration name: (identifier) @name body: (block)? @body) @def.function
(constructor_declaration name: (identifier) @name body: (constructor_body) @body) @def.constructor
(compact_constructor_declaration name: (identifier) @name body: (block) @body) @def.constructor
(field_declaration declarator: (variable_declarator name: (identifier) @name value: (_)? @value)) @def.field
(constant_declaration declarator: (variable_declarator name: (identifier) @name value: (_)? @value)) @def.constant
