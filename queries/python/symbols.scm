; Symbols of Python. What the captures mean: server/syntax/src/code.rs.
(class_definition name: (identifier) @name body: (block) @body) @def.class
(function_definition name: (identifier) @name body: (block) @body) @def.function
(class_definition body: (block (expression_statement (assignment left: (identifier) @name right: (_)? @value) @def.variable)))
(module (expression_statement (assignment left: (identifier) @name right: (_)? @value) @def.variable))
(type_alias_statement left: (type (identifier) @name) right: (_) @value) @def.type
(type_alias_statement left: (type (generic_type (identifier) @name)) right: (_) @value) @def.type
