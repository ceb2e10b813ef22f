//! How tasks are numbered, for the rules about it: series of ids, and the groups that they stand in.

use spec::work::{Task, Work};

/// The series of an id and its number in it: `T` and 12 of `T012`, `2.` and 3 of `2.3`, nothing and 4 of `4`.
pub(super) fn numbered(id: &str) -> Option<(&str, u32)> {
    let series = id.trim_end_matches(|letter: char| letter.is_ascii_digit());
    Some((series, id[series.len()..].parse().ok()?))
}

/// The id of a number in a series.
pub(super) fn renumbered(series: &str, number: u32) -> String {
    if series == "T" { format!("T{number:03}") } else { format!("{series}{number}") }
}

/// The number of the heading (`## 2. Words`) that a task stands below; none where it has none.
pub(super) fn group_of<'a>(work: &'a Work, task: &Task) -> Option<&'a str> {
    let before = work.sections.partition_point(|section| section.span.start <= task.span.start);
    let heading = work.sections[..before].iter().rfind(|section| section.level == 2)?;
    let title = heading.title.value.as_str();
    let digits = title.bytes().take_while(u8::is_ascii_digit).count();
    let rest = title[digits..].strip_prefix('.')?;
    (digits > 0 && (rest.is_empty() || rest.starts_with([' ', '\t']))).then_some(&title[..digits])
}
