//! Service for workflows of other tools: steps, what they wait for and who does them. Definition and references need
//! nothing of it, as the ids are names like all others.

use crate::symbols::{Symbol, SymbolKind, leaf, outline};
use spec::flow::Flow;

/// The outline: inputs and steps, a step below the one that it is a part of, then the body's sections.
pub(crate) fn symbols(flow: &Flow) -> Vec<Symbol> {
    let inputs = flow.inputs.iter().map(|input| {
        let kind = input.kind.as_ref().map_or("input", |kind| kind.value.as_str());
        leaf(&input.name.value, kind, SymbolKind::Setting, input.name.span, input.name.span)
    });
    let mut steps: Vec<(Option<u32>, Symbol)> = flow
        .steps
        .iter()
        .map(|step| {
            let named = step.id.as_ref().or(step.title.as_ref()).or(step.does.as_ref());
            let span = named.map_or(text::Span::empty(step.span.start as usize), |name| name.span);
            let detail = step.does.as_ref().filter(|_| step.id.is_some()).map_or(step.kind.word(), |does| &does.value);
            (step.parent, leaf(named.map_or("", |name| &name.value), detail, SymbolKind::Pass, step.span, span))
        })
        .collect();
    // A part comes after what it is a part of: taken from the back, every step has all of its own parts already.
    let mut top = Vec::new();
    while let Some((parent, mut symbol)) = steps.pop() {
        symbol.children.reverse();
        match parent.and_then(|parent| steps.get_mut(parent as usize)) {
            Some((_, outer)) => {
                outer.span = outer.span.cover(symbol.span);
                outer.children.push(symbol);
            }
            None => top.push(symbol),
        }
    }
    top.reverse();
    inputs.chain(top).chain(outline(&flow.sections, Vec::new())).collect()
}
