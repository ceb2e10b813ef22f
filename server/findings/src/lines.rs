//! `path:line: message` and `path:line:column: message` lines, as compilers and linters have printed them for ever.

use crate::{RawFinding, RawPlace, Severity};

pub(crate) fn read(stdout: &[u8], stderr: &[u8]) -> Vec<RawFinding> {
    let lines = stdout.split(|byte| *byte == b'\n').chain(stderr.split(|byte| *byte == b'\n'));
    let short = lines.filter(|line| line.len() < 4_096);
    short.filter_map(|line| finding(String::from_utf8_lossy(line).trim_end())).take(10 * crate::PER_CHECK).collect()
}

fn finding(line: &str) -> Option<RawFinding> {
    let (path, rest) = line.split_once(':')?;
    let (number, mut rest) = rest.split_once(':')?;
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    let mut column = None;
    if let Some((front, behind)) = rest.split_once(':')
        && let Ok(read) = front.trim().parse::<u32>()
    {
        column = Some(read).filter(|read| *read > 0);
        rest = behind;
    }
    let looks_like_a_path = !path.is_empty() && !path.contains([' ', '\t', '<', '>']) && path.contains(['.', '/']);
    let (severity, message) = severity(rest.trim());
    let place = RawPlace { path: path.to_owned(), line: Some(number), column, ..RawPlace::default() };
    (looks_like_a_path && !message.is_empty()).then(|| RawFinding {
        tool: String::new(),
        rule: None,
        message: message.to_owned(),
        severity,
        place: Some(place),
        help: Vec::new(),
    })
}

fn severity(text: &str) -> (Severity, &str) {
    let words = [
        ("fatal error:", Severity::Error),
        ("error:", Severity::Error),
        ("warning:", Severity::Warning),
        ("note:", Severity::Information),
        ("info:", Severity::Information),
    ];
    let lower = text.to_ascii_lowercase();
    let known = words.into_iter().find(|(word, _)| lower.starts_with(word));
    known.map_or((Severity::Error, text), |(word, severity)| (severity, text[word.len()..].trim()))
}

#[cfg(test)]
mod tests {
    use crate::{Format, Severity, read};

    #[test]
    fn reads_what_is_a_place_and_nothing_else() {
        let text = "src/a.c:3:7: warning: unused\nb.py:9: no such name\nTime: 12:30:00 done\nhttp://x:80/: y\n12:30:1: t\na.c:0:1: x\n";
        let found = read(Format::Lines, text.as_bytes(), b"").unwrap();
        let shown: Vec<_> =
            found.iter().map(|f| (f.message.as_str(), f.severity, f.place.as_ref().unwrap().column)).collect();
        assert_eq!(shown, [("unused", Severity::Warning, Some(7)), ("no such name", Severity::Error, None)]);
    }
}
