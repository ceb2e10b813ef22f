; Symbols of TypeScript, TSX and JavaScript. What the captures mean: server/syntax/src/code.rs.
(arrow_function body: (statement_block) @local)
(function_expression body: (statement_block) @local)
(generator_function body: (statement_block) @local)
(class body: (class_body) @local)
(class_static_block) @local
(class_declaration name: (type_identifier) @name body: (class_body) @body) @def.class
(abstract_class_declaration name: (type_identifier) @name body: (class_body) @body) @def.class
(interface_declaration name: (type_identifier) @name body: (interface_body) @body) @def.interface
(type_alias_declaration name: (type_identifier) @name value: (object_type) @body) @def.type
(type_alias_declaration name: (type_identifier) @name value: (_) @value) @def.type
(enum_declaration name: (identifier) @name body: (enum_body) @body) @def.enum
(enum_body name: (_) @name @def.variant)
(enum_assignment name: (_) @name value: (_) @value) @def.variant
(internal_module name: (_) @name body: (statement_block) @body) @def.module
(module name: (_) @name body: (statement_block) @body) @def.module
(function_declaration name: (identifier) @name body: (statement_block) @body) @def.function
(generator_function_declaration name: (identifier) @name body: (statement_block) @body) @def.function
(function_signature name: (identifier) @name) @def.function
(class_body (method_definition name: (_) @name body: (statement_block) @body) @def.function)
(class_body (method_signature name: (_) @name) @def.function)
(class_body (abstract_method_signature name: (_) @name) @def.function)
(class_body (public_field_definition name: (_) @name value: (arrow_function body: (_) @body)) @def.function)
(class_body (public_field_definition name: (_) @name value: (_)? @value) @def.field)
(interface_body (method_signature name: (_) @name) @def.function)
(interface_body (property_signature name: (_) @name) @def.field)
(type_alias_declaration value: (object_type (method_signature name: (_) @name) @def.function))
(type_alias_declaration value: (object_type (property_signature name: (_) @name) @def.field))
(variable_declarator name: (identifier) @name value: (arrow_function body: (_) @body)) @def.function
(variable_declarator name: (identifier) @name value: (function_expression body: (_) @body)) @def.function
(program (_ (variable_declarator name: (identifier) @name value: (_)? @value) @def.constant))
(export_statement (_ (variable_declarator name: (identifier) @name value: (_)? @value) @def.constant))
(ambient_declaration (_ (variable_declarator name: (identifier) @name) @def.constant))
(internal_module body: (statement_block (_ (variable_declarator name: (identifier) @name value: (_)? @value) @def.constant)))
(module body: (statement_block (_ (variable_declarator name: (identifier) @name value: (_)? @value) @def.constant)))
