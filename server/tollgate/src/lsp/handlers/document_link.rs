//! `textDocument/documentLink`: what a file names and is there, and addresses on the web. Nothing is a link that leads out
//! of the root, and no file is opened to find out: what stands at a path is asked for, and no link of the file system is
//! followed.

use crate::lsp::{closed::Closed, convert, state::Snapshot};
use ide::links::{Link, Target, links};
use tower_lsp::{
    gen_lsp_types::{DocumentLink, DocumentLinkParams, Uri},
    jsonrpc::Result,
};

/// So many paths are looked for on the disk for one answer.
const MOST_LOOKS: usize = 256;

/// The links of a document.
pub(in crate::lsp) fn document_link(snapshot: &Snapshot, _: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let Some((known, place)) = snapshot.analysis.here() else { return Ok(None) };
    let closed = Closed::new(place.root.clone(), snapshot.lane.clone());
    let mut looks = 0;
    let mut found = Vec::new();
    let text = snapshot.analysis.checked_text(document);
    let of_documents = ide::documents::views::links(&known.documents, &place.path, text.as_deref()).into_iter();
    let of_documents = of_documents.map(|(span, path)| Link { span, target: Target::File { path, known: false } });
    for link in links(known, &place.path).into_iter().chain(of_documents) {
        let target = match link.target {
            Target::Web(address) => Uri::parse(&address).ok().filter(|uri| matches!(uri.scheme(), "http" | "https")),
            Target::Here(span) => {
                // Editors understand `#L7` as the seventh line.
                let line = convert::range(&document.buffer, span, snapshot.client.encoding).start.line + 1;
                Uri::parse(&format!("{}#L{line}", document.uri)).ok()
            }
            Target::File { path, known } => {
                looks += usize::from(!known);
                let there = known || looks <= MOST_LOOKS && closed.is_there(&path);
                let uri = snapshot.analysis.uri(&closed.place(&path)).filter(|_| there);
                uri.and_then(|uri| Uri::parse(&uri).ok())
            }
        };
        let range = convert::range(&document.buffer, link.span, snapshot.client.encoding);
        found.extend(target.map(|target| DocumentLink { range, target: Some(target), tooltip: None, data: None }));
    }
    Ok(Some(found))
}
