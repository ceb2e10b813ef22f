//! Projects from texts, for tests.
