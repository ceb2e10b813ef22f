; Symbols of Bash. What the captures mean: server/syntax/src/code.rs.
(function_definition name: (word) @name body: (_) @body) @def.function
(program (variable_assignment name: (variable_name) @name value: (_)? @value) @def.variable)
(program (declaration_command (variable_assignment name: (variable_name) @name value: (_)? @value) @def.variable))
