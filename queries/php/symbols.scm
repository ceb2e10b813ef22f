; Symbols of PHP. What the captures mean: server/syntax/src/code.rs.
(anonymous_function body: (_) @local)
(class_declaration name: (name) @name body: (declaration_list) @body) @def.class
(interface_declaration name: (name) @name body: (declaration_list) @body) @def.interface
(trait_declaration name: (name) @name body: (declaration_list) @body) @def.class
(enum_declaration name: (name) @name body: (enum_declaration_list) @body) @def.enum
(enum_case name: (name) @name value: (_)? @value) @def.variant
(method_declaration name: (name) @name body: (compound_statement)? @body) @def.function
(function_definition name: (name) @name body: (compound_statement) @body) @def.function
(property_declaration (property_element name: (variable_name (name) @name) default_value: (_)? @value)) @def.field
(const_declaration (const_element (name) @name (_)? @value)) @def.constant
