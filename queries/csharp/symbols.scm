; Symbols of C#. What the captures mean: server/syntax/src/code.rs.
(block) @local
(class_declaration name: (identifier) @name body: (declaration_list) @body) @def.class
(record_declaration name: (identifier) @name body: (declaration_list)? @body) @def.class
(record_declaration (parameter_list (parameter name: (identifier) @name) @def.field))
(struct_declaration name: (identifier) @name body: (declaration_list)? @body) @def.struct
(interface_declaration name: (identifier) @name body: (declaration_list) @body) @def.interface
(enum_declaration name: (identifier) @name body: (enum_member_declaration_list) @body) @def.enum
(enum_member_declaration name: (identifier) @name value: (_)? @value) @def.variant
(delegate_declaration name: (identifier) @name) @def.type
(method_declaration name: (identifier) @name body: (_)? @body) @def.function
(constructor_declaration name: (identifier) @name body: (_)? @body) @def.constructor
(property_declaration name: (identifier) @name value: (arrow_expression_clause) @body) @def.field
(property_declaration name: (identifier) @name value: (_)? @value) @def.field
(field_declaration (variable_declaration (variable_declarator name: (identifier) @name (_)? @value))) @def.field
(event_field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @def.field
