//! `endpoints`: the operations of OpenAPI descriptions, and the methods of proto services.
//!
//! ```markdown
//! <!-- generated: endpoints api/openapi.yaml -->
//! <!-- generated: endpoints api/openapi.yaml#/paths/~1carts -->
//! <!-- generated: endpoints proto/**/*.proto -->
//! <!-- generated: endpoints proto/ledger.proto#ledger.v1.Ledger -->
//! ```

use super::generate::{Fault, FaultKind, File, Request};
use super::write::{code, first_sentence, prose, table};
use crate::openapi::{self, Api};
use crate::proto;
use crate::target::{Fragment, Target};
use text::Spanned;

pub(super) fn generate(request: Request<'_>) -> Result<String, Fault> {
    let mut parts = Vec::new();
    for (word, target) in request.targets("the description of an API", "api/openapi.yaml")? {
        let files = request.files(word, &target)?;
        let several = files.len() > 1;
        let before = parts.len();
        for file in &files {
            if file.0.ends_with(".proto") {
                parts.extend(services(file, &target.fragment));
            } else if let Some(shown) = operations(request, file, &target.fragment)? {
                if several {
                    parts.push(format!("From {}:", code(&file.0)));
                }
                parts.push(shown);
            }
        }
        if parts.len() == before {
            return nothing(&target, word, &files);
        }
    }
    Ok(parts.join("\n\n"))
}

/// What a target means that names no operation.
fn nothing(target: &Target, word: &Spanned<String>, files: &[File]) -> Result<String, Fault> {
    if target.fragment == Fragment::Whole {
        return Ok("No operations.".to_owned());
    }
    let name = target.fragment.to_string();
    let services =
        files.iter().filter(|file| file.0.ends_with(".proto")).flat_map(|file| proto::read(&file.1).services);
    let names: Vec<String> = services.map(|service| service.name.value).collect();
    let nearest = spec::values::nearest(&name, names.iter().map(String::as_str)).map(str::to_owned);
    Err(Fault { kind: FaultKind::Missing { name, path: target.path.as_str().to_owned(), nearest }, span: word.span })
}

fn services((_, text): &File, fragment: &Fragment) -> Vec<String> {
    let mut parts = Vec::new();
    for service in proto::read(text).services {
        let name = &*service.name.value;
        let wanted = |method: &str| match fragment {
            Fragment::Proto(wanted) => **wanted == *name || **wanted == *format!("{name}.{method}"),
            _ => true,
        };
        let stream = |(kind, stream): &(Spanned<String>, bool)| {
            code(&format!("{}{}", if *stream { "stream " } else { "" }, kind.value.trim_start_matches('.')))
        };
        let rows: Vec<_> = service
            .methods
            .iter()
            .filter(|method| wanted(&method.name.value))
            .map(|method| {
                let what = prose(&first_sentence(&method.comment));
                vec![code(&method.name.value), stream(&method.takes), stream(&method.answers), what]
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        let comment = prose(&first_sentence(&service.comment));
        let colon = if comment.is_empty() { "" } else { ": " };
        parts.push(format!("Service {}{colon}{comment}", code(name)));
        parts.push(table(&["method", "takes", "answers with", "what it does"], rows));
    }
    parts
}

fn operations(request: Request<'_>, (path, text): &File, fragment: &Fragment) -> Result<Option<String>, Fault> {
    let api = Api::read(path, text, request.tree);
    if !api.is_valid() {
        return Err(request.unknown(path, "it is no valid YAML or JSON"));
    }
    let wanted = |operation: &openapi::Operation| match fragment {
        Fragment::Whole => true,
        Fragment::Pointer(pointer) => {
            let own = format!("/paths/{}", openapi::pointer_part(&operation.path));
            let full = format!("{own}/{}", operation.method);
            **pointer == *own || **pointer == *full || **pointer == *"/paths"
        }
        _ => false,
    };
    let rows: Vec<Vec<String>> = api
        .operations()
        .iter()
        .filter(|operation| wanted(operation))
        .map(|operation| {
            let mut takes: Vec<String> = Vec::new();
            for parameter in &operation.parameters {
                let how =
                    if parameter.required { parameter.place.clone() } else { format!("{}, optional", parameter.place) };
                takes.push(format!("{} ({})", code(&parameter.name), prose(&how)));
            }
            if let Some(body) = &operation.body {
                takes.push(code(&api.type_name(body.schema)));
            }
            let answers = operation.answers.iter().map(|answer| {
                let kind = answer.schema.map(|schema| api.type_name(Some(schema)));
                let words = kind.map(|kind| code(&kind)).unwrap_or_else(|| prose(&first_sentence(&answer.description)));
                format!("{} {words}", code(&answer.status)).trim_end().to_owned()
            });
            let mut what = first_sentence(&operation.summary);
            if operation.deprecated {
                what = format!("Deprecated. {what}");
            }
            let name = operation.id.as_deref().map(code).unwrap_or_default();
            let what = [name, prose(&what)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
            vec![
                code(&format!("{} {}", operation.method.to_uppercase(), operation.path)),
                what.trim_end().to_owned(),
                takes.join(", "),
                answers.collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    if rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(table(&["operation", "what it does", "takes", "answers"], rows)))
}
