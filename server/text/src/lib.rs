//! Text as bytes: spans, line index, ropes, edits, content ids.
//!
//! Everything here counts UTF-8 bytes. It must not know LSP positions or UTF-16; `tollgate/lsp/convert` does that.

mod blob;
mod buffer;
mod line_index;
mod span;

pub use blob::BlobId;
pub use buffer::Buffer;
pub use line_index::LineIndex;
pub use span::{Span, Spanned};
