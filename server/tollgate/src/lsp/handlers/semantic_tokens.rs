//! `textDocument/semanticTokens/*`: what every word is. After an edit only the difference is sent.

use crate::lsp::{client::Client, convert, state::Snapshot};
use ide::tokens::{self, MODIFIERS, Token, TokenKind};
use text::Span;
use tower_lsp::{
    gen_lsp_types::{
        SemanticToken, SemanticTokens, SemanticTokensDelta, SemanticTokensDeltaParams, SemanticTokensDeltaResponse,
        SemanticTokensEdit, SemanticTokensFullDelta, SemanticTokensLegend, SemanticTokensOptions, SemanticTokensParams,
        SemanticTokensRangeParams,
    },
    jsonrpc::Result,
};

/// What is advertised.
pub(super) fn options(client: &Client) -> SemanticTokensOptions {
    SemanticTokensOptions {
        legend: SemanticTokensLegend {
            token_types: types(client).into_iter().map(str::to_owned).collect(),
            token_modifiers: MODIFIERS.map(str::to_owned).to_vec(),
        },
        full: Some(SemanticTokensFullDelta { delta: Some(true) }.into()),
        range: Some(true.into()),
        ..SemanticTokensOptions::default()
    }
}

/// What a kind is called to this client: a theme knows the standard names, our plugins have colours for the field's.
fn name(client: &Client, kind: TokenKind) -> &'static str {
    if client.knows_our_tokens { kind.own() } else { kind.standard() }
}

/// The names in the order of their numbers.
fn types(client: &Client) -> Vec<&'static str> {
    let mut names = Vec::new();
    for name in TokenKind::ALL.map(|kind| name(client, kind)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// `textDocument/semanticTokens/full`
pub(in crate::lsp) fn semantic_tokens_full(
    snapshot: &Snapshot,
    _: SemanticTokensParams,
) -> Result<Option<SemanticTokens>> {
    let Some(data) = data(snapshot, None)? else { return Ok(None) };
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let (id, _) = snapshot.tokens.replace(&document.uri, &data, None);
    Ok(Some(SemanticTokens { result_id: Some(id), data }))
}

/// `textDocument/semanticTokens/full/delta`
pub(in crate::lsp) fn semantic_tokens_delta(
    snapshot: &Snapshot,
    params: SemanticTokensDeltaParams,
) -> Result<Option<SemanticTokensDeltaResponse>> {
    let Some(data) = data(snapshot, None)? else { return Ok(None) };
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let (id, old) = snapshot.tokens.replace(&document.uri, &data, Some(&params.previous_result_id));
    let Some(old) = old else { return Ok(Some(SemanticTokens { result_id: Some(id), data }.into())) };
    let (start, gone, come) = tokens::difference(&old, &data);
    let small = |rows: usize| u32::try_from(rows * 5).unwrap_or(u32::MAX);
    let numbers = come
        .iter()
        .flat_map(|row| [row.delta_line, row.delta_start, row.length, row.token_type, row.token_modifiers_bitset]);
    let edit = SemanticTokensEdit::new(small(start), small(gone), Some(numbers.collect()));
    let edits = if gone == 0 && come.is_empty() { Vec::new() } else { vec![edit] };
    Ok(Some(SemanticTokensDelta { result_id: Some(id), edits }.into()))
}

/// `textDocument/semanticTokens/range`
pub(in crate::lsp) fn semantic_tokens_range(
    snapshot: &Snapshot,
    params: SemanticTokensRangeParams,
) -> Result<Option<SemanticTokens>> {
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let range = convert::span(&document.buffer, params.range, snapshot.client.encoding);
    Ok(data(snapshot, Some(range))?.map(|data| SemanticTokens { result_id: None, data }))
}

/// Each token as its distance from the one before.
fn data(snapshot: &Snapshot, range: Option<Span>) -> Result<Option<Vec<SemanticToken>>> {
    let Some(_) = snapshot.document()? else { return Ok(None) };
    let Some((known, place)) = snapshot.analysis.here() else { return Ok(None) };
    let Some(text) = known.file(&place.path).and_then(|file| file.text()) else { return Ok(None) };
    let found = tokens::tokens(known, &place.path, range);
    let types = types(&snapshot.client);
    let number = |kind| types.iter().position(|known| *known == name(&snapshot.client, kind)).unwrap_or_default();
    let numbers: Vec<u32> = found.iter().map(|token| u32::try_from(number(token.kind)).unwrap_or_default()).collect();
    let places = convert::distances(text, found.iter().map(|token| token.span), snapshot.client.encoding);
    let row = |((token, token_type), (delta_line, delta_start, length)): ((&Token, u32), (u32, u32, u32))| {
        SemanticToken { delta_line, delta_start, length, token_type, token_modifiers_bitset: token.modifiers.bits() }
    };
    Ok(Some(found.iter().zip(numbers).zip(places).map(row).collect()))
}
