; Symbols of SQL. What the captures mean: server/syntax/src/code.rs.
(create_table (object_reference) @name (column_definitions)? @body) @def.table
(alter_table (object_reference) @name) @def.table
(column_definition name: (_) @name) @def.column
(create_view (object_reference) @name (create_query)? @value) @def.view
(create_materialized_view (object_reference) @name (create_query)? @value) @def.view
(create_type (object_reference) @name) @def.type
(enum_elements enum_element: (literal) @name @def.variant)
(create_function (object_reference) @name (function_body) @body) @def.function
