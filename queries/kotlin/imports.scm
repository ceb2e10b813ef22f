; What Kotlin sources take from elsewhere.
(import (qualified_identifier) @module)
