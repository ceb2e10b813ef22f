; Symbols of C. What the captures mean: server/syntax/src/code.rs.
(compound_statement) @local
(struct_specifier name: (_) @name body: (field_declaration_list) @body) @def.struct
(union_specifier name: (_) @name body: (field_declaration_list) @body) @def.union
(enum_specifier name: (_) @name body: (enumerator_list) @body) @def.enum
(enumerator name: (identifier) @name value: (_)? @value) @def.variant
(type_definition type: (struct_specifier !name body: (field_declaration_list) @body) declarator: (_) @name) @def.struct
(type_definition type: (union_specifier !name body: (field_declaration_list) @body) declarator: (_) @name) @def.union
(type_definition type: (enum_specifier !name body: (enumerator_list) @body) declarator: (_) @name) @def.enum
(type_definition type: (_ name: (_) body: (_)) declarator: (_) @name @def.type)
(type_definition type: (_ !body) declarator: (_) @name) @def.type
(function_definition declarator: (_) @name body: (_) @body) @def.function
(field_declaration declarator: (_) @name) @def.variable
(declaration declarator: (init_declarator declarator: (_) @name value: (_) @value)) @def.variable
(declaration declarator: (_) @name) @def.variable
(preproc_def name: (identifier) @name value: (preproc_arg) @value) @def.constant
(preproc_function_def name: (identifier) @name value: (preproc_arg)? @body) @def.macro
