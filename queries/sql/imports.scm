; Tables that SQL sources refer to.
(column_definition (keyword_references) (object_reference) @module)
