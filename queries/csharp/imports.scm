; What C# sources take from elsewhere.
(using_directive (qualified_name) @module)
(using_directive !name (identifier) @module)
