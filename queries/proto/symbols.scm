; Symbols of protocol buffers. What the captures mean: server/syntax/src/code.rs.
(message (message_name (identifier) @name) (message_body) @body) @def.message
(enum (enum_name (identifier) @name) (enum_body) @body) @def.enum
(enum_field . (identifier) @name) @def.variant
(field (type) . (identifier) @name) @def.field
(map_field (type) . (identifier) @name) @def.field
(oneof_field (type) . (identifier) @name) @def.field
(service (service_name (identifier) @name)) @def.service
(rpc (rpc_name (identifier) @name)) @def.rpc
