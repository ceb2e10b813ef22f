; Symbols of Ruby. What the captures mean: server/syntax/src/code.rs.
(block) @local
(do_block) @local
(module name: (_) @name body: (body_statement)? @body) @def.module
(class name: (_) @name body: (body_statement)? @body) @def.class
(method name: (_) @name body: (_)? @body) @def.function
(singleton_method name: (_) @name body: (_)? @body) @def.function
(assignment left: (constant) @name right: (_) @value) @def.constant
(call method: (identifier) @_accessor arguments: (argument_list (simple_symbol) @name) (#match? @_accessor "^attr_(reader|writer|accessor)$")) @def.field
