//! Text from outside on its way to a person: one line, capped, nothing that a terminal or an editor would obey.

/// Longest text that is shown, in characters.
const LONGEST: usize = 400;

/// `text` with control, bidirectional and invisible characters as escapes, on one line, cut to a readable length.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST));
    for (at, c) in text.chars().enumerate() {
        if at == LONGEST {
            out.push('…');
            break;
        }
        if is_hidden(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_would_be_obeyed() {
        assert_eq!(plain("a\x1b]0;x\x07\nb\u{202e}"), "a\\u{1b}]0;x\\u{7}\\u{a}b\\u{202e}");
        assert_eq!(plain("naïve 漢字 😀"), "naïve 漢字 😀");
        assert_eq!(plain(&"x".repeat(9999)).chars().count(), LONGEST + 1);
    }
}
