; Symbols of Go. What the captures mean: server/syntax/src/code.rs.
(block) @local
(type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) @def.struct
(type_spec name: (type_identifier) @name type: (interface_type) @body) @def.interface
(type_spec name: (type_identifier) @name type: (_) @value) @def.type
(type_alias name: (type_identifier) @name type: (_) @value) @def.type
(field_declaration name: (field_identifier) @name) @def.field
(method_elem name: (field_identifier) @name) @def.method
(function_declaration name: (identifier) @name body: (block)? @body) @def.function
(method_declaration receiver: (parameter_list (parameter_declaration type: (_) @recv)) name: (field_identifier) @name body: (block)? @body) @def.method
(const_spec (identifier) @name value: (expression_list)? @value) @def.constant
(var_spec name: (identifier) @name value: (expression_list)? @value) @def.variable
