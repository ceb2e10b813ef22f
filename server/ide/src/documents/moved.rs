//! Where a place is after somebody typed: the two texts are compared from both ends, so that everything before and behind
//! what was typed is found again.

use text::Span;

/// How one text became another: what is between `start` and `end` became `new` bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moved {
    start: u32,
    end: u32,
    new: u32,
}

impl Moved {
    /// Nothing was typed.
    pub const NOT: Moved = Moved { start: u32::MAX, end: u32::MAX, new: 0 };

    /// From the first text to the second one.
    pub fn between(old: &str, new: &str) -> Moved {
        if old == new {
            return Moved::NOT;
        }
        let (a, b) = (old.as_bytes(), new.as_bytes());
        let most = a.len().min(b.len());
        let start = a.iter().zip(b).take_while(|(one, other)| one == other).count();
        let left = most - start;
        let behind = a.iter().rev().zip(b.iter().rev()).take(left).take_while(|(one, other)| one == other).count();
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Moved { start: number(start), end: number(a.len() - behind), new: number(b.len() - behind - start) }
    }

    /// Where a span is now. One that was typed into grows or shrinks with it; one of which an end was typed over is gone.
    pub fn span(&self, span: Span) -> Option<Span> {
        let inside = span.start <= self.start && self.end <= span.end;
        self.exactly(span).or_else(|| inside.then(|| Span { start: span.start, end: self.after(span.end) }))
    }

    /// Where a span is now; none when anything in it was typed.
    pub fn exactly(&self, span: Span) -> Option<Span> {
        if span.end <= self.start {
            return Some(span);
        }
        (span.start >= self.end).then(|| Span { start: self.after(span.start), end: self.after(span.end) })
    }

    /// The offset in the judged text of one in the present text; none in what was typed.
    pub fn back(&self, offset: usize) -> Option<usize> {
        let offset = u32::try_from(offset).ok()?;
        let back = if offset <= self.start {
            offset
        } else {
            let behind = offset.checked_sub(self.start.checked_add(self.new)?)?;
            self.end.checked_add(behind)?
        };
        Some(back as usize)
    }

    fn after(&self, offset: u32) -> u32 {
        offset - self.end + self.start + self.new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_stands_beside_the_typing_is_found_again() {
        let (old, new) = ("fn a() {}\nfn b() {}\n", "fn a() {}\n// x\nfn b(y: u8) {}\n");
        let moved = Moved::between(old, new);
        assert_eq!(moved.span(Span::new(3, 4)).map(|span| span.of(new)), Some("a"));
        let moved = Moved::between(old, "fn aa() {}\nfn b() {}\n");
        let of = |span: Span| moved.span(span).map(|span| span.of("fn aa() {}\nfn b() {}\n"));
        assert_eq!(of(Span::new(13, 14)), Some("b"));
        assert_eq!(of(Span::new(0, 9)), Some("fn aa() {}"));
        assert_eq!(Moved::NOT.span(Span::new(3, 9)), Some(Span::new(3, 9)));
        assert_eq!(Moved::NOT.back(7), Some(7));
    }

    proptest! {
        #[test]
        fn a_moved_span_holds_the_same_text(before in "[ab\n]{0,12}", old in "[abc]{0,6}", new in "[abc]{0,6}", behind in "[ab\n]{0,12}", from in 0_usize..30, length in 0_usize..9) {
            let (one, other) = (format!("{before}{old}{behind}"), format!("{before}{new}{behind}"));
            let moved = Moved::between(&one, &other);
            let from = from.min(one.len());
            let span = Span::new(from, (from + length).min(one.len()));
            if let Some(found) = moved.exactly(span) {
                prop_assert_eq!(found.of(&other), span.of(&one));
                prop_assert_eq!(moved.back(found.start as usize).is_some(), true);
            }
            if let Some(found) = moved.span(span) {
                prop_assert!(found.start <= found.end && found.end as usize <= other.len());
            }
        }
    }
}
