//! What a checker would write instead. A fix is kept only where its bytes are certain, and given only while the lines it
//! stands in are what they were: half a fix, or one at the wrong place, is worse than none.

use crate::columns::exact;
use crate::{Current, Found, Place, RawFinding, RawPlace, Unit};
use serde::{Deserialize, Serialize};
use text::{LineIndex, Span};

/// Most fixes that are kept of one finding, and most edits of one fix.
const MOST: usize = 8;
/// Longest text that one edit writes or replaces, with the lines around it.
const LONGEST: usize = 16 << 10;

/// A fix as the checker wrote it.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct RawFix {
    /// What it does, in the checker's words; may be empty.
    pub title: String,
    /// The checker says that it can be applied unseen.
    pub sure: bool,
    /// What is replaced, and by what.
    pub edits: Vec<(RawPlace, String)>,
}

/// Edits of the finding's own file, at their exact bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, one line.
    pub title: String,
    /// The checker says that it can be applied unseen.
    #[serde(default)]
    pub sure: bool,
    /// In order of place, none over another.
    pub edits: Vec<Edit>,
}

/// Replaces a range of an exact content.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub place: Place,
    /// The whole lines that it stands in, as they were.
    within: String,
    /// Where in them it begins.
    at: u32,
    /// What comes there.
    pub text: String,
}

impl Fix {
    /// The fixes of a finding in the file at `path` with the content `text`; `same` tells whether a checker's path means
    /// that file. A fix that reaches into other files, or whose bytes are not certain, is left out.
    pub fn of(
        finding: &RawFinding,
        path: &str,
        text: &str,
        asked: Option<Unit>,
        same: impl Fn(&str) -> bool,
    ) -> Vec<Fix> {
        let read = |raw: &RawFix| {
            let whole =
                !raw.edits.is_empty() && raw.edits.len() <= MOST && raw.edits.iter().all(|(at, _)| same(&at.path));
            let edits = raw.edits.iter().map(|(at, new)| Edit::new(path, text, exact(finding, at, text, asked)?, new));
            let mut edits: Vec<Edit> = if whole { edits.collect::<Option<_>>()? } else { return None };
            edits.sort_by_key(|edit| (edit.place.start, edit.place.end));
            let apart = edits.windows(2).all(|two| {
                let (one, next) = (&two[0].place, &two[1].place);
                one.end <= next.start && (one.start, one.end) != (next.start, next.end)
            });
            let changes = edits.iter().any(|edit| edit.place.span().of(text) != edit.text);
            let title = if raw.title.is_empty() { title(&edits, text) } else { raw.title.clone() };
            (apart && changes).then_some(Fix { title, sure: raw.sure, edits })
        };
        // a text that begins with a byte order mark is counted with it by some and without it by others
        let fixes = finding.fixes.iter().filter(|_| !text.starts_with('\u{feff}'));
        fixes.filter_map(read).take(MOST).collect()
    }

    /// What to replace in the text as it is now; none when a line of it has changed since.
    pub fn now(&self, current: &Current<'_>) -> Option<Vec<(Span, &str)>> {
        let spans = self.edits.iter().map(|edit| Some((edit.now(current)?, edit.text.as_str())));
        let spans: Vec<(Span, &str)> = spans.collect::<Option<_>>()?;
        spans.windows(2).all(|two| two[0].0.end <= two[1].0.start).then_some(spans)
    }
}

impl Edit {
    fn new(path: &str, text: &str, span: Span, new: &str) -> Option<Edit> {
        let index = LineIndex::new(text);
        let first = index.line(index.line_of(span.start as usize)).start;
        let last = index.line(index.line_of(span.end as usize)).end;
        let within = text.get(first..last).filter(|within| within.len() <= LONGEST && new.len() <= LONGEST)?;
        let at = u32::try_from(span.start as usize - first).ok()?;
        Some(Edit { place: Place::new(path, text, span), within: within.to_owned(), at, text: new.to_owned() })
    }

    fn now(&self, current: &Current<'_>) -> Option<Span> {
        let (span, found) = self.place.find(current)?;
        if found == Found::Same {
            return Some(span);
        }
        let before = current.text.get(..span.start as usize)?;
        let line = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let rest = current.text.get(line..)?.strip_prefix(&self.within)?;
        let whole = rest.is_empty() || rest.starts_with(['\n', '\r']) || self.within.ends_with(['\n', '\r']);
        let start = line + self.at as usize;
        whole.then(|| Span::new(start, start + self.place.span().len()))
    }
}

