//! What of a region counts: the same after a Markdown formatter as before it.

use std::borrow::Cow;

/// Outside fences: line ends, blanks around lines, runs of empty lines, and the padding of tables do not count. In a
/// fence only line ends, blanks behind lines and the indentation of the fence itself do not.
pub(super) fn fold(content: &str) -> String {
    let mut folded = String::with_capacity(content.len());
    let mut fence: Option<(&str, usize)> = None;
    let mut empty = false;
    for line in content.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r')) {
        let bare = line.trim();
        let out: Cow<'_, str> = match fence {
            Some((marks, indent)) => {
                if bare.len() >= marks.len() && bare.bytes().all(|byte| Some(&byte) == marks.as_bytes().first()) {
                    fence = None;
                    bare.into()
                } else {
                    let blanks = line.len() - line.trim_start_matches(' ').len();
                    line[blanks.min(indent)..].trim_end().into()
                }
            }
            None if bare.is_empty() => {
                empty = !folded.is_empty();
                continue;
            }
            None => {
                if let Some(marks) = opening(bare) {
                    fence = Some((marks, line.len() - line.trim_start_matches(' ').len()));
                }
                if bare.starts_with('|') { row(bare).into() } else { bare.into() }
            }
        };
        if std::mem::take(&mut empty) {
            folded.push('\n');
        }
        folded.push_str(&out);
        folded.push('\n');
    }
    folded
}

/// The marks of an opening fence.
fn opening(line: &str) -> Option<&str> {
    let mark = *line.as_bytes().first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let count = line.bytes().take_while(|byte| *byte == mark).count();
    (count >= 3 && !(mark == b'`' && line[count..].contains('`'))).then(|| &line[..count])
}

/// A row of a table without its padding.
fn row(line: &str) -> String {
    let mut cells: Vec<String> = vec![String::new()];
    let mut escaped = false;
    for letter in line.trim_matches('|').chars() {
        match (letter, cells.last_mut()) {
            ('|', _) if !escaped => cells.push(String::new()),
            (_, Some(cell)) => cell.push(letter),
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
    }
    let cells = cells.iter().map(|cell| {
        let cell = cell.trim();
        let dashes = cell.trim_matches(':');
        if !dashes.is_empty() && dashes.bytes().all(|byte| byte == b'-') {
            return format!(
                "{}-{}",
                &cell[..usize::from(cell.starts_with(':'))],
                if cell.ends_with(':') { ":" } else { "" }
            );
        }
        cell.to_owned()
    });
    cells.collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn formatters_change_nothing_that_counts() {
        for (one, other) in [
            ("a\n", "\n\na  \r\n\r\n"),
            (
                "| a | b |\n| --- | --- |\n| 1 | 2 |",
                "| a   | b       |\n|-----|:--------|\n| 1   | 2       |\n".replace(':', "-").as_str(),
            ),
            ("a\n\nb", "a\n\n\n\nb"),
            ("```\n  a\n```", "  ```\n    a\n  ```"),
        ] {
            assert_eq!(fold(one), fold(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn words_and_code_count() {
        for (one, other) in [
            ("a", "b"),
            ("a b", "a  c"),
            ("```\na\n```", "```\n a\n```"),
            ("```\na\n\nb\n```", "```\na\nb\n```"),
            ("| a \\| b |", "| a | b |"),
            ("| --- |", "| --: |"),
            ("a\nb", "a\n\nb"),
        ] {
            assert_ne!(fold(one), fold(other), "{one:?} {other:?}");
        }
    }
}
