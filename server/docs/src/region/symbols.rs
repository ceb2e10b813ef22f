//! `symbols`: what files make public.
//!
//! ```markdown
//! <!-- generated: symbols src/ledger/** -->
//! ```

use super::api;
use super::generate::{Fault, FaultKind, Request};
use super::write::{code, prose, table};
use crate::source::Source;
use crate::target::Fragment;
use std::collections::BTreeMap;

pub(super) fn generate(request: Request<'_>) -> Result<String, Fault> {
    let mut files = BTreeMap::new();
    for (word, target) in request.targets("the files", "src/ledger/**")? {
        if target.fragment != Fragment::Whole {
            return Err(Fault { kind: FaultKind::Unused { kind: request.region.kind.value }, span: word.span });
        }
        files.extend(request.files(word, &target)?.into_iter().map(|file| (file, target.is_glob())));
    }
    let mut rows = Vec::new();
    for (file, of_many) in &files {
        let source = Source::read(&file.0, &file.1);
        let Some(source) = api::read(request, file, &source, *of_many)? else { continue };
        let mut last = None;
        for symbol in api::public(source) {
            // overloads are one symbol
            if last.replace(&symbol.path) == Some(&symbol.path) {
                continue;
            }
            let what = prose(&api::sentence(source, symbol));
            rows.push(vec![code(&file.0), code(&symbol.path), symbol.kind.word().to_owned(), what]);
        }
    }
    if rows.is_empty() {
        return Ok("Nothing public.".to_owned());
    }
    if files.len() == 1 {
        let rows = rows.into_iter().map(|row| row[1..].to_vec());
        return Ok(table(&["symbol", "kind", "what it is"], rows));
    }
    Ok(table(&["file", "symbol", "kind", "what it is"], rows))
}