/// Words for a fix that has none.
fn title(edits: &[Edit], text: &str) -> String {
    let short = |text: &str| crate::clean(text).chars().take(40).collect::<String>();
    match edits {
        [edit] if edit.text.trim().is_empty() => format!("remove `{}`", short(edit.place.span().of(text))),
        [edit] if edit.place.span().is_empty() => format!("insert `{}`", short(&edit.text)),
        [edit] => format!("replace `{}` with `{}`", short(edit.place.span().of(text)), short(&edit.text)),
        several => format!("make {} changes", several.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "import os\nfn a() {}\nlet 日本 = wrong(1);\nend here\n";

    fn finding(edits: &[(u32, u32, u32, &str)]) -> RawFinding {
        let place = |line, start, end| RawPlace {
            path: "a".into(),
            line: Some(line),
            column: Some(start),
            end_column: Some(end),
            ..RawPlace::default()
        };
        let edits = edits.iter().map(|(line, start, end, new)| (place(*line, *start, *end), (*new).to_owned()));
        RawFinding { fixes: vec![RawFix { edits: edits.collect(), ..RawFix::default() }], ..RawFinding::default() }
    }

    fn fixes(finding: &RawFinding) -> Vec<Fix> {
        Fix::of(finding, "a", TEXT, None, |path| path == "a")
    }

    fn applied(fix: &Fix, text: &str) -> Option<String> {
        let mut out = text.to_owned();
        for (span, new) in fix.now(&Current::new(text))?.into_iter().rev() {
            out.replace_range(span.range(), new);
        }
        Some(out)
    }

    #[test]
    fn a_fix_goes_with_its_lines_and_ends_with_them() {
        let fix = fixes(&finding(&[(2, 4, 5, "b"), (2, 8, 8, "x")])).remove(0);
        assert_eq!(applied(&fix, TEXT), Some(TEXT.replace("a() {", "b() x{")));
        let moved = format!("// new\n{TEXT}");
        assert_eq!(applied(&fix, &moved), Some(moved.replace("a() {", "b() x{")));
        assert_eq!(applied(&fix, &TEXT.replace("a() {}", "a()  {}")), None, "the line has other bytes");
        assert_eq!(applied(&fix, &TEXT.replace("a()", "c()")), None);
    }

    #[test]
    fn only_certain_bytes_are_replaced() {
        assert_eq!(
            fixes(&finding(&[(3, 10, 15, "right")])),
            [],
            "the line has wide characters and nobody says what counts"
        );
        let known = RawFinding { tool: "ruff".into(), ..finding(&[(3, 10, 15, "right")]) };
        assert_eq!(applied(&fixes(&known)[0], TEXT), Some(TEXT.replace("wrong", "right")));
        assert_eq!(fixes(&finding(&[(9, 1, 2, "")])), [], "there is no such line");
        assert_eq!(fixes(&finding(&[(1, 1, 400, "")])), [], "nor such a column");
        assert_eq!(fixes(&finding(&[(1, 1, 7, ""), (1, 3, 9, "")])), [], "one over the other");
        assert_eq!(fixes(&finding(&[(1, 1, 7, "import")])), [], "it changes nothing");
        let mut outside = finding(&[(1, 1, 7, "")]);
        outside.fixes[0].edits[0].0.path = "../b".into();
        assert_eq!(fixes(&outside), []);
    }

    #[test]
    fn says_what_it_does() {
        let said = |edits| fixes(&finding(edits)).remove(0).title;
        assert_eq!(said(&[(1, 1, 10, "")]), "remove `import os`");
        assert_eq!(said(&[(1, 1, 1, "pub ")]), "insert `pub`");
        assert_eq!(said(&[(1, 8, 10, "re")]), "replace `os` with `re`");
        assert_eq!(said(&[(1, 8, 10, "re"), (2, 4, 5, "b")]), "make 2 changes");
    }

    proptest::proptest! {
        #[test]
        fn is_always_inside_the_text(
            text in "[a日😀é\t\r\n ]{0,30}", other in "[a日😀é\t\r\n ]{0,30}", line in 1u32..9, column in 1u32..30,
            end_line in proptest::option::of(1u32..9), end in proptest::option::of(1u32..30),
        ) {
            let place = RawPlace { line: Some(line), column: Some(column), end_line, end_column: end, ..RawPlace::default() };
            let fix = RawFix { edits: vec![(place, "new".to_owned())], ..RawFix::default() };
            let finding = RawFinding { fixes: vec![fix], ..RawFinding::default() };
            for fix in Fix::of(&finding, "a", &text, None, |_| true) {
                for now in [text.clone(), other.clone(), format!("{other}\n{text}")] {
                    for (span, _) in fix.now(&Current::new(&now)).unwrap_or_default() {
                        proptest::prop_assert!(now.get(span.range()).is_some());
                    }
                }
            }
        }
    }
}
