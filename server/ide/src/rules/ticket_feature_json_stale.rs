//! `ticket/feature-json-stale`: Spec Kit's pointer names another feature than the branch, or a folder of another work tree.

use super::context::*;
use spec::work::Document;

pub(super) const RULE: Rule = Rule {
    id: "ticket/feature-json-stale",
    severity: Severity::Warning,
    why: "Spec Kit writes into the feature that the file names, whatever branch is checked out.",
    bad: &[
        (".specify/feature.json", "{\"feature_directory\": \"specs/⟦004-late-fees⟧\"}\n"),
        ("specs/004-late-fees/spec.md", "# Feature Specification: Late fees\n"),
        ("specs/005-tax/spec.md", "# Feature Specification: Tax, on its branch 005-tax\n"),
    ],
    good: &[
        (".specify/feature.json", "{\"feature_directory\": \"specs/005-tax\"}\n"),
        ("specs/004-late-fees/spec.md", "# Feature Specification: Late fees\n"),
        ("specs/005-tax/spec.md", "# Feature Specification: Tax, on its branch 005-tax\n"),
    ],
    fix: "Name the feature of the branch, or check out the branch of the feature.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work().filter(|work| work.document == Document::Pointer) else { return };
    if let Some(diagnostic) = elsewhere(context) {
        found.push(diagnostic);
        return;
    }
    let (Some(named), Some(branch)) = (work.feature.as_deref(), context.live.branch.as_deref()) else { return };
    // A branch of no feature says nothing, and neither does one of a feature that is not here.
    let Some(meant) =
        delivery::feature::of_branch(context.project, branch).filter(|meant| meant != named && !meant.contains(':'))
    else {
        return;
    };
    let short = |name: &str| crate::diagnostic::one_line(name, 40);
    let message = format!("This names {}, but the branch belongs to {}", short(named), short(&meant));
    let title = format!("Change it to `{}`", short(&meant));
    found.push(RULE.at(work.place, message).fix(title, context.path(), work.place, meant));
}

/// The file is of one machine and may be copied into another work tree: a whole path in it leads back to the first.
fn elsewhere(context: &Context<'_>) -> Option<Diagnostic> {
    let root = context.live.root.as_deref()?.trim_end_matches('/');
    let whole = syntax::json::read(context.text(), Span::new(0, context.text().len()));
    let folder = whole.root.get("feature_directory")?;
    let path = folder.scalar().filter(|path| path.starts_with('/'))?;
    if path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    let diagnostic = RULE.at(folder.span, "This names a folder outside of this work tree: Spec Kit writes there");
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let known = context.project.feature(name).is_some_and(|here| !here.specifications.is_empty());
    Some(match known {
        true => diagnostic.fix(
            format!("Name `specs/{}` of this work tree", crate::diagnostic::one_line(name, 40)),
            context.path(),
            folder.span,
            format!("\"specs/{name}\""),
        ),
        false => diagnostic,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Live;
    use spec::{Project, SpecFile};
    use std::sync::Arc;

    #[test]
    fn a_pointer_into_another_work_tree_is_told() {
        let said = |folder: &str| -> Vec<(String, usize)> {
            let mut project = Project::default();
            let pointer = format!("{{\"feature_directory\": \"{folder}\"}}\n");
            for (path, text) in [
                (".specify/feature.json", pointer.as_str()),
                ("specs/004-fees/spec.md", "# Feature Specification: Fees\n"),
            ] {
                project.set(Arc::new(SpecFile::read(path, text).unwrap()));
            }
            let live = Live { root: Some("/w/tax".to_owned()), ..Live::default() };
            let all = crate::rules::check_live(&project, &live, ".specify/feature.json");
            let all = all.into_iter().filter(|it| it.code == RULE.id);
            all.map(|it| (it.message, it.fixes.len())).collect()
        };
        assert_eq!(
            said("/w/fees/specs/004-fees"),
            [("This names a folder outside of this work tree: Spec Kit writes there".to_owned(), 1)]
        );
        for fine in ["specs/004-fees", "/w/tax/specs/004-fees"] {
            assert_eq!(said(fine), [], "{fine}");
        }
    }
}
